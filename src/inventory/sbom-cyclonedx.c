/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.2 and later in JSON. Source packages stand in properties, which every tool names its own way. */
#include "inventory/sbom.h"

#include <string.h>

gboolean cr_inventory_is_cyclonedx(const CrJson *root)
{
  return !strcmp(cr_json_find_string(root, "bomFormat", ""), "CycloneDX");
}

static const char *find_property(const CrJson *component, const char *const *names)
{
  const CrJson *properties = cr_json_find(component, "properties");
  for (guint i = 0; i < cr_json_get_length(properties); i++) {
    const CrJson *property = cr_json_get_element(properties, i);
    const char *name = cr_json_find_string(property, "name", "");
    for (guint n = 0; names[n]; n++)
      if (!strcmp(names[n], name))
        return cr_json_find_string(property, "value", NULL);
  }
  return NULL;
}

/* Trivy parts the version: epoch, upstream version, release. */
static const char *find_source_version(const CrJson *component, CrArena *arena)
{
  static const char *const whole[] = {"careen:source:version", "syft:metadata:sourceVersion", NULL};
  static const char *const version[] = {"aquasecurity:trivy:SrcVersion", NULL};
  static const char *const release[] = {"aquasecurity:trivy:SrcRelease", NULL};
  static const char *const epoch[] = {"aquasecurity:trivy:SrcEpoch", NULL};
  const char *text = find_property(component, whole);
  if (text)
    return text;
  const char *middle = find_property(component, version), *end = find_property(component, release);
  const char *front = find_property(component, epoch);
  if (!middle)
    return NULL;
  gboolean has_epoch = front && strcmp(front, "0") != 0;
  return cr_arena_printf(arena, "%s%s%s%s%s", has_epoch ? front : "", has_epoch ? ":" : "", middle, end ? "-" : "",
                         end ? end : "");
}

static const char *find_licence(const CrJson *component)
{
  const CrJson *first = cr_json_get_element(cr_json_find(component, "licenses"), 0);
  const CrJson *licence = cr_json_find(first, "license");
  return cr_json_find_string(licence, "name",
                             cr_json_find_string(licence, "id", cr_json_find_string(first, "expression", NULL)));
}

static void read_component(CrSbomReading *reading, const CrJson *component)
{
  static const char *const source[] = {"careen:source:name", "syft:metadata:source", "aquasecurity:trivy:SrcName",
                                       NULL};
  static const char *const status[] = {"careen:status", NULL};
  static const char *const path[] = {"careen:path", "syft:location:0:path", "aquasecurity:trivy:FilePath", NULL};
  const char *type = cr_json_find_string(component, "type", "");
  if (!strcmp(type, "operating-system")) {
    cr_sbom_set_os(reading, cr_json_find_string(component, "name", NULL),
                   cr_json_find_string(component, "version", NULL), NULL,
                   cr_json_find_string(component, "description", NULL));
    return;
  }
  if (!strcmp(type, "file"))
    return;
  const char *where = find_property(component, path);
  const char **paths = NULL;
  if (where && *where) {
    paths = cr_arena_alloc(reading->arena, 2 * sizeof *paths);
    paths[0] = cr_arena_strdup(reading->arena, where + strspn(where, "/"));
  }
  CrSbomPackage package = {
      .purl = cr_json_find_string(component, "purl", NULL),
      .name = cr_json_find_string(component, "name", NULL),
      .source_name = find_property(component, source),
      .source_version = find_source_version(component, reading->arena),
      .licence = find_licence(component),
      .supplier = cr_json_find_string(cr_json_find(component, "supplier"), "name", NULL),
      .status = find_property(component, status),
      .paths = paths,
  };
  cr_sbom_add(reading, &package);
}

/* Depth is bounded by the JSON reader. */
static void read_components(CrSbomReading *reading, const CrJson *components)
{
  for (guint i = 0; i < cr_json_get_length(components); i++) {
    const CrJson *component = cr_json_get_element(components, i);
    gboolean holder =
        !cr_json_find_string(component, "purl", NULL) && cr_json_get_length(cr_json_find(component, "components"));
    if (!holder) /* Trivy's lock files: an application that only holds its libraries */
      read_component(reading, component);
    read_components(reading, cr_json_find(component, "components"));
  }
}

static void read_cyclonedx(CrSbomReading *reading, const CrJson *root)
{
  const CrJson *components = cr_json_find(root, "components");
  for (guint i = 0; i < cr_json_get_length(components); i++) { /* the system first: packages may only hint at it */
    const CrJson *component = cr_json_get_element(components, i);
    if (!strcmp(cr_json_find_string(component, "type", ""), "operating-system"))
      read_component(reading, component);
  }
  read_components(reading, components);
}

const CrSbomReader cr_sbom_reader_cyclonedx = {
    .name = "CycloneDX", .is = cr_inventory_is_cyclonedx, .read = read_cyclonedx};
