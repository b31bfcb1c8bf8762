/* SPDX-License-Identifier: Apache-2.0 */
/* What the image's own manifest and config say of its base. */
#include "lineage/rules.h"

#include <string.h>

#define BASE_NAME   "org.opencontainers.image.base.name"
#define BASE_DIGEST "org.opencontainers.image.base.digest"

static gboolean is_digest(const char *text)
{
  return text && g_str_has_prefix(text, "sha256:") && strlen(text) == 71 && strspn(text + 7, "0123456789abcdef") == 64;
}

const char *cr_lineage_format_name(const char *ref, CrArena *arena)
{
  static const char *const prefixes[] = {"docker://", "index.docker.io/library/", "docker.io/library/",
                                         "index.docker.io/", "docker.io/"};
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(ref, prefixes[i]))
      ref += strlen(prefixes[i]);
  const char *name = cr_arena_strndup(arena, ref, strcspn(ref, "@"));
  const char *slash = strrchr(name, '/');
  if (!*name || strchr(slash ? slash : name, ':'))
    return name;
  return cr_arena_printf(arena, "%s:latest", name);
}

/* NAME may carry a digest behind '@'. */
static gboolean fill(CrArena *arena, const char *name, const char *digest, const char *how, CrBase *out)
{
  if (!name || !*name || strlen(name) > 512)
    return FALSE;
  const char *at = strchr(name, '@');
  out->name = cr_lineage_format_name(name, arena);
  out->digest = NULL;
  if (is_digest(digest))
    out->digest = cr_arena_strdup(arena, digest);
  else if (at && is_digest(at + 1))
    out->digest = cr_arena_strdup(arena, at + 1);
  out->layers = 0;
  out->how = how;
  return *out->name != 0;
}

gboolean cr_lineage_by_annotation(const CrImage *image, CrArena *arena, CrBase *out)
{
  return fill(arena, cr_image_find_annotation(image, BASE_NAME), cr_image_find_annotation(image, BASE_DIGEST),
              "annotation", out);
}

/* {"runImage": {"topLayer": "sha256:…", "reference": "…@sha256:…", "image": "…"}, "stack": {"runImage": {"image":
 * "…"}}} (buildpacks spec, platform.md "io.buildpacks.lifecycle.metadata"). */
static gboolean read_buildpack(const CrImage *image, const char *text, CrArena *arena, CrBase *out)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "label io.buildpacks.lifecycle.metadata", NULL);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  const CrJson *run = cr_json_find(root, "runImage");
  const char *name = cr_json_find_string(run, "image", NULL);
  const char *reference = cr_json_find_string(run, "reference", NULL);
  if (!name)
    name = cr_json_find_string(cr_json_find(cr_json_find(root, "stack"), "runImage"), "image", NULL);
  const char *at = reference ? strchr(reference, '@') : NULL;
  if (!fill(arena, name ? name : reference, at ? at + 1 : NULL, "label", out))
    return FALSE;
  const char *top = cr_json_find_string(run, "topLayer", NULL);
  for (guint i = 0; top && i < image->layer_count; i++)
    if (image->layers[i].diff_id && !strcmp(image->layers[i].diff_id, top))
      out->layers = (int)i + 1;
  return TRUE;
}

gboolean cr_lineage_by_label(const CrImage *image, CrArena *arena, CrBase *out)
{
  if (fill(arena, cr_image_find_label(image, BASE_NAME), cr_image_find_label(image, BASE_DIGEST), "label", out))
    return TRUE;
  if (fill(arena, cr_image_find_label(image, "BaseImage"), NULL, "label", out))
    return TRUE;
  const char *text = cr_image_find_label(image, "io.buildpacks.lifecycle.metadata");
  return text && read_buildpack(image, text, arena, out);
}
