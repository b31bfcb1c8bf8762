/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/original.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "image/peel.h"
#include "remedy/publish.h"

gboolean cr_original_is_patched(const CrImage *image)
{
  const char *layer = cr_image_find_label(image, CR_PATCH_LABEL_LAYER);
  const char *config = cr_image_find_label(image, CR_PATCH_LABEL_CONFIG);
  const char *last = image->layer_count ? image->layers[image->layer_count - 1].diff_id : NULL;
  return layer && last && !strcmp(layer, last) && config && cr_digest_is_valid(config);
}

static gboolean is_daemon(const CrImage *image)
{
  return !strcmp(image->source, "docker") || !strcmp(image->source, "podman");
}

CrOriginal cr_original_describe(const CrImage *image)
{
  gboolean published = is_daemon(image) || !strcmp(image->source, "registry");
  return (CrOriginal){.name = published ? image->name : NULL, .digest = image->digest};
}

static CrOriginal read_labels(const CrImage *image)
{
  const char *digest = cr_image_find_label(image, CR_PATCH_LABEL_ORIGINAL);
  CrOriginal original = {.name = cr_image_find_label(image, CR_PATCH_LABEL_NAME),
                         .config_digest = cr_image_find_label(image, CR_PATCH_LABEL_CONFIG)};
  if (digest && cr_digest_is_valid(digest) && strcmp(digest, original.config_digest) != 0)
    original.digest = digest;
  return original;
}

static gboolean is_same(const CrSource *source, const CrOriginal *original)
{
  const CrImage *image = cr_source_get_image(source);
  return !g_strcmp0(image->id, original->config_digest) ||
         (original->digest && !g_strcmp0(image->digest, original->digest));
}

static CrSource *ask(const char *ref, const CrOriginal *original, const CrSourceOptions *options, CrProblems *problems)
{
  g_autoptr(CrSource) source = cr_source_open(ref, options, problems, NULL);
  return source && is_same(source, original) ? g_steal_pointer(&source) : NULL;
}

/* By an id that a daemon still knows it by. */
static CrSource *ask_daemon(const CrImage *image, const CrOriginal *original, const CrSourceOptions *options,
                            CrProblems *problems)
{
  const char *const ids[] = {original->config_digest, original->digest};
  CrSource *source = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(ids) && !source && ids[i]; i++) {
    g_autofree char *ref = g_strdup_printf("%s:%s", image->source, ids[i]);
    source = ask(ref, original, options, problems);
  }
  return source;
}

/* "host/name" of "host/name:tag@digest". */
static char *strip_tag(const char *name)
{
  gsize length = strcspn(name, "@");
  g_autofree char *whole = g_strndup(name, length);
  char *colon = strrchr(whole, ':'), *slash = strrchr(whole, '/');
  if (colon && (!slash || colon > slash))
    *colon = 0;
  return g_steal_pointer(&whole);
}

static CrSource *ask_registry(const CrImage *image, const CrOriginal *original, const CrSourceOptions *options,
                              CrProblems *problems)
{
  const char *const names[] = {original->name, strcmp(image->source, "registry") ? NULL : image->name};
  CrSource *source = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(names) && !source && original->digest && !options->offline; i++) {
    g_autofree char *repository = names[i] ? strip_tag(names[i]) : NULL;
    g_autofree char *ref = repository ? g_strdup_printf("registry:%s@%s", repository, original->digest) : NULL;
    source = ref ? ask(ref, original, options, problems) : NULL;
  }
  return source;
}

CrSource *cr_original_open(CrSource *given, const CrSourceOptions *options, CrProblems *problems, CrOriginal *original,
                           GError **error)
{
  const CrImage *image = cr_source_get_image(given);
  *original = read_labels(image);
  CrPeel peel = {
      .names = cr_patch_labels,
      .replaced = CR_PATCH_LABEL_REPLACED,
      .config_digest = original->config_digest,
      .manifest_digest = original->digest,
      .name = original->name,
  };
  CrSource *source = is_daemon(image) ? ask_daemon(image, original, options, problems) : NULL;
  if (source)
    return source;
  g_autoptr(GError) cause = NULL;
  source = cr_source_peel(given, &peel, &cause);
  original->peeled = source != NULL;
  if (!source)
    source = ask_registry(image, original, options, problems);
  if (source)
    return source;
  GError *told =
      g_error_new(CR_ERROR, CR_ERROR_INPUT, "cannot find the original of '%s': %s, and '%s' is not to be had",
                  image->ref, cause->message, original->digest ? original->digest : original->config_digest);
  cr_error_set_hint(told, "patch the original%s%s itself", original->name ? " " : "",
                    original->name ? original->name : "");
  g_propagate_error(error, told);
  return NULL;
}
