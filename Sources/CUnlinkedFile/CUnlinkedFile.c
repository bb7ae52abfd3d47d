#define _GNU_SOURCE
#include "CUnlinkedFile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int straypage_unlinked_file(const char *folder) {
#ifdef O_TMPFILE
  int made = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  // What is answered where the file system, or the kernel, knows no such thing.
  if (made >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return made;
#endif
  const char *name = "/.straypage-XXXXXX";
  size_t size = strlen(folder) + strlen(name) + 1;
  char *path = malloc(size);
  if (!path) return -1;
  snprintf(path, size, "%s%s", folder, name);
  int file = mkostemp(path, O_CLOEXEC);
  if (file >= 0) unlink(path);
  free(path);
  return file;
}
