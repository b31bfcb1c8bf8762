/* SPDX-License-Identifier: Apache-2.0 */
/* careen.sbom/1, and careen.scan/1, which has the same packages. */
#include "inventory/sbom.h"

#include <string.h>

static gboolean is_careen(const CrJson *root)
{
  const char *schema = cr_json_find_string(root, "schema", "");
  return !strcmp(schema, "careen.sbom/1") || !strcmp(schema, "careen.scan/1");
}

static CrStrv read_paths(const CrSbomReading *reading, const CrJson *paths)
{
  guint length = cr_json_is(paths, CR_JSON_ARRAY) ? cr_json_get_length(paths) : 0, count = 0;
  const char **all = cr_arena_alloc(reading->arena, ((gsize)length + 1) * sizeof *all);
  for (guint i = 0; i < length; i++) {
    const char *path = cr_json_get_string(cr_json_get_element(paths, i), NULL);
    if (path)
      all[count++] = cr_arena_strdup(reading->arena, path);
  }
  return all;
}

static void read_careen(CrSbomReading *reading, const CrJson *root)
{
  const CrJson *os = cr_json_find(root, "os"), *packages = cr_json_find(root, "packages");
  cr_sbom_set_os(reading, cr_json_find_string(os, "id", NULL), cr_json_find_string(os, "version", NULL),
                 cr_json_find_string(os, "codename", NULL), cr_json_find_string(os, "name", NULL));
  for (guint i = 0; i < cr_json_get_length(packages); i++) {
    const CrJson *node = cr_json_get_element(packages, i), *source = cr_json_find(node, "source");
    CrSbomPackage package = {
        .purl = cr_json_find_string(node, "purl", NULL),
        .name = cr_json_find_string(node, "name", NULL),
        .source_name = cr_json_find_string(source, "name", NULL),
        .source_version = cr_json_find_string(source, "version", NULL),
        .licence = cr_json_find_string(node, "licence", NULL),
        .supplier = cr_json_find_string(node, "origin", NULL),
        .status = cr_json_find_string(node, "status", NULL),
        .paths = read_paths(reading, cr_json_find(node, "paths")),
    };
    cr_sbom_add(reading, &package);
  }
}

const CrSbomReader cr_sbom_reader_careen = {.name = "careen", .is = is_careen, .read = read_careen};
