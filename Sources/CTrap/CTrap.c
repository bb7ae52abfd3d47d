#include "CTrap.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SWIFT_CALL __attribute__((swiftcall))
#define SWIFT_CONTEXT __attribute__((swift_context))

_Thread_local struct straypage_running straypage_running;

// Swift keeps, for each thread, a list of the accesses that are under way, to find those that overlap.
// Its entries lie in the frames of those who access. Frames that are given up must be taken from it, or
// later accesses would be compared with what has long been overwritten.
struct access {
  void *pointer;
  void *pc;
  uintptr_t next_and_action;
};
void swift_beginAccess(void *pointer, struct access *access, uintptr_t flags, void *pc);
void swift_endAccess(struct access *access);
enum { tracked_modification = 0x21, most_accesses = 256 };
static const uintptr_t next_mask = ~(uintptr_t)1;

struct frame {
  sigjmp_buf target;
  struct frame *outer;
  uint64_t *state;
  size_t words;
  struct straypage_trap *trap;
  // Stands in the list where the frames begin that would be given up.
  struct access mark;
};

static _Thread_local struct frame *innermost;

static const int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGBUS};
enum { signal_count = sizeof signals / sizeof *signals };
static struct sigaction before[signal_count];
static pthread_once_t installed = PTHREAD_ONCE_INIT;

// What is said to have trapped where memory can't be read; null as long as no memory may be so.
static _Atomic(const void *) unreadable;

void straypage_expect_unreadable(const void *code) { atomic_store(&unreadable, code); }

/// Ends the accesses that were begun since the mark. False if the list is not as expected.
static int end_accesses(struct frame *frame) {
  if (!frame->mark.pointer) return 1; // Nothing is kept in this process.
  struct access *begun[most_accesses];
  struct access probe;
  size_t count = 0;
  swift_beginAccess(&probe, &probe, tracked_modification, 0);
  if (!probe.pointer) return 0;
  struct access *next = (struct access *)(probe.next_and_action & next_mask);
  while (next && next != &frame->mark && count < most_accesses) {
    begun[count++] = next;
    next = (struct access *)(next->next_and_action & next_mask);
  }
  swift_endAccess(&probe);
  if (next != &frame->mark) return 0;
  for (size_t number = 0; number < count; number++) swift_endAccess(begun[number]);
  return 1;
}

static void caught(int signal, siginfo_t *info, void *context) {
  (void)context;
  struct frame *frame = innermost;
  // What the processor raises, and what abort() sends to its own thread; nobody else's signals.
  int is_own = info->si_code > 0 || (signal == SIGABRT && info->si_pid == getpid());
  const void *code = straypage_running.code;
  const uint64_t *state = straypage_running.state;
  if (signal == SIGBUS) {
    // The engine reads such memory as well as what an author wrote, and neither is to blame.
    code = info->si_code == BUS_ADRERR ? atomic_load(&unreadable) : 0;
    state = 0;
  }
  if (frame && code && is_own && end_accesses(frame)) {
    frame->trap->code = code;
    frame->trap->words = state ? frame->words : 0;
    // Now, because the state may lie in a frame that is given up.
    if (state) memcpy(frame->state, state, frame->words * sizeof *state);
    siglongjmp(frame->target, 1);
  }
  for (int number = 0; number < signal_count; number++) {
    if (signals[number] == signal) sigaction(signal, &before[number], 0);
  }
  // An instruction that traps does it again. Who sent a signal won't, so it is sent on; it comes as
  // soon as this returns.
  if (info->si_code <= 0) raise(signal);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = caught;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int number = 0; number < signal_count; number++) {
    sigaction(signals[number], &action, &before[number]);
  }
}

/// Runs a closure. If what was noted traps under way (SIGILL, SIGTRAP, SIGFPE, SIGABRT), the call is
/// given up, frames and all: what they held is never freed. So it is where memory is touched whose file
/// can't be read (SIGBUS), once that is expected.
///
/// A trap while nothing is noted, one in a thread that is in no such call, and a signal that somebody
/// sends have the effect that they had before.
///
/// - state: room for the words of the state that was noted, of which `words` are copied.
/// - Returns 1 and what trapped, or 0.
///
/// It gets the closure as Swift passes it, so that Swift need not look whether somebody kept it: the
/// frames that are given up did.
SWIFT_CALL int straypage_guard(SWIFT_CALL void (*body)(SWIFT_CONTEXT void *), void *context,
                               uint64_t *state, size_t words, struct straypage_trap *trap) {
  pthread_once(&installed, install);
  struct straypage_running outside = straypage_running;
  struct frame frame;
  frame.outer = innermost;
  frame.state = state;
  frame.words = words;
  frame.trap = trap;
  swift_beginAccess(&frame, &frame.mark, tracked_modification, 0);
  int trapped = 1;
  if (sigsetjmp(frame.target, 1) == 0) {
    innermost = &frame;
    straypage_note(0, 0);
    body(context);
    trapped = 0;
  }
  innermost = frame.outer;
  swift_endAccess(&frame.mark);
  straypage_note(outside.code, outside.state);
  return trapped;
}

_Noreturn void straypage_give_up(const void *code) {
  struct frame *frame = innermost;
  if (!frame || !end_accesses(frame)) abort();
  frame->trap->code = code;
  frame->trap->words = 0;
  siglongjmp(frame->target, 1);
}

int straypage_is_guarded(void) { return innermost != 0; }
