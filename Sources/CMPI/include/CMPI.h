#ifndef STRAYPAGE_MPI_H
#define STRAYPAGE_MPI_H

#include <stddef.h>
#include <stdint.h>

// What a search by several ranks needs of MPI, whose handles are macros that Swift doesn't see. One thread at a
// time calls these. An error of MPI's own ends all ranks, with a message.

/// Begins, with messages of so many words at most. Nothing else may be called before.
void straypage_mpi_begin(size_t most_words);

int straypage_mpi_rank(void);
int straypage_mpi_count(void);
/// How many of the ranks run on this machine, this one included.
int straypage_mpi_count_here(void);

/// Copies words and sends them with a number. Returns 0, and nothing is sent, while as many messages as there
/// may be are under way.
int straypage_mpi_send(const uint64_t *words, size_t count, int kind, int rank);

/// A message, whose words are there until the next call.
struct straypage_mpi_message {
  const uint64_t *words;
  size_t count;
  int kind;
  int sender;
};

/// The next message of those that arrived. Returns 0 where there is none.
int straypage_mpi_receive(struct straypage_mpi_message *message);

/// How many words each rank gives, and then all of these, one rank's after another's.
void straypage_mpi_gather_counts(int count, int *counts);
void straypage_mpi_gather(const uint64_t *words, int count, const int *counts, uint64_t *all);

/// Waits for all ranks, without keeping the processor busy, and ends.
void straypage_mpi_end(void);

/// Ends all ranks with an exit status.
_Noreturn void straypage_mpi_abort(int status);

#endif
