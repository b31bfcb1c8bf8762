/* SPDX-License-Identifier: Apache-2.0 */
/* Between apart.c and apart-child.c: the command line and what goes through the pipes, in the machine's own order of
 * bytes (both ends are one program). */
#pragma once
#include <glib.h>

/* careen read-layer inflate|index SCRATCH DIFF_ID NAME; DIFF_ID "-": not known. */
#define CR_APART_WORD "read-layer"
enum { CR_APART_KIND = 2, CR_APART_SCRATCH, CR_APART_DIFF_ID, CR_APART_NAME, CR_APART_ARGUMENTS };

/* The readers' descriptors: the layer comes in; the inflater has its plain bytes and its report, the indexer its report
 * and its index. */
enum { CR_APART_IN, CR_APART_OUT, CR_APART_ERRORS, CR_APART_THIRD };

/* To the indexer go pieces, each behind the count of its bytes as guint32; a count of 0 is followed by how the bytes
 * ended, the same report that readers end with. */
#define CR_APART_PIECE_BYTES   (256U * 1024U)
#define CR_APART_MESSAGE_BYTES 8192U

typedef struct {
  guint32 code; /* 0: well; else CrErrorCode + 1 */
  guint32 trailing_zeros;
  guint64 trailing_bytes;
  guint32 message_bytes;
  guint32 reserved;
} CrApartReport;

/* ERROR may be NULL. FALSE with errno. */
gboolean cr_apart_send_report(int fd, const GError *error, guint32 trailing_zeros, guint64 trailing_bytes);
typedef enum { CR_APART_WELL, CR_APART_FAILED, CR_APART_NONSENSE, CR_APART_GONE } CrApartAnswer;
/* FAILED with *ERROR: what it says. GONE: the bytes end before it is whole. */
CrApartAnswer cr_apart_receive_report(int fd, CrApartReport *report, GError **error);
