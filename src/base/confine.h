/* SPDX-License-Identifier: Apache-2.0 */
/* Rights that a process gives up for good, itself and for all it starts: landlock(7) and seccomp(2), where the kernel
 * has them. What is open already stays open; reading is not limited. For a process that reads bytes of strangers: who
 * takes it over can write nothing but what is named here, run nothing that could be written, and not reach into other
 * processes or the kernel's rarer parts. */
#pragma once
#include <glib.h>

typedef struct {
  const char *const *writable; /* folders and files, NULL-terminated; what does not exist is left out */
  const char *const *runnable; /* folders whose programs may be started; the same */
  gboolean connects;           /* may connect by TCP; nothing that is confined may listen */
} CrConfinement;

/* Before any thread is started. TRUE, with *HAVE what the kernel had of it: "landlock 7, seccomp", "seccomp" or "";
 * free with g_free. FALSE with CR_ERROR_ENVIRONMENT: it has them and refused; nothing was given up, or not all. */
gboolean cr_confine(const CrConfinement *confinement, char **have, GError **error);

/* For a process of one thread that computes from what is open on what is open, and needs nothing else: no file can be
 * made, changed or named, no program, process or socket made, nobody signalled, no right of root used; read are
 * libraries alone. What is left is memory, threads, open descriptors, and files without a name in the folder SCRATCH
 * (or NULL). Calls are listed by what is allowed: all others are as if the kernel had none of them. *HAVE and errors as
 * above. */
gboolean cr_confine_reader(const char *scratch, char **have, GError **error);

/* Could such a process make files without a name in FOLDER? Asked without rights of root. */
gboolean cr_confine_reader_can_use(const char *folder);
