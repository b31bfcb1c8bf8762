/* SPDX-License-Identifier: Apache-2.0 */
/* An image's config (image-spec config.md; Docker's own members HealthCheck, OnBuild and Shell beside it). */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/document.h"
#include "image/manifest.h"

CrImage *cr_image_new(CrArena *arena)
{
  CrImage *image = cr_arena_new0(arena, CrImage);
  image->ref = image->source = image->name = "";
  image->platform = image->os = image->architecture = "";
  image->user = image->workdir = image->stop_signal = "";
  CrStrv *const vectors[] = {&image->entrypoint,
                             &image->cmd,
                             &image->env,
                             &image->shell,
                             &image->volumes,
                             &image->exposed_ports,
                             &image->onbuild,
                             &image->health.command,
                             &image->label_names,
                             &image->label_values,
                             &image->annotation_names,
                             &image->annotation_values,
                             &image->repo_tags,
                             &image->repo_digests,
                             &image->history};
  for (guint i = 0; i < G_N_ELEMENTS(vectors); i++)
    *vectors[i] = cr_strv_empty;
  return image;
}

static void read_health_check(CrDocument *document, const CrJson *config, CrImage *image)
{
  const CrJson *check = cr_document_get(document, config, "config.", "Healthcheck", CR_JSON_OBJECT, FALSE);
  CrStrv test = cr_document_get_strings(document, check, "config.Healthcheck.", "Test", FALSE);
  if (!test[0])
    return; /* an empty one inherits, and an image inherits from nothing */
  image->health.test_kind = test[0];
  image->health.command = test + 1;
}

static void read_run(CrDocument *document, const CrJson *root, CrImage *image)
{
  const CrJson *config = cr_document_get(document, root, "", "config", CR_JSON_OBJECT, FALSE);
  image->user = cr_document_get_string(document, config, "config.", "User", "");
  image->workdir = cr_document_get_string(document, config, "config.", "WorkingDir", "");
  image->stop_signal = cr_document_get_string(document, config, "config.", "StopSignal", "");
  image->entrypoint = cr_document_get_strings(document, config, "config.", "Entrypoint", TRUE);
  image->cmd = cr_document_get_strings(document, config, "config.", "Cmd", TRUE);
  image->shell = cr_document_get_strings(document, config, "config.", "Shell", TRUE);
  image->env = cr_document_get_strings(document, config, "config.", "Env", FALSE);
  image->onbuild = cr_document_get_strings(document, config, "config.", "OnBuild", FALSE);
  image->volumes = cr_document_get_names(document, config, "config.", "Volumes", NULL);
  image->exposed_ports = cr_document_get_names(document, config, "config.", "ExposedPorts", NULL);
  image->label_names = cr_document_get_names(document, config, "config.", "Labels", &image->label_values);
  read_health_check(document, config, image);
}

static void read_platform(CrDocument *document, const CrJson *root, CrImage *image)
{
  image->os = cr_document_get_string(document, root, "", "os", "");
  image->architecture = cr_document_get_string(document, root, "", "architecture", "");
  const char *variant = cr_document_get_string(document, root, "", "variant", NULL);
  image->variant = variant && *variant ? variant : NULL;
  image->created = cr_document_get_string(document, root, "", "created", NULL);
  image->platform = cr_arena_printf(document->arena, "%s/%s%s%s", *image->os ? image->os : "unknown",
                                    *image->architecture ? image->architecture : "unknown", image->variant ? "/" : "",
                                    image->variant ? image->variant : "");
}

static void join_layer(CrLayerInfo *layer, const CrDescriptor *descriptor)
{
  layer->digest = descriptor->digest;
  layer->size_bytes = descriptor->size_bytes;
  layer->media_type = descriptor->media_type;
  layer->foreign = descriptor->foreign;
}

static void read_layers(CrDocument *document, const CrJson *root, const CrManifest *layers, CrImage *image)
{
  const CrJson *rootfs = cr_document_get(document, root, "", "rootfs", CR_JSON_OBJECT, TRUE);
  CrStrv diff_ids = cr_document_get_strings(document, rootfs, "rootfs.", "diff_ids", FALSE);
  guint count = 0;
  while (diff_ids[count])
    count++;
  if (!document->error && count > CR_LIMIT_LAYERS)
    g_set_error(&document->error, CR_ERROR, CR_ERROR_LIMIT,
                "cannot read %s: it has %u layers, more than the %u allowed", document->what, count, CR_LIMIT_LAYERS);
  if (!document->error && layers && layers->count != count)
    cr_document_fail(document, "it names %u layers, but the manifest %u", count, layers->count);
  if (document->error)
    return;
  image->layers = cr_arena_alloc(document->arena, ((gsize)count + 1) * sizeof *image->layers);
  image->layer_count = count;
  image->size_bytes = 0;
  for (guint i = 0; i < count; i++) {
    image->layers[i].diff_id = diff_ids[i];
    if (!cr_digest_is_valid(diff_ids[i]))
      cr_document_fail(document, "'rootfs.diff_ids[%u]' is '%.100s', not 'sha256:' and 64 hexadecimal digits", i,
                       diff_ids[i]);
    if (layers)
      join_layer(&image->layers[i], &layers->entries[i]);
    if (__builtin_add_overflow(image->size_bytes, image->layers[i].size_bytes, &image->size_bytes))
      cr_document_fail(document, "the sizes of its layers are more than 8 EiB");
  }
}

/* History lines go to the layers in order, those of empty layers apart. Where the numbers do not fit (squashed images,
 * tools that forget the mark) no line is given to a layer: a wrong one is worse than none. */
static void read_history(CrDocument *document, const CrJson *root, CrImage *image)
{
  const CrJson *history = cr_document_get(document, root, "", "history", CR_JSON_ARRAY, FALSE);
  guint count = cr_json_get_length(history), filled = 0;
  const char **lines = cr_arena_alloc(document->arena, ((gsize)count + 1) * sizeof *lines);
  for (guint i = 0; i < count && !document->error; i++) {
    const CrJson *item = cr_json_get_element(history, i);
    g_autofree char *place = g_strdup_printf("history[%u].", i);
    if (!cr_json_is(item, CR_JSON_OBJECT))
      cr_document_fail(document, "'history[%u]' is not an object", i);
    lines[i] = cr_document_get_string(document, item, place, "created_by", "");
    filled += !cr_json_get_boolean(cr_json_find(item, "empty_layer"), FALSE);
  }
  image->history = lines;
  if (document->error || filled != image->layer_count)
    return;
  for (guint i = 0, layer = 0; i < count; i++)
    if (!cr_json_get_boolean(cr_json_find(cr_json_get_element(history, i), "empty_layer"), FALSE))
      image->layers[layer++].created_by = *lines[i] ? lines[i] : NULL;
}

gboolean cr_manifest_apply_config(const char *text, gsize size, const char *what, const CrManifest *layers,
                                  CrArena *arena, CrImage *image, GError **error)
{
  if (size > CR_LIMIT_DOCUMENT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read %s: larger than %u MiB", what,
                (guint)(CR_LIMIT_DOCUMENT_BYTES / CR_MIB));
    return FALSE;
  }
  /* Docker reads bytes that are not UTF-8 as U+FFFD, and runs the image. */
  g_autofree char *valid = g_utf8_validate_len(text, size, NULL) ? NULL : g_utf8_make_valid(text, (gssize)size);
  g_autoptr(CrJsonDoc) json = cr_json_parse(valid ? valid : text, valid ? strlen(valid) : size, what, error);
  if (!json)
    return FALSE;
  const CrJson *root = cr_json_get_root(json);
  CrDocument document = {.what = what, .arena = arena};
  if (!cr_json_is(root, CR_JSON_OBJECT)) {
    cr_document_fail(&document, "it is not an object");
  } else {
    read_platform(&document, root, image);
    read_run(&document, root, image);
    read_layers(&document, root, layers, image);
    read_history(&document, root, image);
  }
  if (layers) {
    image->annotation_names = layers->annotation_names;
    image->annotation_values = layers->annotation_values;
  }
  if (!cr_document_finish(&document, error))
    return FALSE;
  image->has_config = TRUE;
  g_clear_pointer((GBytes **)&image->raw_config, g_bytes_unref);
  image->raw_config = g_bytes_new(text, size);
  return TRUE;
}
