/* SPDX-License-Identifier: Apache-2.0 */
/* docker:REF and podman:REF: the image as one archive to POST /images/load, sent as it is made, without a name in it;
 * then POST /images/ID/tag. What is sent is what Docker 25 and later save: an OCI layout, by which containerd's store
 * and Podman keep the manifest, with the manifest.json that every Docker since 1.10 reads. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/engine.h"
#include "image/sink-private.h"

typedef struct {
  CrEngine *engine;
  gboolean podman;
  char *repository, *tag;
} Daemon;

static gboolean daemon_open(CrImageSink *sink, const char *rest, gboolean podman, GError **error)
{
  CrReference reference;
  Daemon *daemon = sink->own = g_new0(Daemon, 1);
  daemon->podman = podman;
  if (!cr_reference_parse(rest, sink->arena, &reference, error))
    return FALSE;
  if (reference.digest) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': an image gets a tag, not a digest",
                sink->destination);
    return FALSE;
  }
  /* as the user wrote it: Podman puts localhost/ before a short name, Docker its hub */
  g_autofree char *end = g_strconcat(":", reference.tag, NULL);
  gsize size = strlen(rest) - (g_str_has_suffix(rest, end) ? strlen(end) : 0);
  daemon->repository = g_strndup(rest, size);
  daemon->tag = g_strdup(reference.tag);
  daemon->engine = cr_engine_open(&sink->options, podman, TRUE, error);
  if (!daemon->engine)
    g_prefix_error(error, "cannot write to '%s': ", sink->destination);
  return daemon->engine != NULL;
}

static gboolean docker_open(CrImageSink *sink, const char *rest, GError **error)
{
  return daemon_open(sink, rest, FALSE, error);
}

static gboolean podman_open(CrImageSink *sink, const char *rest, GError **error)
{
  return daemon_open(sink, rest, TRUE, error);
}

static void daemon_close(CrImageSink *sink)
{
  Daemon *daemon = sink->own;
  cr_engine_free(daemon->engine);
  g_free(daemon->repository);
  g_free(daemon->tag);
  g_free(daemon);
}

/* ---- the archive as a stream: a thread writes it into a socket, the upload reads the other end ---- */

typedef struct {
  CrStream stream;
  CrStream *inner;
  int fd; /* the writer's end */
  CrDraft *draft;
  char *manifest_json;
  GThread *thread;
  GError *failure; /* the writer's, to be read after joining */
} Archive;

static gpointer write_archive(gpointer user)
{
  Archive *archive = user;
  CrTarWriter tar = {.fd = archive->fd, .is_socket = TRUE, .what = "the archive that is sent"};
  CrImageSinkWork work = cr_image_sink_work_of(&archive->draft);
  cr_image_sink_write_tar(&tar, &work, NULL, archive->manifest_json, &archive->failure);
  shutdown(archive->fd, SHUT_WR);
  return NULL;
}

static void join(Archive *archive)
{
  if (archive->thread)
    g_thread_join(archive->thread);
  archive->thread = NULL;
}

/* An archive that could not be finished must not look like one that ended. */
static gssize archive_next(CrStream *stream, const guint8 **data, GError **error)
{
  Archive *archive = (Archive *)stream;
  gssize n = cr_stream_next(archive->inner, data, error);
  if (n != 0)
    return n;
  join(archive);
  if (!archive->failure)
    return 0;
  g_propagate_error(error, g_error_copy(archive->failure));
  return -1;
}

static void archive_free(CrStream *stream)
{
  Archive *archive = (Archive *)stream;
  cr_stream_free(archive->inner); /* a writer that is still at it now finds nobody reading */
  join(archive);
  close(archive->fd);
  g_clear_error(&archive->failure);
  g_free(archive->manifest_json);
  g_free(archive);
}

static const CrStreamClass archive_class = {.next = archive_next, .free = archive_free};

static CrStream *open_archive(CrDraft *draft, GError **error)
{
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    cr_error_set_errno(error, errno, "cannot make a socket");
    return NULL;
  }
  Archive *archive = g_new0(Archive, 1);
  archive->stream.class = &archive_class;
  archive->inner = cr_stream_new_pipe(ends[0], TRUE);
  archive->fd = ends[1];
  archive->draft = draft;
  archive->manifest_json = cr_image_sink_format_saved(draft, FALSE, NULL);
  archive->thread = g_thread_new("archive", write_archive, archive);
  return &archive->stream;
}

/* ---- loading it ---- */

static gboolean fail(const Daemon *daemon, int status, CrStream *stream, GError **error)
{
  g_autofree char *message = stream ? cr_engine_read_message(stream) : NULL;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s refused it: %s (%d)", cr_engine_get_name(daemon->engine),
              message ? message : "it gave no reason", status);
  return FALSE;
}

/* The answer to a load is a line of JSON for each thing that happened; errors come with status 200. */
static gboolean check_answer(const Daemon *daemon, CrStream *stream, GError **error)
{
  g_autoptr(GBytes) body = cr_stream_read_all(stream, CR_LIMIT_HTTP_BODY, error);
  if (!body)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(body, &size);
  g_autofree char *all = g_strndup(text ? text : "", size);
  g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autoptr(CrJsonDoc) doc = *g_strstrip(lines[i]) ? cr_json_parse(lines[i], strlen(lines[i]), "line", NULL) : NULL;
    const char *why = doc ? cr_engine_find_failure(cr_json_get_root(doc)) : NULL;
    if (!why)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s could not load it: %.300s",
                cr_engine_get_name(daemon->engine), why);
    if (error && strstr(why, "no space left"))
      cr_error_set_hint(*error, "its storage is full");
    return FALSE;
  }
  return TRUE;
}

static gboolean load(const Daemon *daemon, CrDraft *draft, GError **error)
{
  g_autoptr(CrStream) archive = open_archive(draft, error);
  if (!archive)
    return FALSE;
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_engine_send(daemon->engine, "POST", "/images/load?quiet=1", archive, &stream, error);
  if (!response)
    return FALSE;
  return response->status == 200 ? check_answer(daemon, stream, error) : fail(daemon, response->status, stream, error);
}

/* An image's id is its config's digest, or in containerd's store its manifest's. NULL: it has neither. */
static const char *find_image(const Daemon *daemon, const CrDraft *draft)
{
  const char *const ids[] = {cr_draft_get_config_digest(draft), cr_draft_get_manifest_digest(draft)};
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
    g_autofree char *path = g_strdup_printf("/images/%s/json", ids[i]);
    g_autoptr(CrJsonDoc) doc = cr_engine_get(daemon->engine, path, NULL);
    if (doc)
      return ids[i];
  }
  return NULL;
}

/* Is it there with the very manifest? Podman keeps that beside an image, whose id is the config's digest alone. */
static gboolean has_exactly(const Daemon *daemon, const CrDraft *draft)
{
  const char *id = find_image(daemon, draft);
  if (!id || !daemon->podman)
    return id != NULL;
  g_autofree char *path = g_strdup_printf("/v4.0.0/libpod/images/%s/json", id);
  g_autoptr(CrJsonDoc) doc = cr_engine_get(daemon->engine, path, NULL);
  const char *digest = doc ? cr_json_find_string(cr_json_get_root(doc), "Digest", NULL) : NULL;
  return g_strcmp0(digest, cr_draft_get_manifest_digest(draft)) == 0;
}

static gboolean tag_image(const Daemon *daemon, const char *id, GError **error)
{
  g_autofree char *repository = g_uri_escape_string(daemon->repository, NULL, FALSE);
  /* Podman's own path, which names images as its program does */
  g_autofree char *path = g_strdup_printf("%s/images/%s/tag?repo=%s&tag=%s", daemon->podman ? "/v4.0.0/libpod" : "", id,
                                          repository, daemon->tag);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_engine_send(daemon->engine, "POST", path, NULL, &stream, error);
  if (!response)
    return FALSE;
  return response->status == 201 || response->status == 200 || fail(daemon, response->status, stream, error);
}

static void remove_image(const Daemon *daemon, const char *id)
{
  g_autofree char *path = g_strdup_printf("/images/%s", id);
  g_autoptr(CrStream) stream = NULL;
  cr_http_response_free(cr_engine_send(daemon->engine, "DELETE", path, NULL, &stream, NULL));
}

static gboolean daemon_name(CrImageSink *sink, const CrImage *image, gboolean *done, GError **error)
{
  const Daemon *daemon = sink->own;
  g_autofree char *path = g_strdup_printf("/images/%s/json", image->id);
  g_autoptr(CrJsonDoc) doc = cr_engine_get(daemon->engine, path, NULL);
  *done = doc && tag_image(daemon, image->id, error);
  return !doc || *done;
}

static gboolean daemon_write(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                             GError **error)
{
  CrDraft *draft = work->images[0];
  const Daemon *daemon = sink->own;
  gboolean before = find_image(daemon, draft) != NULL;
  if (!has_exactly(daemon, draft) && !load(daemon, draft, error))
    return FALSE;
  const char *id = find_image(daemon, draft);
  if (!id) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s took it and does not have it",
                cr_engine_get_name(daemon->engine));
    return FALSE;
  }
  if ((!confirm || confirm(data, error)) && tag_image(daemon, id, error)) {
    sink->id = cr_arena_strdup(sink->arena, id);
    return TRUE;
  }
  if (!before)
    remove_image(daemon, id);
  return FALSE;
}

const CrImageSinkClass cr_image_sink_docker = {.prefix = "docker",
                                               .unpacks = TRUE,
                                               .open = docker_open,
                                               .write = daemon_write,
                                               .name = daemon_name,
                                               .close = daemon_close};
const CrImageSinkClass cr_image_sink_podman = {.prefix = "podman",
                                               .unpacks = TRUE,
                                               .open = podman_open,
                                               .write = daemon_write,
                                               .name = daemon_name,
                                               .close = daemon_close};
