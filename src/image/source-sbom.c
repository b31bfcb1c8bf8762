/* SPDX-License-Identifier: Apache-2.0 */
/* sbom:FILE: no image but a list of what is in one. There are no layers; the document goes to the inventory as it is
 * (cr_source_get_sbom). Here only what it says of the image it was made of: name and digest. */
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "image/source-private.h"

#include <string.h>

static gboolean is_digest(const char *text)
{
  return text && g_str_has_prefix(text, "sha256:") && strspn(text + 7, "0123456789abcdef") == 64 && !text[7 + 64];
}

static const char *keep(CrSource *source, const char *text)
{
  return text && *text ? cr_arena_strdup(source->arena, text) : NULL;
}

/* CycloneDX: metadata.component; SPDX: the document's name; careen's own: image. */
static void read_image(CrSource *source, const CrJson *root)
{
  CrImage *image = source->image;
  const CrJson *component = cr_json_find(cr_json_find(root, "metadata"), "component"),
               *own = cr_json_find(root, "image");
  const char *name = cr_json_find_string(component, "name", NULL);
  if (!name)
    name = cr_json_find_string(root, "name", cr_json_find_string(own, "ref", NULL));
  const char *digest = cr_json_find_string(component, "version", cr_json_find_string(own, "digest", NULL));
  image->name = name ? keep(source, name) : image->name;
  image->digest = is_digest(digest) ? keep(source, digest) : NULL;
  const char *id = cr_json_find_string(own, "id", NULL);
  image->id = is_digest(id) ? keep(source, id) : NULL;
}

static gboolean open_sbom(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  (void)problems;
  source->sbom = cr_read_file(rest, CR_LIMIT_SBOM_BYTES, error);
  if (!source->sbom)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(source->sbom, &size);
  g_autofree char *what = g_strdup_printf("'%s'", rest);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, what, error);
  if (!doc)
    return FALSE;
  read_image(source, cr_json_get_root(doc));
  return TRUE;
}

const CrSourceClass cr_source_sbom = {.name = "sbom", .prefix = "sbom", .open = open_sbom};
