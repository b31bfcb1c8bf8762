/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/workspace-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/progress.h"
#include "remedy/user-ids.h"

struct CrWorkspace {
  char *parent; /* CACHE/work, or in memory */
  guint64 max_bytes;
  char *path;
  int lock;    /* of the folder itself, held by the child too */
  pid_t guard; /* removes it when careen is gone; 0 or -1: none */
  int guard_end;
  GBytes *order;  /* what CR_FRAME_ORDER said, once the layers are there */
  gboolean plain; /* no overlay */
  const char *doing;
  CrLimits *limits; /* or NULL */
  CrBaton *baton;   /* or NULL */
};

#define TICK_MS 200 /* how often a terminal sees that time passes */

/* ---- the folder ---- */

/* Locked before another careen can take it for a leftover: made and locked under the lock of the parent. */
static gboolean make_folder(CrWorkspace *workspace, GError **error)
{
  int parent = open(workspace->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0 || flock(parent, LOCK_EX) != 0) {
    cr_error_set_errno(error, errno, "cannot open '%s'", workspace->parent);
    if (parent >= 0)
      close(parent);
    return FALSE;
  }
  cr_workspace_remove_leftovers(workspace->parent);
  workspace->path = g_build_filename(workspace->parent, "XXXXXX", NULL);
  if (g_mkdtemp_full(workspace->path, 0700))
    workspace->lock = open(workspace->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean good = workspace->lock >= 0 && flock(workspace->lock, LOCK_EX | LOCK_NB) == 0;
  if (!good)
    cr_error_set_errno(error, errno, "cannot make a folder in '%s'", workspace->parent);
  close(parent);
  return good;
}

CrWorkspace *cr_workspace_new(const CrCache *cache, guint64 need_bytes, GError **error)
{
  g_autoptr(CrWorkspace) workspace = g_new0(CrWorkspace, 1);
  workspace->lock = -1;
  workspace->max_bytes = G_MAXUINT64;
  g_autofree char *dir = g_canonicalize_filename(cr_cache_get_dir(cache), NULL);
  g_autofree char *disk = g_build_filename(dir, CR_CACHE_WORK, NULL);
  guint64 max_bytes = 0;
  char *memory = cr_workspace_find_memory(need_bytes, &max_bytes);
  workspace->parent = memory ? memory : g_strdup(disk);
  if (memory) {
    workspace->max_bytes = max_bytes;
    cr_workspace_remove_leftovers(disk);
  }
  if (g_mkdir_with_parents(workspace->parent, 0700) != 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", workspace->parent);
    return NULL;
  }
  if (!make_folder(workspace, error))
    return NULL;
  g_autofree char *name = g_path_get_basename(workspace->path);
  workspace->guard = cr_workspace_guard_start(workspace->parent, name, &workspace->guard_end);
  return g_steal_pointer(&workspace);
}

void cr_workspace_keep_only(CrWorkspace *workspace, const char *name)
{
  g_autoptr(GDir) dir = g_dir_open(workspace->path, 0, NULL);
  for (const char *entry = dir ? g_dir_read_name(dir) : NULL; entry; entry = g_dir_read_name(dir))
    if (strcmp(entry, name) != 0)
      cr_workspace_remove(workspace->path, entry);
  g_clear_pointer(&workspace->order, g_bytes_unref);
}

void cr_workspace_free(CrWorkspace *workspace)
{
  if (!workspace)
    return;
  if (workspace->lock >= 0) {
    g_autofree char *name = g_path_get_basename(workspace->path);
    cr_workspace_remove(workspace->parent, name);
    close(workspace->lock);
  }
  if (workspace->guard > 0)
    cr_workspace_guard_stop(workspace->guard, workspace->guard_end);
  g_clear_pointer(&workspace->order, g_bytes_unref);
  g_free(workspace->path);
  g_free(workspace->parent);
  g_free(workspace);
}

const char *cr_workspace_get_path(const CrWorkspace *workspace)
{
  return workspace->path;
}

guint64 cr_workspace_get_max_bytes(const CrWorkspace *workspace)
{
  return workspace->max_bytes;
}

void cr_workspace_set_limits(CrWorkspace *workspace, CrLimits *limits)
{
  workspace->limits = limits;
}

void cr_workspace_set_plain(CrWorkspace *workspace)
{
  workspace->plain = TRUE;
}

void cr_workspace_set_doing(CrWorkspace *workspace, const char *doing)
{
  workspace->doing = doing;
}

void cr_workspace_set_baton(CrWorkspace *workspace, CrBaton *baton)
{
  workspace->baton = baton;
}

/* ---- layers to the child ---- */

typedef struct {
  int socket;
  const CrImage *image;
  guint arrived;
  char **diff_ids; /* of those that arrived */
  int *indexes;    /* and their places, -1 not told */
  GBytes *order;   /* of those, from the lowest; given: the child has them all */
  gboolean broken; /* the child is gone: it says why */
  const char *doing;
  CrProgress *progress;
  CrLimits *limits;
  CrBaton *baton; /* or NULL */
} Sending;

static gboolean send_layer(int index, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)digest; /* what is compressed was checked by the scan; here the plain bytes are, which it must come to */
  Sending *sending = data;
  g_autoptr(CrStream) plain = cr_stream_new_decompress(stream, NULL);
  g_autoptr(CrDigest) hash = cr_digest_new();
  const guint8 *bytes = NULL;
  gssize n = 0;
  sending->broken |= !cr_frame_send(sending->socket, CR_FRAME_DATA, NULL, 0);
  while (!sending->broken && (n = cr_stream_next(plain, &bytes, error)) > 0) {
    cr_digest_update(hash, bytes, (gsize)n);
    cr_progress_advance(sending->progress, (guint64)n);
    if (sending->limits && !cr_limits_check_time(sending->limits, error))
      return FALSE;
    for (gssize at = 0; at < n && !sending->broken; at += CR_FRAME_BYTES)
      sending->broken =
          !cr_frame_send(sending->socket, CR_FRAME_DATA, bytes + at, MIN((gsize)(n - at), CR_FRAME_BYTES));
  }
  if (n < 0)
    return FALSE;
  sending->broken |= !cr_frame_send(sending->socket, CR_FRAME_DATA, NULL, 0);
  if (sending->broken) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot unpack the image");
    return FALSE;
  }
  g_autofree char *diff_id = cr_digest_finish(hash);
  const char *expected = index >= 0 ? sending->image->layers[index].diff_id : NULL;
  if (expected && strcmp(expected, diff_id) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot use layer %d: it is not what the image's config names",
                index + 1);
    return FALSE;
  }
  if (sending->arrived >= sending->image->layer_count)
    return TRUE;
  sending->indexes[sending->arrived] = index;
  sending->diff_ids[sending->arrived++] = g_steal_pointer(&diff_id);
  return TRUE;
}

/* Where in the arrived ones the layer INDEX of the image is; -1: nowhere. */
static int find_arrived(const Sending *sending, guint index)
{
  const char *diff_id = sending->image->layers[index].diff_id;
  for (guint i = 0; i < sending->arrived; i++)
    if (sending->indexes[i] == (int)index || (diff_id && !strcmp(sending->diff_ids[i], diff_id)))
      return (int)i;
  return -1;
}

static gboolean send_order(Sending *sending, GError **error)
{
  g_autofree guint32 *order = g_new0(guint32, sending->image->layer_count + 1);
  for (guint i = 0; i < sending->image->layer_count; i++) {
    int at = find_arrived(sending, i);
    if (at < 0) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot unpack the image: the bytes of layer %u are not there",
                  i + 1);
      return FALSE;
    }
    order[i] = (guint32)at;
  }
  sending->order = g_bytes_new(order, sizeof(guint32) * sending->image->layer_count);
  return TRUE;
}

/* One at a time and in the source's own order; a layer that stands twice comes once. */
static gboolean send_layers(Sending *sending, CrSource *source, CrProblems *problems, GError **error)
{
  guint count = sending->image->layer_count;
  if (cr_source_get_folder(source)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot patch a folder: it has no layers");
    return FALSE;
  }
  g_autofree gboolean *wanted = g_new0(gboolean, count + 1);
  for (guint i = 0; i < count; i++) {
    wanted[i] = TRUE;
    for (guint k = 0; k < i && wanted[i]; k++)
      wanted[i] = g_strcmp0(sending->image->layers[k].diff_id, sending->image->layers[i].diff_id) != 0;
  }
  sending->diff_ids = g_new0(char *, count + 1);
  sending->indexes = g_new0(int, count + 1);
  gboolean good =
      cr_source_read_layers(source, wanted, 1, send_layer, sending, problems, error) && send_order(sending, error);
  g_strfreev(sending->diff_ids);
  g_free(sending->indexes);
  return good;
}

/* ---- the child ---- */

static void take_failure(const guint8 *bytes, gsize size, GError **error)
{
  guint32 code = CR_ERROR_ENVIRONMENT;
  if (size < sizeof code + 2 || bytes[size - 1] != 0)
    return;
  memcpy(&code, bytes, sizeof code);
  const char *message = (const char *)bytes + sizeof code;
  const char *hint = message + strlen(message) + 1;
  g_set_error(error, CR_ERROR, (int)code, "%s", message);
  if (error && hint < (const char *)bytes + size && *hint)
    cr_error_set_hint(*error, "%s", hint);
}

/* Has the child nothing to say yet? Whoever else has work does it while this waits; what that takes longer is not this
 * one's time. */
static gboolean is_silent(const Sending *sending)
{
  struct pollfd fd = {.fd = sending->socket, .events = POLLIN};
  cr_baton_lay_down(sending->baton);
  int n = poll(&fd, 1, TICK_MS);
  gboolean silent = n == 0 || (n < 0 && errno == EINTR);
  gint64 ready = g_get_monotonic_time();
  cr_baton_take(sending->baton);
  if (sending->baton && sending->limits && sending->limits->deadline)
    sending->limits->deadline += g_get_monotonic_time() - ready;
  return silent;
}

/* With PROGRESS, which may be NULL, drawn meanwhile, as long as the limits give it time. */
static gboolean await(const Sending *sending, guint8 *buffer, CrProgress *progress, GError **error)
{
  CrFrame frame;
  while (is_silent(sending)) {
    cr_progress_advance(progress, 0);
    if (sending->limits && !cr_limits_check_time(sending->limits, error))
      return FALSE;
  }
  if (!cr_frame_receive(sending->socket, &frame, buffer))
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot go on: the process that works on the image was killed");
  else if (frame.kind == CR_FRAME_FAILED)
    take_failure(buffer, frame.size, error);
  else
    return TRUE;
  return FALSE;
}

static gboolean await_work(const Sending *sending, guint8 *buffer, GError **error)
{
  g_autoptr(CrProgress) progress = cr_progress_new(sending->doing ? sending->doing : "working on the image", 0);
  return await(sending, buffer, progress, error);
}

static gboolean unpack(Sending *sending, CrSource *source, CrProblems *problems, GError **error)
{
  g_autofree char *label = g_strdup_printf("unpacking %u layers", sending->image->layer_count);
  g_autoptr(CrProgress) progress = cr_progress_new(label, 0);
  sending->progress = progress;
  return send_layers(sending, source, problems, error);
}

static gboolean attend(pid_t pid, gboolean user, Sending *sending, CrSource *source, CrProblems *problems,
                       GError **error)
{
  g_autofree guint8 *buffer = g_malloc(CR_FRAME_BYTES);
  if (user && (!await(sending, buffer, NULL, error) || !cr_user_ids_map(pid, error)))
    return FALSE;
  if (user)
    sending->broken |= !cr_frame_send(sending->socket, CR_FRAME_MAPPED, NULL, 0);
  g_autoptr(GError) reading = NULL;
  if (sending->order || unpack(sending, source, problems, &reading)) {
    gsize size = 0;
    const void *order = g_bytes_get_data(sending->order, &size);
    sending->broken |= !cr_frame_send(sending->socket, CR_FRAME_ORDER, order, size);
    return await_work(sending, buffer, error);
  }
  if (!sending->broken) { /* the caller's side failed: its words */
    g_propagate_error(error, g_steal_pointer(&reading));
    return FALSE;
  }
  return await(sending, buffer, NULL, error) && FALSE;
}

static pid_t start(const CrWorkspaceChild *child, int other)
{
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  close(other);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(1);
  for (int number = 1; number < NSIG; number++) /* the parent's handlers remove the parent's files */
    signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
  cr_workspace_child_run(child);
}

static gboolean run_child(CrWorkspaceChild child, Sending sending, CrSource *source, CrProblems *problems,
                          GBytes **order, GError **error)
{
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    cr_error_set_errno(error, errno, "cannot make a socket");
    return FALSE;
  }
  child.socket = sockets[1];
  sending.socket = sockets[0];
  pid_t pid = start(&child, sockets[0]);
  close(sockets[1]);
  gboolean good = FALSE;
  if (pid < 0)
    cr_error_set_errno(error, errno, "cannot start a process");
  else
    good = attend(pid, child.user, &sending, source, problems, error);
  if (pid > 0 && !good)
    kill(pid, SIGKILL);
  close(sockets[0]);
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  if (order)
    *order = sending.order;
  return good;
}

static CrWorkspaceChild describe(const CrWorkspace *workspace, CrWorkspaceWork work, gpointer data)
{
  return (CrWorkspaceChild){.folder = workspace->path,
                            .user = geteuid() != 0,
                            .plain = workspace->plain,
                            .limits = workspace->limits,
                            .work = work,
                            .data = data};
}

gboolean cr_workspace_run(CrWorkspace *workspace, CrSource *source, CrProblems *problems, CrWorkspaceWork work,
                          gpointer data, GError **error)
{
  Sending sending = {.image = cr_source_get_image(source),
                     .doing = workspace->doing,
                     .limits = workspace->limits,
                     .baton = workspace->baton};
  return run_child(describe(workspace, work, data), sending, source, problems, &workspace->order, error);
}

gboolean cr_workspace_has_layers(const CrWorkspace *workspace)
{
  return workspace->order != NULL;
}

gboolean cr_workspace_run_again(CrWorkspace *workspace, gboolean fresh, CrWorkspaceWork work, gpointer data,
                                GError **error)
{
  CrWorkspaceChild child = describe(workspace, work, data);
  child.again = TRUE;
  child.fresh = fresh;
  g_return_val_if_fail(workspace->order, FALSE);
  Sending sending = {
      .order = workspace->order, .doing = workspace->doing, .limits = workspace->limits, .baton = workspace->baton};
  return run_child(child, sending, NULL, NULL, NULL, error);
}
