/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that made an image and the one that may write to its registry say to each other, over a unix stream
 * socket. Who makes images runs strangers' programs and has no login that writes; who has it (publisher.h) runs nothing
 * and sees an image for the first time here.
 *
 * A frame is its kind (a letter), the payload's size (4 bytes, big-endian) and the payload. In order:
 *
 *   maker      T the reference that the image is to get
 *   publisher  R go on; N no login for that registry; or E
 *   maker      M manifest, C config, byte for byte
 *   publisher  L the number of a layer that the registry lacks (4 bytes, big-endian), as often as it must be sent
 *   maker        D its bytes as stored, up to 64 KiB a frame, exactly as many as the manifest says; or F
 *   publisher  Q all of it is there but its name; or E
 *   maker      Y name it; or F
 *   publisher  P it is named: the manifest's digest; or E
 *
 * E and F are an error, a digit for its code and its message, and the last word. Neither side believes the other: sizes
 * are bounded by the kind, what is not expected ends it. Private to image/. */
#pragma once
#include <glib.h>

#define CR_HANDOVER_DATA_BYTES 65536U

/* FALSE with CR_ERROR_ENVIRONMENT: the other side is gone, or takes nothing. */
gboolean cr_handover_send(int fd, char kind, gconstpointer data, gsize size, GError **error);
gboolean cr_handover_send_bytes(int fd, char kind, GBytes *bytes, GError **error);
/* Best effort: whoever has an error to tell has one already. */
void cr_handover_send_error(int fd, char kind, const GError *why);

/* The kind of the next frame, which must be one of KINDS, within WAIT_MS of silence. 0 with ERROR: silence, an end,
 * what is not expected or too large (CR_ERROR_INPUT). E and F come with ERROR as it was sent, all others with *PAYLOAD:
 * free with g_bytes_unref. */
char cr_handover_receive(int fd, const char *kinds, guint wait_ms, GBytes **payload, GError **error);
/* Of an L; G_MAXUINT: it is none. */
guint cr_handover_read_number(GBytes *payload);
