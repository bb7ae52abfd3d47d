#ifndef STRAYPAGE_UNLINKED_FILE_H
#define STRAYPAGE_UNLINKED_FILE_H

/// Makes a file in a folder that has no name there, and opens it to be read and written.
///
/// Returns its descriptor; -1 and `errno` where that can't be.
int straypage_unlinked_file(const char *folder);

#endif
