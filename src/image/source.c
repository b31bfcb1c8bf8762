/* SPDX-License-Identifier: Apache-2.0 */
#include "image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "image/blobs.h"
#include "image/manifest.h"
#include "image/source-private.h"

static const CrSourceClass *const classes[] = {
    &cr_source_docker, &cr_source_podman, &cr_source_registry,  &cr_source_docker_archive, &cr_source_oci_archive,
    &cr_source_oci,    &cr_source_rootfs, &cr_source_container, &cr_source_host,           &cr_source_sbom};

/* Spellings of other tools that are no names of images here: each with what it is called in careen. */
static const struct {
  const char *prefix, *hint;
} foreign[] = {
    {"docker-daemon:", "the Docker daemon's images are docker:REF"},
    {"containers-storage:", "Podman's images are podman:REF"},
    {"docker-tar:", "what `docker save` writes is docker-archive:FILE"},
    {"oci-dir:", "a folder in OCI layout is oci:DIR[:TAG]"},
    {"oci-layout:", "a folder in OCI layout is oci:DIR[:TAG]"},
    {"oci-tar:", "a file in OCI layout is oci-archive:FILE"},
    {"dir:", "a root file system is rootfs:DIR, a folder in OCI layout oci:DIR"},
    {"file:", "a root file system is rootfs:FILE, an archive docker-archive:FILE or oci-archive:FILE"},
    {"http://", "a registry's images are registry:HOST/NAME:TAG, with --plain-http"},
    {"https://", "a registry's images are registry:HOST/NAME:TAG"},
};

#define ALL_PREFIXES                                                                                                   \
  "IMAGE is docker:REF, podman:REF, registry:REF, docker-archive:FILE, oci-archive:FILE, oci:DIR[:TAG], rootfs:DIR, "  \
  "rootfs:FILE, container:NAME, host:/, sbom:FILE or a plain word"

/* ---- what an IMAGE is ---- */

static gboolean starts_with(const char *text, const char *prefix, const char **rest)
{
  gsize size = strlen(prefix);
  if (strncmp(text, prefix, size) != 0 || text[size] != ':')
    return FALSE;
  *rest = text + size + 1;
  return TRUE;
}

static gboolean refuse(GError **error, const char *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);
static gboolean refuse(GError **error, const char *hint, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  GError *cause = g_error_new_literal(CR_ERROR, CR_ERROR_USAGE, text);
  cr_error_set_hint(cause, "%s", hint);
  g_propagate_error(error, cause);
  return FALSE;
}

/* By its prefix. *CLASS stays NULL for a plain word. */
static gboolean find_class(const char *image, const CrSourceClass **class, const char **rest, GError **error)
{
  if (!*image)
    return refuse(error, ALL_PREFIXES, "cannot use '' as an image: it is empty");
  for (guint i = 0; i < G_N_ELEMENTS(classes) && !*class; i++)
    if (starts_with(image, classes[i]->prefix, rest))
      *class = classes[i];
  if (*class == &cr_source_docker && g_str_has_prefix(*rest, "//")) { /* docker://REF, as skopeo and podman say it */
    *class = &cr_source_registry;
    *rest += 2;
  }
  if (*class)
    return **rest || refuse(error, ALL_PREFIXES, "cannot use '%s' as an image: nothing stands behind the ':'", image);
  for (guint i = 0; i < G_N_ELEMENTS(foreign); i++)
    if (g_str_has_prefix(image, foreign[i].prefix))
      return refuse(error, foreign[i].hint, "cannot use '%s' as an image: careen has no '%s'", image,
                    foreign[i].prefix);
  return TRUE;
}

/* ---- plain words ---- */

typedef struct {
  const CrSourceClass *class;
  const char *chosen;
} Choice;

static gboolean choose_folder(const char *word, Choice *choice)
{
  g_autofree char *layout = g_build_filename(word, "oci-layout", NULL),
                  *index = g_build_filename(word, "index.json", NULL);
  if (access(layout, F_OK) == 0 || access(index, F_OK) == 0)
    *choice = (Choice){&cr_source_oci, "a folder in OCI layout"};
  else
    *choice = (Choice){&cr_source_rootfs, "a folder, as a root file system"};
  return TRUE;
}

/* Nothing that a file may be as an image; CAUSE, which is taken, says why it is no tar. */
static void refuse_file(const char *word, GError *cause, GError **error)
{
  g_autoptr(GError) why = cause;
  char head = 0;
  int fd = open(word, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean document = fd >= 0 && read(fd, &head, 1) == 1 && head == '{';
  if (fd >= 0)
    close(fd);
  g_autofree char *hint = document ? g_strdup_printf("an SBOM is sbom:%s", word) : g_strdup(ALL_PREFIXES);
  cr_error_refuse(error, CR_ERROR_INPUT, hint,
                  "cannot read '%s' as an image: tried as what docker save writes, as an OCI archive and as a "
                  "root file system's tar: %s",
                  word, why->message);
}

static gboolean choose_file(const char *word, Choice *choice, GError **error)
{
  GError *cause = NULL;
  g_autoptr(CrBlobs) blobs = cr_blobs_sniff_archive(word, &cause);
  if (cause) {
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_INPUT))
      refuse_file(word, cause, error);
    else
      g_propagate_error(error, cause);
    return FALSE;
  }
  *choice = (Choice){&cr_source_rootfs, "a tar of a root file system"};
  if (blobs && cr_blobs_find(blobs, "manifest.json", NULL))
    *choice = (Choice){&cr_source_docker_archive, "a Docker archive"};
  else if (blobs && cr_blobs_find(blobs, "index.json", NULL))
    *choice = (Choice){&cr_source_oci_archive, "an OCI archive"};
  return TRUE;
}

/* Only a path could be written so: it begins like one, or ends like an archive. */
static gboolean is_path(const char *word)
{
  static const char *const endings[] = {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst"};
  gboolean path = *word == '/' || *word == '.' || *word == '~';
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
    path = path || g_str_has_suffix(word, endings[i]);
  return path;
}

/* What was asked before a registry, for the hint when that fails too. */
static char *describe_search(const char *word, gboolean docker, gboolean podman)
{
  return g_strdup_printf("'%s' is no path here, %s, %s, so a registry was asked; name the kind to be sure: docker:%s, "
                         "registry:%s, rootfs:DIR, docker-archive:FILE",
                         word, docker ? "the Docker daemon has no such image" : "no Docker daemon answers",
                         podman ? "Podman has none" : "no Podman answers", word, word);
}

static gboolean choose_remote(const char *word, const CrSourceOptions *options, Choice *choice, char **hint,
                              GError **error)
{
  gboolean found = FALSE;
  gboolean docker = cr_source_docker_has(word, options, FALSE, &found);
  if (docker && found) {
    *choice = (Choice){&cr_source_docker, "an image of the Docker daemon"};
    return TRUE;
  }
  gboolean podman = cr_source_docker_has(word, options, TRUE, &found);
  if (podman && found) {
    *choice = (Choice){&cr_source_podman, "an image of Podman"};
    return TRUE;
  }
  *choice = (Choice){&cr_source_registry, "an image in a registry"};
  *hint = describe_search(word, docker, podman);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference reference;
  g_autoptr(GError) cause = NULL;
  if (cr_reference_parse(word, arena, &reference, &cause))
    return TRUE;
  return refuse(error, ALL_PREFIXES, "%s; and no such path, nor an image of a daemon", cause->message);
}

static gboolean choose(const char *word, const CrSourceOptions *options, Choice *choice, char **hint, GError **error)
{
  struct stat st;
  if (stat(word, &st) == 0)
    return S_ISDIR(st.st_mode) ? choose_folder(word, choice) : choose_file(word, choice, error);
  if (errno == EACCES || is_path(word)) {
    cr_source_set_path_error(word, errno, error);
    return FALSE;
  }
  return choose_remote(word, options, choice, hint, error);
}

/* ---- opening and reading ---- */

CrSource *cr_source_new(const char *image, const CrSourceClass *class, const CrSourceOptions *options,
                        const char *chosen)
{
  CrSource *source = g_new0(CrSource, 1);
  source->class = class;
  source->options = *options;
  source->arena = cr_arena_new();
  source->image = cr_image_new(source->arena);
  source->image->ref = cr_arena_strdup(source->arena, image);
  source->image->name = source->image->ref;
  source->image->source = class->name;
  source->image->chosen = chosen;
  return source;
}

/* --offline with data missing is a report (CONTRACT.md §2): of an image without layers, and loudly so. */
static void stand_for_unseen(CrSource *source, const char *rest, CrProblems *problems, const GError *cause)
{
  source->image->layer_count = 0;
  source->image->name = source->image->ref;
  cr_problems_add_error(problems, CR_PROBLEM_BLIND, "image", cause);
  cr_problems_add(problems, CR_PROBLEM_NOTE, "image",
                  "to look at it here, save it where there is a network: skopeo copy docker://%s oci-archive:FILE; and "
                  "name it oci-archive:FILE",
                  rest);
}

CrSource *cr_source_open(const char *image, const CrSourceOptions *options, CrProblems *problems, GError **error)
{
  const CrSourceClass *class = NULL;
  const char *rest = image;
  Choice choice = {NULL, NULL};
  g_autofree char *hint = NULL;
  if (!find_class(image, &class, &rest, error))
    return NULL;
  if (!class) {
    rest = image;
    if (!choose(image, options, &choice, &hint, error))
      return NULL;
    class = choice.class;
  }
  g_autoptr(CrSource) source = cr_source_new(image, class, options, choice.chosen);
  GError *cause = NULL;
  if (class->open(source, rest, problems, &cause))
    return g_steal_pointer(&source);
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_OFFLINE)) {
    stand_for_unseen(source, rest, problems, cause);
    g_error_free(cause);
    return g_steal_pointer(&source);
  }
  if (hint && !cr_error_get_hint(cause))
    cr_error_set_hint(cause, "%s", hint);
  g_propagate_error(error, cause);
  return NULL;
}

void cr_source_free(CrSource *source)
{
  if (!source)
    return;
  if (source->class->close)
    source->class->close(source);
  g_clear_pointer(&source->sbom, g_bytes_unref);
  g_clear_pointer(&source->manifest, g_bytes_unref);
  g_clear_pointer(&source->index, g_bytes_unref);
  if (source->image->raw_config)
    g_bytes_unref((GBytes *)source->image->raw_config);
  cr_arena_free(source->arena);
  g_free(source->folder);
  g_free(source);
}

const CrImage *cr_source_get_image(const CrSource *source)
{
  return source->image;
}

GBytes *cr_source_get_manifest(const CrSource *source)
{
  return source->manifest;
}

GBytes *cr_source_get_index(const CrSource *source)
{
  return source->index;
}

const char *cr_source_get_index_digest(const CrSource *source)
{
  return source->index_digest;
}

CrSource *cr_source_open_member(const CrSource *parent, const CrDescriptor *entry, gboolean as_is, GError **error)
{
  g_autoptr(CrSource) source =
      cr_source_new(parent->image->ref, parent->class, &parent->options, parent->image->chosen);
  source->options.platform = NULL; /* it was chosen */
  source->as_is = as_is;
  source->image->name = parent->image->name;
  source->image->repo_tags = parent->image->repo_tags;
  source->root = parent->root;
  source->image->digest = cr_arena_strdup(source->arena, entry->digest);
  return parent->class->open_member(source, parent, entry, error) ? g_steal_pointer(&source) : NULL;
}

GBytes *cr_source_get_sbom(const CrSource *source)
{
  return source->sbom;
}

const char *cr_source_get_folder(const CrSource *source)
{
  return source->folder;
}

GPtrArray *cr_source_list_siblings(const CrSource *source, CrArena *arena)
{
  GPtrArray *images = g_ptr_array_new();
  if (source->class->list_siblings && source->own)
    source->class->list_siblings(source, images, arena);
  return images;
}

/* Encrypted layers (image-spec names none, containers/ocicrypt does) are not even tried. */
static gboolean is_encrypted(const CrLayerInfo *layer)
{
  return layer->media_type && g_str_has_suffix(layer->media_type, "+encrypted");
}

gboolean cr_source_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                               CrProblems *problems, GError **error)
{
  const CrImage *image = source->image;
  gboolean *ask = cr_arena_alloc(source->arena, ((gsize)image->layer_count + 1) * sizeof *ask);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < image->layer_count; i++) {
    const CrLayerInfo *layer = &image->layers[i];
    ask[i] = wanted[i];
    if (ask[i] && is_encrypted(layer)) {
      g_autofree char *where = g_strdup_printf("layer %u", i + 1);
      cr_problems_add(problems, CR_PROBLEM_BLIND, where, "it is encrypted: nothing in it was examined");
      ask[i] = FALSE;
    }
    /* a layer that stands in the image twice is read once; the callee places it by diff_id */
    if (ask[i] && layer->diff_id && !g_hash_table_add(seen, (gpointer)layer->diff_id))
      ask[i] = FALSE;
  }
  if (!source->class->read_layers)
    return TRUE;
  return source->class->read_layers(source, ask, jobs, visit, data, problems, error);
}
