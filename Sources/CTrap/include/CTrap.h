#ifndef STRAYPAGE_TRAP_H
#define STRAYPAGE_TRAP_H

#include <stddef.h>
#include <stdint.h>

/// What a thread runs of the functions that a model's author wrote: which, and on which state. Nothing
/// where `code` is null.
struct straypage_running {
  const void *volatile code;
  const uint64_t *volatile state;
};

extern _Thread_local struct straypage_running straypage_running;

/// Notes what runs from now on: two stores, so that it may be said before every call.
static inline void straypage_note(const void *code, const uint64_t *state) {
  straypage_running.state = state;
  straypage_running.code = code;
}

/// What runs now, to be noted again.
static inline struct straypage_running straypage_noted(void) { return straypage_running; }

/// Has memory that can't be read, as where a file is mapped whose disk fails, count from now on as a trap of
/// `code`, whoever reads it.
void straypage_expect_unreadable(const void *code);

/// What trapped.
struct straypage_trap {
  const void *code;
  /// How many words of the state are known: as many as were asked for, or 0.
  size_t words;
};

// straypage_guard(), which runs a closure, is declared where Swift calls it.

/// Gives up the innermost guarded call of this thread, as if `code` had trapped in it. There must be
/// one.
_Noreturn void straypage_give_up(const void *code);

/// Whether this thread is in a guarded call.
int straypage_is_guarded(void);

#endif
