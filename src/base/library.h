/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that are loaded at first use. A scan of layers that are known needs GLib, yajl and zlib; the others with
 * all that they drag in (ICU behind libarchive, the tables of OpenSSL) would double its start-up, so each comes when a
 * function of it is called for the first time.
 *
 * Two kinds. What careen can do without (libcurl, librpm) is asked for with cr_library_load, and its absence is an
 * error like any other. What belongs to every careen keeps its own names: a file defines each function that careen
 * calls as a forward (CR_LIBRARY_FORWARD), so callers include the library's header and know nothing of this one. Its
 * absence ends the process with a message, as the dynamic linker would have done at the start. */
#pragma once
#include <glib.h>

typedef struct {
  const char *name;
  gpointer function; /* address of the function pointer to fill */
} CrLibraryRow;

typedef struct {
  const char *const
      *names;          /* sonames of the ABIs that its functions are declared for, the preferred first; NULL ends */
  const char *purpose; /* "unpacks archives" */
  const char *package; /* Debian's, for the hint */
  const CrLibraryRow *rows; /* for cr_library_load: what to fill; name NULL ends */
  gboolean (*start)(void);  /* …and what to do once after it, or NULL */
  GMutex lock;
  gpointer handle; /* once opened, for good */
  gboolean loaded;
} CrLibrary;

/* Open LIBRARY, fill its rows and start it, at the first call that succeeds. FALSE: CR_ERROR_ENVIRONMENT with a hint.
 * Thread-safe. */
gboolean cr_library_load(CrLibrary *library, GError **error);

/* The function NAME, kept in *PLACE; does not return without it. Thread-safe. */
gpointer cr_library_need(CrLibrary *library, const char *name, gpointer *place);

/* Where a library is missing ABSENT is asked in place of the message and the end, and does not return (by the end of
 * the process, or by longjmp); NULL: as before. For a process whose messages nobody reads, before it has threads. */
void cr_library_on_absence(void (*absent)(const GError *error, gpointer data), gpointer data);

/* Defines library function NAME as a call of the real one in LIBRARY. PARAMETERS as its header declares them, ARGUMENTS
 * the same by name; a header that says otherwise does not compile. */
#define CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)                                                 \
  type name parameters                                                                                                 \
  {                                                                                                                    \
    return CR_LIBRARY_CALL(library, name) arguments;                                                                   \
  }
#define CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)                                                  \
  void name parameters                                                                                                 \
  {                                                                                                                    \
    CR_LIBRARY_CALL(library, name) arguments;                                                                          \
  }
/* The real function, for forwards that are written out (those with "..."). */
#define CR_LIBRARY_CALL(library, name)                                                                                 \
  (__extension__({                                                                                                     \
    static gpointer place;                                                                                             \
    gpointer found = g_atomic_pointer_get(&place);                                                                     \
    (__typeof__(&name))(found ? found : cr_library_need(&(library), #name, &place));                                   \
  }))
