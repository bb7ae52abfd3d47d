#ifdef STRAYPAGE_MPI

#include "CMPI.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// A buffer and what is under way with it.
struct slot {
  uint64_t *words;
  MPI_Request request;
};

static MPI_Comm world;
static int own_rank, rank_count, count_here;
static int capacity;

/// Two messages to each rank may be under way; they are waited for in the order in which they were sent.
static struct slot *outgoing;
static int outgoing_count, next_outgoing;

/// As many are awaited at any time; they fill up in this order, which is that of each sender.
enum { incoming_count = 16 };
static struct slot incoming[incoming_count];
static int next_incoming;
/// Whether somebody still reads the one before the next.
static int is_lent;

static uint64_t *buffer(void) {
  uint64_t *words = malloc(sizeof(uint64_t) * (size_t)capacity);
  if (words == NULL) straypage_mpi_abort(2);
  return words;
}

static void await(struct slot *slot) {
  MPI_Irecv(
      slot->words, capacity, MPI_UINT64_T, MPI_ANY_SOURCE, MPI_ANY_TAG, world, &slot->request);
}

void straypage_mpi_begin(size_t most_words) {
  int provided;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  MPI_Comm_dup(MPI_COMM_WORLD, &world);
  MPI_Comm_rank(world, &own_rank);
  MPI_Comm_size(world, &rank_count);
  MPI_Comm here;
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &count_here);
  MPI_Comm_free(&here);
  capacity = (int)most_words;
  outgoing_count = 2 * rank_count;
  outgoing = calloc((size_t)outgoing_count, sizeof *outgoing);
  if (outgoing == NULL) straypage_mpi_abort(2);
  for (int number = 0; number < outgoing_count; number++) {
    outgoing[number].words = buffer();
    outgoing[number].request = MPI_REQUEST_NULL;
  }
  for (int number = 0; number < incoming_count; number++) {
    incoming[number].words = buffer();
    await(&incoming[number]);
  }
}

int straypage_mpi_rank(void) { return own_rank; }
int straypage_mpi_count(void) { return rank_count; }
int straypage_mpi_count_here(void) { return count_here; }

int straypage_mpi_send(const uint64_t *words, size_t count, int kind, int rank) {
  struct slot *slot = &outgoing[next_outgoing];
  int is_free;
  MPI_Test(&slot->request, &is_free, MPI_STATUS_IGNORE);
  if (!is_free) return 0;
  if (count > 0) memcpy(slot->words, words, count * sizeof *words);
  // Synchronous: it is under way until the other takes it, so that nobody is sent more than it has room for.
  MPI_Issend(slot->words, (int)count, MPI_UINT64_T, rank, kind, world, &slot->request);
  next_outgoing = (next_outgoing + 1) % outgoing_count;
  return 1;
}

int straypage_mpi_receive(struct straypage_mpi_message *message) {
  if (is_lent) {
    await(&incoming[(next_incoming + incoming_count - 1) % incoming_count]);
    is_lent = 0;
  }
  struct slot *slot = &incoming[next_incoming];
  int has_arrived, count;
  MPI_Status status;
  MPI_Test(&slot->request, &has_arrived, &status);
  if (!has_arrived) return 0;
  MPI_Get_count(&status, MPI_UINT64_T, &count);
  message->words = slot->words;
  message->count = (size_t)count;
  message->kind = status.MPI_TAG;
  message->sender = status.MPI_SOURCE;
  next_incoming = (next_incoming + 1) % incoming_count;
  is_lent = 1;
  return 1;
}

void straypage_mpi_gather_counts(int count, int *counts) {
  MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, world);
}

void straypage_mpi_gather(const uint64_t *words, int count, const int *counts, uint64_t *all) {
  int *places = malloc(sizeof(int) * (size_t)rank_count);
  if (places == NULL) straypage_mpi_abort(2);
  for (int rank = 0, place = 0; rank < rank_count; rank++) {
    places[rank] = place;
    place += counts[rank];
  }
  MPI_Allgatherv(words, count, MPI_UINT64_T, all, counts, places, MPI_UINT64_T, world);
  free(places);
}

void straypage_mpi_end(void) {
  MPI_Request request;
  MPI_Ibarrier(world, &request);
  for (int is_done = 0; !is_done;) {
    MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
    if (!is_done) usleep(1000);
  }
  for (int number = 0; number < incoming_count; number++) {
    if (incoming[number].request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&incoming[number].request);
    MPI_Wait(&incoming[number].request, MPI_STATUS_IGNORE);
  }
  MPI_Finalize();
}

void straypage_mpi_abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  _exit(status);
}

#endif
