/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of the family of sources share. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "image/manifest.h"
#include "image/source-private.h"

typedef struct {
  gint next, stop;
  guint count;
  gboolean (*run)(guint i, gpointer data, GError **error);
  gpointer data;
  GMutex lock;
  guint first; /* that failed, with its error */
  GError *error;
} Jobs;

static void fail(Jobs *jobs, guint i, GError *error)
{
  g_atomic_int_set(&jobs->stop, 1);
  g_mutex_lock(&jobs->lock);
  if (i < jobs->first) {
    g_clear_error(&jobs->error);
    jobs->error = error;
    jobs->first = i;
  } else {
    g_clear_error(&error);
  }
  g_mutex_unlock(&jobs->lock);
}

static gpointer work(gpointer data)
{
  Jobs *jobs = data;
  while (!g_atomic_int_get(&jobs->stop)) {
    guint i = (guint)g_atomic_int_add(&jobs->next, 1);
    GError *error = NULL;
    if (i >= jobs->count)
      break;
    if (!jobs->run(i, jobs->data, &error))
      fail(jobs, i, error);
  }
  return NULL;
}

static void join(gpointer thread)
{
  g_thread_join(thread);
}

gboolean cr_source_run_jobs(guint count, guint jobs, gboolean (*run)(guint i, gpointer data, GError **error),
                            gpointer data, GError **error)
{
  Jobs all = {.count = count, .run = run, .data = data, .first = G_MAXUINT};
  g_autoptr(GPtrArray) threads = g_ptr_array_new_with_free_func(join);
  g_mutex_init(&all.lock);
  for (guint i = 1; i < jobs && i < count; i++) /* the caller's own thread is one of them */
    g_ptr_array_add(threads, g_thread_new("layer", work, &all));
  work(&all);
  g_ptr_array_set_size(threads, 0); /* joins */
  g_mutex_clear(&all.lock);
  if (all.error)
    g_propagate_error(error, all.error);
  return !all.stop;
}

/* What is there, and neither a file nor a folder: what it is, and what can be done. */
gboolean cr_source_refuse_kind(const char *path, mode_t mode, GError **error)
{
  static const struct {
    mode_t type;
    const char *name, *hint;
  } kinds[] = {
      {S_IFSOCK, "a socket", "an engine's socket goes into DOCKER_HOST; an image of it is docker:REF"},
      {S_IFIFO, "a pipe", "write it to a file first: an archive is read more than once"},
      {S_IFCHR, "a device", "write it to a file first: an archive is read more than once"},
      {S_IFBLK, "a device", "mount it; the folder is rootfs:DIR"},
      {S_IFDIR, "a folder", "a folder is oci:DIR or rootfs:DIR"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if ((mode & S_IFMT) == kinds[i].type)
      return cr_error_refuse(error, CR_ERROR_USAGE, kinds[i].hint, "cannot read '%s': it is %s, and no file", path,
                             kinds[i].name);
  return cr_error_refuse(error, CR_ERROR_USAGE, "check the path", "cannot read '%s': it is no file", path);
}

void cr_source_set_path_error(const char *path, int errnum, GError **error)
{
  struct stat st;
  if (errnum == ENXIO && stat(path, &st) == 0 && S_ISSOCK(st.st_mode)) { /* by open(2) */
    cr_source_refuse_kind(path, st.st_mode, error);
    return;
  }
  if (errnum != ENOENT && errnum != ENOTDIR && errnum != ELOOP && errnum != ENAMETOOLONG) {
    cr_error_set_errno(error, errnum, "cannot read '%s'", path);
    return;
  }
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': %s", path, g_strerror(errnum));
  cr_error_set_hint(cause, errnum == ENOTDIR ? "a tar file is docker-archive:FILE, oci-archive:FILE or rootfs:FILE"
                                             : "check the path");
  g_propagate_error(error, cause);
}

/* Layers by their blobs alone. */
static void describe_as_is(CrSource *source, const CrManifest *manifest, GBytes *config)
{
  CrImage *image = source->image;
  image->raw_config = g_bytes_ref(config);
  image->has_config = TRUE;
  image->layer_count = manifest->count;
  image->layers = cr_arena_alloc(source->arena, ((gsize)manifest->count + 1) * sizeof *image->layers);
  for (guint i = 0; i < manifest->count; i++) {
    const CrDescriptor *entry = &manifest->entries[i];
    CrLayerInfo *layer = &image->layers[i];
    layer->media_type = entry->media_type;
    layer->digest = entry->digest;
    layer->size_bytes = entry->size_bytes;
    layer->foreign = entry->foreign;
  }
}

gboolean cr_source_describe(CrSource *source, const CrManifest *manifest, GBytes *config, const char *what,
                            GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(config, &size);
  source->image->id = manifest->config.digest;
  if (source->as_is) {
    describe_as_is(source, manifest, config);
    return TRUE;
  }
  return cr_manifest_apply_config(text ? text : "", size, what, manifest, source->arena, source->image, error) &&
         cr_manifest_check_platform(source->image, source->options.platform, error);
}

const CrDescriptor *cr_source_choose(const CrManifest *index, const CrSourceOptions *options, const char *what,
                                     GError **error)
{
  GError *cause = NULL;
  const CrDescriptor *entry = cr_manifest_choose(index, options->platform, what, &cause);
  for (guint i = 0; !entry && options->any_platform && i < index->count; i++)
    if (!index->entries[i].attestation && !index->entries[i].artifact_type)
      entry = &index->entries[i];
  if (entry)
    g_clear_error(&cause);
  else
    g_propagate_error(error, cause);
  return entry;
}

const char *cr_source_get_own_platform(void)
{
  static gsize once = 0;
  if (g_once_init_enter(&once)) {
    struct utsname name;
    const char *machine = uname(&name) == 0 ? name.machine : "unknown";
    g_once_init_leave(&once, (gsize)g_strdup_printf("linux/%s", cr_platform_get_architecture(machine)));
  }
  return (const char *)once;
}
