/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears whole or not at all: written without a name (O_TMPFILE) in the folder where it will stand, or
 * under a temporary one where the file system has no such thing, then synced, named and renamed into place. However the
 * process ends, nobody finds half of it under its name. Errors are in errno: the caller knows what the file is. */
#pragma once
#include <glib.h>
#include <sys/types.h>

typedef struct CrWholeFile CrWholeFile;

/* In FOLDER, which exists; PREFIX starts the temporary name (".tmp-"), MODE is exact whatever the umask. NULL with
 * errno. */
CrWholeFile *cr_whole_file_create(const char *folder, const char *prefix, mode_t mode);
/* For reading and writing; it stays FILE's. */
int cr_whole_file_get_fd(const CrWholeFile *file);
/* FILE is at PATH, in the same file system, in place of what was there. FALSE with errno: nothing has changed, FILE can
 * still be read. */
gboolean cr_whole_file_publish(CrWholeFile *file, const char *path);
/* Only the open file is wanted after all, without a name: FILE is freed, its descriptor the caller's. */
int cr_whole_file_steal_fd(CrWholeFile *file);
/* What killed processes left in FOLDER under such a temporary name: a kill between naming and renaming. Those of living
 * ones stay. */
void cr_whole_file_sweep(const char *folder, const char *prefix);
/* The end of FILE, published or not: what was not is gone. */
void cr_whole_file_free(CrWholeFile *file);
