/* SPDX-License-Identifier: Apache-2.0 */
/* registry:REF by way of a publisher (handover.h): this process need not have a login that writes, and what it has of a
 * login is used only where the publisher has none. One image; no index and no record beside it, which nothing that runs
 * unattended writes to a registry. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "image/handover.h"
#include "image/sink-registry.h"

/* Longer than a registry may take for the end of a blob, and the tries after it (sink-registry.c). */
#define WAIT_MS 3600000U
/* That a layer may be asked for: its tries, and some more. */
#define ASKED_MOST 8U

typedef struct {
  int fd;
  CrDraft *draft;
  gboolean lost; /* it was the publisher that failed while a layer was sent */
  gboolean own;  /* it was this side that failed */
} Handing;

static int connect_to(const char *path, GError **error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const struct timeval patience = {.tv_sec = WAIT_MS / 1000}; /* who takes nothing is not waited for longer */
  int fd = -1, saved = ENAMETOOLONG;
  if (strlen(path) < sizeof address.sun_path) {
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
      return fd;
    saved = errno;
  }
  if (fd >= 0)
    close(fd);
  cr_error_set_errno(error, saved, "the publisher at '%s' does not answer", path);
  if (error)
    cr_error_set_hint(*error, "systemctl start careen-publish.socket");
  return -1;
}

/* ---- a layer ---- */

static gboolean send_bytes(Handing *handing, const guint8 *data, gsize size, GError **error)
{
  for (gsize n = 0; size; data += n, size -= n) {
    n = MIN(size, CR_HANDOVER_DATA_BYTES);
    handing->lost = !cr_handover_send(handing->fd, 'D', data, n, error);
    if (handing->lost)
      return FALSE;
  }
  return TRUE;
}

static gboolean on_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)layer;
  (void)digest;
  g_autoptr(CrStream) owned = stream;
  const guint8 *bytes = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(owned, &bytes, error)) > 0)
    if (!send_bytes(data, bytes, (gsize)n, error))
      return FALSE;
  return n == 0;
}

/* What the publisher said before it went, else CAUSE, which is taken. */
static void explain_loss(const Handing *handing, GError *cause, GError **error)
{
  g_autoptr(GBytes) payload = NULL;
  GError *said = NULL;
  gboolean told = cr_handover_receive(handing->fd, "E", 0, &payload, &said) == 'E';
  g_error_free(told ? cause : said);
  g_propagate_error(error, told ? said : cause);
}

/* FALSE: for CAUSE, which is taken, and which the publisher is told. */
static gboolean give_up(Handing *handing, GError *cause, GError **error)
{
  handing->own = TRUE;
  cr_handover_send_error(handing->fd, 'F', cause);
  g_propagate_error(error, cause);
  return FALSE;
}

static gboolean send_layer(Handing *handing, guint i, GError **error)
{
  guint count = cr_draft_get_layer_count(handing->draft);
  if (i >= count || cr_draft_get_layer(handing->draft, i)->foreign) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it asks for a layer that there is not");
    return FALSE;
  }
  g_autofree gboolean *wanted = g_new0(gboolean, (gsize)count + 1);
  wanted[i] = TRUE;
  GError *cause = NULL;
  if (cr_image_sink_read_layers(handing->draft, wanted, 1, on_layer, handing, &cause))
    return TRUE;
  if (handing->lost) {
    explain_loss(handing, cause, error);
    return FALSE;
  }
  return give_up(handing, cause, error);
}

static gboolean send_layers(Handing *handing, GError **error)
{
  guint most = ASKED_MOST * (cr_draft_get_layer_count(handing->draft) + 1);
  for (guint asked = 0; asked <= most; asked++) {
    g_autoptr(GBytes) payload = NULL;
    char kind = cr_handover_receive(handing->fd, "LQE", WAIT_MS, &payload, error);
    if (kind != 'L')
      return kind == 'Q';
    if (!send_layer(handing, cr_handover_read_number(payload), error))
      return FALSE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it asks for layers without end");
  return FALSE;
}

/* ---- all of it ---- */

static gboolean name_it(Handing *handing, CrSinkConfirm confirm, gpointer data, GError **error)
{
  GError *cause = NULL;
  if (confirm && !confirm(data, &cause))
    return give_up(handing, cause, error);
  g_autoptr(GBytes) payload = NULL;
  if (!cr_handover_send(handing->fd, 'Y', NULL, 0, error) ||
      cr_handover_receive(handing->fd, "PE", WAIT_MS, &payload, error) != 'P')
    return FALSE;
  gsize size = 0;
  const char *digest = g_bytes_get_data(payload, &size), *ours = cr_draft_get_manifest_digest(handing->draft);
  if (size == strlen(ours) && !memcmp(digest, ours, size))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "it published something else");
  return FALSE;
}

/* *KNOWN: the publisher has a login there; else nothing was done. */
static gboolean ask(const CrImageSink *sink, int fd, gboolean *known, GError **error)
{
  const CrReference *reference = &((const CrRegistryPush *)sink->own)->reference;
  g_autofree char *name = g_strdup_printf("%s/%s:%s", reference->registry, reference->repository, reference->tag);
  g_autoptr(GBytes) payload = NULL;
  g_autoptr(GBytes) text = g_bytes_new(name, strlen(name));
  char kind =
      cr_handover_send_bytes(fd, 'T', text, error) ? cr_handover_receive(fd, "RNE", WAIT_MS, &payload, error) : 0;
  *known = kind == 'R';
  return *known || kind == 'N';
}

static gboolean hand_over(Handing *handing, CrSinkConfirm confirm, gpointer data, GError **error)
{
  return cr_handover_send_bytes(handing->fd, 'M', cr_draft_get_manifest(handing->draft), error) &&
         cr_handover_send_bytes(handing->fd, 'C', cr_draft_get_config(handing->draft), error) &&
         send_layers(handing, error) && name_it(handing, confirm, data, error);
}

/* What went wrong with, or at, the other side. */
static void blame(GError **error)
{
  g_prefix_error(error, "by the publisher: ");
  if (error && !cr_error_get_hint(*error))
    cr_error_set_hint(*error, "journalctl -u 'careen-publish@*'");
}

static gboolean handover_write(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                               GError **error)
{
  Handing handing = {.fd = connect_to(sink->options.publisher, error), .draft = work->images[0]};
  gboolean known = FALSE;
  if (handing.fd < 0)
    return FALSE;
  gboolean ok = ask(sink, handing.fd, &known, error) && (!known || hand_over(&handing, confirm, data, error));
  close(handing.fd);
  if (!ok && !handing.own)
    blame(error);
  if (!ok || known)
    return ok;
  cr_log_note("the publisher has no login for '%s': written with this process's own", sink->destination);
  return cr_image_sink_registry.write(sink, work, confirm, data, error);
}

static gboolean handover_open(CrImageSink *sink, const char *rest, GError **error)
{
  return cr_image_sink_registry.open(sink, rest, error);
}

static void handover_close(CrImageSink *sink)
{
  cr_image_sink_registry.close(sink);
}

const CrImageSinkClass cr_image_sink_handover = {
    .prefix = "registry", .open = handover_open, .write = handover_write, .close = handover_close};
