/* SPDX-License-Identifier: Apache-2.0 */
/* Between apart.c and apart-child.c: the command line, descriptors, and what is said, in the machine's own order of
 * bytes (both ends are one program). Bytes of layers stand in memory that both ends map; sockets carry what is said of
 * them. */
#pragma once
#include <sys/types.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/ring.h"
#include "base/stream.h"

/* careen read-layer SCRATCH: the starter (readers.h). Descriptor 0 is its socket to careen, which sends a request with
 * descriptors and gets the reader's pid, a gint32, or -errno. */
#define CR_APART_WORD "read-layer"
enum { CR_APART_SCRATCH = 2, CR_APART_ARGUMENTS };

typedef struct {
  guint32 indexes;  /* 0: it inflates */
  char diff_id[80]; /* "": not known */
  char name[80];    /* of the layer, its beginning */
} CrApartRequest;

/* The readers' descriptors: a socket to careen and the memory of the bytes that come in, which can only be read. The
 * inflater has a lane out too, in memory of its own; the indexer its index in place of it. They are sent in this order,
 * without what is /dev/null. */
enum { CR_APART_IN, CR_APART_NONE, CR_APART_ERRORS, CR_APART_BYTES, CR_APART_OUT, CR_APART_OUT_BYTES, CR_APART_FDS };
#define CR_APART_INDEX CR_APART_OUT

/* What one reader may have at most, so that one that was taken over does not have the whole machine. A wanted file has
 * 4 GiB, and an index that large has 30 million entries of a kilobyte; what is in memory are the facts (512 MiB), a
 * window to inflate (4 GiB with xz) and libraries. */
#define CR_APART_FILE_MAX_BYTES   (32 * CR_GIB) /* of one file */
#define CR_APART_MEMORY_MAX_BYTES (16 * CR_GIB) /* of addresses */
#if defined(__has_feature)
#define CR_APART_HAS_FEATURE(name) __has_feature(name)
#else
#define CR_APART_HAS_FEATURE(name) 0
#endif
/* A sanitizer asks for terabytes that it never uses. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || CR_APART_HAS_FEATURE(address_sanitizer) ||        \
    CR_APART_HAS_FEATURE(thread_sanitizer) || CR_APART_HAS_FEATURE(memory_sanitizer)
#define CR_APART_MEMORY_IS_LIMITED 0
#else
#define CR_APART_MEMORY_IS_LIMITED 1
#endif

/* ---- patience: careen waits for a reader (apart-watch.c), and a reader for careen without an end ----
 *
 * A reader that was taken over, or has a bug, may never end. What bounds it is no clock on the wall, which a slow disk
 * or a busy machine runs down as well: it may use the processor in proportion to the bytes that it has had, and may not
 * sleep for long while it is its turn. Time in which it waits for a disk, for the processor or for careen is not
 * counted. */

typedef struct {
  pid_t pid;
  guint cpu_seconds, silent_seconds; /* limits.h */
  gint buffers;                      /* of bytes that went to it and came from it; atomic */
  gint fed_later;                    /* it is the source's turn, not the reader's; atomic */
  gint64 used_ms;                    /* of the processor, when it was looked at last */
  guint silent;                      /* looks at which it did nothing */
  char *why;                         /* it was given up; or NULL */
} CrApartWatch;

/* Reads and writes on SOCKET look after the reader from time to time. */
void cr_apart_watch_socket(int socket);
/* One look. FALSE: it is given up. */
gboolean cr_apart_watch_look(CrApartWatch *watch);

/* All of them; with WATCH (or NULL) on a socket that is watched. FALSE: the bytes end before, or it was given up. */
gboolean cr_apart_read_fully(CrApartWatch *watch, int fd, gpointer to, gsize size);
gboolean cr_apart_write_fully(CrApartWatch *watch, int fd, gconstpointer data, gsize size);

/* ---- reports: the last thing that is said ---- */

#define CR_APART_MESSAGE_BYTES 8192U

typedef struct {
  guint32 code; /* 0: well; else CrErrorCode + 1 */
  guint32 trailing_zeros;
  guint64 trailing_bytes;
  guint32 message_bytes;
  guint32 reserved;
} CrApartReport;

/* ERROR may be NULL. FALSE as cr_apart_write_fully. */
gboolean cr_apart_send_report(CrApartWatch *watch, int fd, const GError *error, const CrTrailing *trailing);
typedef enum { CR_APART_WELL, CR_APART_FAILED, CR_APART_NONSENSE, CR_APART_GONE } CrApartAnswer;
/* FAILED with *ERROR: what it says. GONE: the bytes end before it is whole. */
CrApartAnswer cr_apart_receive_report(CrApartWatch *watch, int fd, CrApartReport *report, GError **error);

/* ---- a lane: bytes in one direction through a few buffers ----
 *
 * The writer says of each buffer in turn how many bytes are in it (guint32), 0 at the end, with a report behind it; all
 * but the last are full, as each is counted as one (CrApartWatch). The reader says by a byte how many more it is done
 * with. Neither is believed more than that. */

#define CR_APART_LANE_SLOTS 4U
#define CR_APART_LANE_BYTES (CR_APART_LANE_SLOTS * CR_RING_SLOT_BYTES)

typedef struct {
  int socket;
  CrApartWatch *watch; /* or NULL */
  guint8 *memory;
  guint64 moved; /* buffers */
  guint64 freed; /* of them, as the writer knows */
  guint pending; /* the reader has not said yet that it is done with these */
  gboolean holding;
  gboolean last; /* it was not full */
} CrApartLane;

/* The writer: a free buffer of CR_RING_SLOT_BYTES; NULL: nobody reads any more. */
guint8 *cr_apart_lane_wait(CrApartLane *lane);
gboolean cr_apart_lane_publish(CrApartLane *lane, gsize size);
/* The reader: *DATA until the next call; its size; 0 at the end, whose report comes next; or one of these. */
enum { CR_APART_LANE_NONSENSE = -2, CR_APART_LANE_GONE };
gssize cr_apart_lane_next(CrApartLane *lane, const guint8 **data);

/* ---- what the indexer says ----
 *
 * It asks for the next bytes, and tells on the way what it has seen of files (pass-digests.h). Careen answers with a
 * buffer of the ring in which they stand; with 0 bytes and how they ended, a report, at the end. At last the indexer
 * asks for the digests: the layer's, then those of files by number from 1 (zeros: none). Before the first byte it says
 * what it has given up, in the words of base/confine.h. */

enum { CR_APART_LAST, CR_APART_NEXT, CR_APART_FINISH, CR_APART_CONFINED };
typedef struct {
  guint32 kind;
  guint32 count;   /* of CrApartTold, which follow; LAST: a report follows; CONFINED: so many bytes of text */
  guint64 reached; /* in bytes of the layer */
} CrApartAsk;

enum { CR_APART_TELL, CR_APART_GIVE, CR_APART_WITHDRAW };
typedef struct {
  guint32 kind;
  guint32 number;
  guint64 start, size;
  guint8 digest[CR_DIGEST_BYTES];
} CrApartTold;
/* Of one question: more than a buffer has room for blocks of tar, each of them told, withdrawn and given. */
#define CR_APART_TOLD_MAX     4096U
#define CR_APART_CONFINED_MAX 63U

typedef struct {
  guint32 slot, bytes;
} CrApartPiece;

typedef struct {
  guint8 digest[CR_DIGEST_BYTES];
  guint32 count, reserved;
} CrApartDigests;
#define CR_APART_DIGESTS_ONCE 1024U
