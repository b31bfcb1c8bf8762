/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/workspace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/implied.h"
#include "remedy/merge.h"
#include "remedy/unpack.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* linux/sched.h, since 5.6 */
#endif

/* ---- frames ---- */

gboolean cr_frame_send(int socket, CrFrameKind kind, const void *data, gsize size)
{
  CrFrame frame = {.kind = kind, .size = (guint32)size};
  const guint8 *parts[] = {(const guint8 *)&frame, data};
  gsize sizes[] = {sizeof frame, size};
  for (guint i = 0; i < 2; i++)
    for (gsize done = 0; done < sizes[i];) {
      ssize_t n = send(socket, parts[i] + done, sizes[i] - done, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        return FALSE;
      done += n > 0 ? (gsize)n : 0;
    }
  return TRUE;
}

static gboolean receive_exactly(int socket, void *buffer, gsize size)
{
  for (gsize done = 0; done < size;) {
    ssize_t n = recv(socket, (guint8 *)buffer + done, size - done, 0);
    if (n == 0 || (n < 0 && errno != EINTR))
      return FALSE;
    done += n > 0 ? (gsize)n : 0;
  }
  return TRUE;
}

gboolean cr_frame_receive(int socket, CrFrame *frame, guint8 *buffer)
{
  return receive_exactly(socket, frame, sizeof *frame) && frame->size <= CR_FRAME_BYTES &&
         receive_exactly(socket, buffer, frame->size);
}

/* ---- a layer as a stream ---- */

typedef struct {
  CrStream head;
  int socket;
  guint8 *buffer; /* CR_FRAME_BYTES */
  CrFrame last;
  gboolean ended;
  guint64 *total; /* bytes of all layers so far */
  const CrLimits *limits;
} Incoming;

static gssize next_bytes(CrStream *stream, const guint8 **data, GError **error)
{
  Incoming *incoming = (Incoming *)stream;
  if (incoming->ended)
    return 0;
  if (!cr_frame_receive(incoming->socket, &incoming->last, incoming->buffer)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the layer was not read to its end");
    return -1;
  }
  incoming->ended = incoming->last.kind != CR_FRAME_DATA || incoming->last.size == 0;
  *data = incoming->buffer;
  *incoming->total += incoming->last.size;
  if (incoming->limits && *incoming->total > incoming->limits->disk_bytes) {
    g_autofree char *most = g_format_size_full(incoming->limits->disk_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
                "the image takes more than the %s of disk space that it may take", most);
    if (error)
      cr_error_set_hint(*error, "--disk-limit gives it more");
    return -1;
  }
  return incoming->ended ? 0 : (gssize)incoming->last.size;
}

static const CrStreamClass incoming_class = {.next = next_bytes};

/* ---- namespaces ---- */

static gboolean fail(GError **error, const char *what)
{
  cr_error_set_errno(error, errno, "cannot %s", what);
  return FALSE;
}

static gboolean enter(const CrWorkspaceChild *child, guint8 *buffer, GError **error)
{
  if (unshare(CLONE_NEWNS | (child->user ? CLONE_NEWUSER : 0)) != 0) {
    fail(error, child->user ? "make a user namespace" : "make a mount namespace");
    if (child->user && error)
      cr_error_set_hint(*error,
                        "run careen as root, or let users make user namespaces (sysctl user.max_user_namespaces)");
    return FALSE;
  }
  CrFrame frame;
  if (child->user && (!cr_frame_send(child->socket, CR_FRAME_UNMAPPED, NULL, 0) ||
                      !cr_frame_receive(child->socket, &frame, buffer) || frame.kind != CR_FRAME_MAPPED)) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot map user ids");
    return FALSE;
  }
  if (child->user && (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0))
    return fail(error, "become root of the user namespace");
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* changing ids took it away */
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || fail(error, "make mounts private");
}

/* For what this process starts. A kernel that refuses leaves things as they are. */
static void change_surroundings(void)
{
  static const char offsets[] = "monotonic 86400000 0\nboottime 86400000 0\n";
  int fd = unshare(CLONE_NEWTIME) == 0 ? open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC) : -1;
  if (fd >= 0 && write(fd, offsets, strlen(offsets)) < 0)
    errno = 0;
  if (fd >= 0)
    close(fd);
  cpu_set_t all, one;
  CPU_ZERO(&one);
  for (int i = 0; sched_getaffinity(0, sizeof all, &all) == 0 && i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
    if (CPU_ISSET(i, &all))
      CPU_SET(i, &one);
  if (CPU_COUNT(&one))
    sched_setaffinity(0, sizeof one, &one);
}

/* ---- layers ---- */

/* Layers until the order comes, whose frame stays in INCOMING. */
static gboolean unpack_layers(const CrWorkspaceChild *child, Incoming *incoming, GPtrArray *implied, GError **error)
{
  for (guint number = 0;; number++) {
    *incoming = (Incoming){.head = {&incoming_class},
                           .socket = child->socket,
                           .buffer = incoming->buffer,
                           .total = incoming->total,
                           .limits = child->limits};
    const guint8 *data = NULL;
    /* a layer without a byte is none, but each begins with an empty frame of its own, so that the order is told apart
     */
    if (!cr_frame_receive(child->socket, &incoming->last, incoming->buffer)) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the layers were not read to their end");
      return FALSE;
    }
    if (incoming->last.kind == CR_FRAME_ORDER)
      return TRUE;
    g_autofree char *name = g_strdup_printf("%u", number);
    if (mkdir(name, 0755) != 0)
      return fail(error, "make a folder for a layer");
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
      return fail(error, "open the folder of a layer");
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add(implied, set);
    gboolean good = cr_unpack_layer_and_tell(&incoming->head, folder, child->user, set, error);
    close(folder);
    if (!good) {
      g_prefix_error(error, "layer %u: ", number + 1);
      return FALSE;
    }
    while (!incoming->ended) /* padding behind the end mark */
      if (next_bytes(&incoming->head, &data, error) < 0)
        return FALSE;
  }
}

/* IMPLIED: of each that arrived. None did where the workspace runs again. */
static gboolean finish_layers(const Incoming *order, const GPtrArray *implied, GError **error)
{
  g_autofree guint32 *numbers = g_memdup2(order->buffer, order->last.size);
  return !implied->len ||
         cr_implied_inherit(numbers, order->last.size / sizeof *numbers, (GHashTable *const *)implied->pdata) ||
         fail(error, "give folders of a layer their owners and modes");
}

/* ---- mounts ---- */

/* "3:2:0", the highest first. Of a layer that stands in the image twice the higher counts: it has all that the lower
 * one shows, and overlay takes no folder twice. */
static char *format_lowers(const guint32 *order, gsize count)
{
  GString *text = g_string_new(NULL);
  for (gsize i = count; i-- > 0;) {
    gboolean above = FALSE;
    for (gsize k = i + 1; k < count && !above; k++)
      above = order[k] == order[i];
    if (!above)
      g_string_append_printf(text, "%s%u", text->len ? ":" : "", order[i]);
  }
  return g_string_free(text, FALSE);
}

static gboolean mount_overlay_at(const char *lowers, const char *upper, const char *work, const char *at, gboolean user,
                                 GError **error)
{
  /* A feature that the host turned on would leave marks in the upper folder that no layer can carry. */
  const char *features = user ? "userxattr" : "redirect_dir=off,metacopy=off,index=off";
  g_autofree char *options =
      upper ? g_strdup_printf("lowerdir=%s,upperdir=%s,workdir=%s,%s", lowers, upper, work, features)
            : g_strdup_printf("lowerdir=%s,%s", lowers, features);
  if (strlen(options) >= (gsize)sysconf(_SC_PAGESIZE)) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot mount the image: it has too many layers");
    return FALSE;
  }
  return mount("overlay", at, "overlay", MS_NODEV | (upper ? 0 : MS_RDONLY), options) == 0 ||
         fail(error, "mount the image's layers as an overlay");
}

static gboolean mount_overlay(const CrWorkspaceChild *child, const char *lowers, GError **error)
{
  if (!mount_overlay_at(lowers, "upper", "work", "merged", child->user, error))
    return FALSE;
  gboolean single = !strchr(lowers, ':');
  if (single ? mount(lowers, "lower", NULL, MS_BIND, NULL) == 0 &&
                   mount(NULL, "lower", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV, NULL) == 0
             : mount_overlay_at(lowers, NULL, NULL, "lower", child->user, NULL))
    return TRUE;
  fail(error, "mount the image's layers for comparison");
  umount2("lower", MNT_DETACH);
  umount2("merged", MNT_DETACH);
  return FALSE;
}

/* The root folder's own owner and mode are the lowest layer's: the upper one hides them. */
static gboolean copy_root(const char *lower, GError **error)
{
  struct stat status;
  if (stat(lower, &status) != 0 || chown("upper", status.st_uid, status.st_gid) != 0 ||
      chmod("upper", status.st_mode & 07777) != 0)
    return fail(error, "prepare the overlay");
  return TRUE;
}

/* The kernel refuses an overlay within an overlay, and to old ones a user. */
static gboolean copy_layers(const CrWorkspaceChild *child, const guint32 *order, gsize count, const char *name,
                            GError **error)
{
  int into = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean good = into >= 0 || fail(error, "open a folder of the workspace");
  for (gsize i = 0; i < count && good; i++) {
    g_autofree char *number = g_strdup_printf("%u", order[i]);
    int layer = open(number, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = layer >= 0 ? cr_merge_layer(layer, into, child->user, error) : fail(error, "open the folder of a layer");
    if (layer >= 0)
      close(layer);
  }
  if (into >= 0)
    close(into);
  return good;
}

static gboolean make_folders(const CrWorkspaceChild *child, GError **error)
{
  static const char *const folders[] = {"upper", "work", "merged", "lower", "empty"};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    if (child->fresh && !cr_workspace_remove_tree(AT_FDCWD, folders[i]))
      return fail(error, "remove what was changed before");
    if (mkdir(folders[i], 0755) != 0 && !(child->again && errno == EEXIST))
      return fail(error, "make folders for the overlay");
  }
  return TRUE;
}

static gboolean mount_all(const CrWorkspaceChild *child, const guint8 *order, gsize bytes, char **lowers,
                          gboolean *copied, GError **error)
{
  gsize count = bytes / sizeof(guint32);
  g_autofree guint32 *numbers = g_memdup2(order, bytes);
  *lowers = count ? format_lowers(numbers, count) : g_strdup("empty");
  if (!make_folders(child, error))
    return FALSE;
  g_autoptr(GError) refused = NULL;
  if (!child->plain && mount_overlay(child, *lowers, &refused))
    return (child->again && !child->fresh) || copy_root("lower", error);
  *copied = TRUE;
  return (child->again && !child->fresh) ||
         (copy_layers(child, numbers, count, "lower", error) && copy_layers(child, numbers, count, "merged", error));
}

/* ---- a root for trials ---- */

/* The upper folder as the topmost lower one: overlay's marks mean the same there. */
char *cr_workspace_mount_trial(const CrRoots *roots, gboolean changed, GError **error)
{
  static const char *const folders[] = {CR_WORKSPACE_TRIAL, CR_WORKSPACE_TRIAL "/upper", CR_WORKSPACE_TRIAL "/work",
                                        CR_WORKSPACE_TRIAL "/root"};
  if (roots->copied)
    return g_strdup(changed ? roots->merged : roots->lower);
  umount2(folders[3], MNT_DETACH); /* of a trial before; nothing is mounted: nothing happens */
  if (!cr_workspace_remove_tree(AT_FDCWD, folders[0])) {
    fail(error, "remove a trial's folder");
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (mkdir(folders[i], 0755) != 0) {
      fail(error, "make a folder for a trial");
      return NULL;
    }
  struct stat status;
  g_autofree char *lowers = changed ? g_strconcat("upper:", roots->lowers, NULL) : g_strdup(roots->lowers);
  if (stat(roots->merged, &status) != 0 || chown(folders[1], status.st_uid, status.st_gid) != 0 ||
      chmod(folders[1], status.st_mode & 07777) != 0) {
    fail(error, "prepare a trial's root");
    return NULL;
  }
  return mount_overlay_at(lowers, folders[1], folders[2], folders[3], roots->user, error)
             ? g_build_filename(roots->folder, folders[3], NULL)
             : NULL;
}

/* ---- all of it ---- */

static gboolean run(const CrWorkspaceChild *child, guint8 *buffer, GError **error)
{
  if (chdir(child->folder) != 0)
    return fail(error, "enter the workspace");
  umask(022);
  guint64 total = 0;
  Incoming incoming = {.buffer = buffer, .total = &total};
  g_autofree char *lowers = NULL;
  gboolean copied = FALSE;
  g_autoptr(GPtrArray) implied = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
  if (!enter(child, buffer, error) || !unpack_layers(child, &incoming, implied, error) ||
      !finish_layers(&incoming, implied, error) ||
      !mount_all(child, buffer, incoming.last.size, &lowers, &copied, error))
    return FALSE;
  if (child->plain)
    change_surroundings();
  g_autofree char *lower = g_build_filename(child->folder, "lower", NULL);
  g_autofree char *upper = g_build_filename(child->folder, "upper", NULL);
  g_autofree char *merged = g_build_filename(child->folder, "merged", NULL);
  CrRoots roots = {.folder = child->folder,
                   .lower = lower,
                   .upper = copied ? merged : upper,
                   .merged = merged,
                   .user = child->user,
                   .copied = copied,
                   .limits = child->limits,
                   .unpacked_bytes = total,
                   .lowers = lowers};
  return child->work(&roots, child->data, error);
}

static void send_error(const CrWorkspaceChild *child, const GError *error)
{
  const char *hint = cr_error_get_hint(error);
  guint32 code = error->domain == CR_ERROR ? (guint32)error->code : CR_ERROR_ENVIRONMENT;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_autofree char *message = g_strndup(error->message, 32768);
  g_byte_array_append(bytes, (const guint8 *)&code, sizeof code);
  g_byte_array_append(bytes, (const guint8 *)message, (guint)strlen(message) + 1);
  g_byte_array_append(bytes, (const guint8 *)(hint ? hint : ""), (guint)strlen(hint ? hint : "") + 1);
  cr_frame_send(child->socket, CR_FRAME_FAILED, bytes->data, bytes->len);
}

void cr_workspace_child_run(const CrWorkspaceChild *child)
{
  g_autoptr(GError) error = NULL;
  g_autofree guint8 *buffer = g_malloc(CR_FRAME_BYTES);
  if (run(child, buffer, &error))
    cr_frame_send(child->socket, CR_FRAME_DONE, NULL, 0);
  else
    send_error(child, error);
  _exit(0); /* no handlers of the parent's */
}
