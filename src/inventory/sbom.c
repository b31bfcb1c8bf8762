/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/sbom.h"

#include "base/error.h"
#include "base/limits.h"
#include "model/purl.h"

#include <string.h>

static const CrSbomReader *const readers[] = {&cr_sbom_reader_cyclonedx, &cr_sbom_reader_spdx, &cr_sbom_reader_careen};

/* Types of purl that are packages here, and how the namespace becomes part of the name. */
static const struct {
  const char *type;
  char joint; /* between namespace and name; 0: the namespace is the distribution's and no part of the name */
} types[] = {{"deb", 0},  {"apk", 0},        {"rpm", 0},      {"opkg", 0},     {"alpm", 0},
             {"pypi", 0}, {"npm", '/'},      {"golang", '/'}, {"cargo", 0},    {"maven", ':'},
             {"gem", 0},  {"composer", '/'}, {"nuget", 0},    {"generic", '/'}};

static const char *keep(const CrSbomReading *reading, const char *text)
{
  return text && *text ? cr_arena_strdup(reading->arena, text) : NULL;
}

/* "debian-12", "rhel-9.4": what distro says of the system, where the document has no entry for it. */
static void take_distro(CrSbomReading *reading, const char *distro)
{
  const char *dash = distro ? strrchr(distro, '-') : NULL;
  if (!dash || dash == distro || reading->inventory->os.id)
    return;
  g_autofree char *id = g_strndup(distro, (gsize)(dash - distro));
  gboolean number = g_ascii_isdigit(dash[1]);
  cr_sbom_set_os(reading, id, number ? dash + 1 : NULL, number ? NULL : dash + 1, NULL);
}

void cr_sbom_set_os(CrSbomReading *reading, const char *id, const char *version, const char *codename, const char *name)
{
  CrOs *os = &reading->inventory->os;
  os->id = os->id ? os->id : keep(reading, id);
  os->version = os->version ? os->version : keep(reading, version);
  os->codename = os->codename ? os->codename : keep(reading, codename);
  os->name = os->name ? os->name : keep(reading, name);
}

static const char *join_name(const CrSbomReading *reading, const CrPurl *purl, char joint)
{
  if (!joint || !purl->namespace)
    return purl->name;
  return cr_arena_printf(reading->arena, "%s%c%s", purl->namespace, joint, purl->name);
}

/* Package URLs of some types have names in lower case and one kind of dash. Is WRITTEN the same name? */
static gboolean is_spelling(const char *written, const char *name)
{
  for (; *written && *name; written++, name++)
    if (g_ascii_tolower(*written) != g_ascii_tolower(*name) && !(strchr("-_.", *written) && strchr("-_.", *name)))
      return FALSE;
  return *written == *name;
}

static gboolean find_type(const char *type, char *joint)
{
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    if (strcmp(types[i].type, type) != 0)
      continue;
    *joint = types[i].joint;
    return TRUE;
  }
  return FALSE;
}

/* Syft's "upstream" qualifier, "bash@5.2.15-2": the source package where nothing else names it. */
static void take_upstream(CrSbomReading *reading, const CrPurl *purl, CrPackage *package)
{
  const char *upstream = cr_purl_find_qualifier(purl, "upstream");
  if (!upstream || package->source_name != package->name)
    return;
  const char *at = strrchr(upstream, '@');
  package->source_name = at ? cr_arena_strndup(reading->arena, upstream, (gsize)(at - upstream)) : upstream;
  if (at && at[1])
    package->source_version = at + 1;
}

void cr_sbom_add(CrSbomReading *reading, const CrSbomPackage *given)
{
  CrPurl purl;
  char joint = 0;
  GPtrArray *found = reading->inventory->found;
  if (!cr_purl_parse(given->purl, reading->arena, &purl) || !find_type(purl.type, &joint) || !purl.version ||
      found->len >= CR_LIMIT_PACKAGES) {
    reading->skipped++;
    return;
  }
  take_distro(reading, cr_purl_find_qualifier(&purl, "distro"));
  CrPackage *package = cr_arena_new0(reading->arena, CrPackage);
  const char *epoch = !strcmp(purl.type, "rpm") ? cr_purl_find_qualifier(&purl, "epoch") : NULL;
  package->type = purl.type;
  package->name = join_name(reading, &purl, joint);
  if (given->name && is_spelling(given->name, package->name))
    package->name = keep(reading, given->name);
  package->version = epoch ? cr_arena_printf(reading->arena, "%s:%s", epoch, purl.version) : purl.version;
  package->arch = cr_purl_find_qualifier(&purl, "arch");
  package->source_name = given->source_name && *given->source_name ? keep(reading, given->source_name) : package->name;
  package->source_version =
      given->source_version && *given->source_version ? keep(reading, given->source_version) : package->version;
  take_upstream(reading, &purl, package);
  package->purl = keep(reading, given->purl);
  package->paths = given->paths ? given->paths : cr_strv_empty;
  package->layer = -1;
  package->status = given->status ? keep(reading, given->status) : "installed";
  package->licence = keep(reading, given->licence);
  package->origin = keep(reading, given->supplier);
  package->reach = (CrReachOf){CR_REACH_UNKNOWN, cr_strv_empty};
  g_ptr_array_add(found, package);
}

/* The family, where the document's system or packages tell it. */
static const char *find_family(const CrInventory *inventory)
{
  static const struct {
    const char *type, *family;
  } rows[] = {{"deb", "debian"}, {"apk", "alpine"}, {"rpm", "rpm"}, {"opkg", "openwrt"}, {"alpm", "arch"}};
  for (guint r = 0; r < G_N_ELEMENTS(rows); r++)
    for (guint i = 0; i < inventory->found->len; i++)
      if (!strcmp(((const CrPackage *)inventory->found->pdata[i])->type, rows[r].type))
        return rows[r].family;
  return NULL;
}

gboolean cr_sbom_read(CrInventory *inventory, GBytes *document, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(document, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, inventory->image->ref, error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  CrSbomReading reading = {.inventory = inventory, .arena = inventory->arena, .problems = inventory->problems};
  inventory->os.like = cr_strv_empty;
  for (guint i = 0; i < G_N_ELEMENTS(readers); i++) {
    if (!readers[i]->is(root))
      continue;
    readers[i]->read(&reading, root);
    inventory->os.family = find_family(inventory);
    /* One of languages' packages alone is of no system, and then lacks none. */
    inventory->has_database = inventory->os.id || inventory->os.family || !inventory->found->len;
    cr_problems_add(inventory->problems, CR_PROBLEM_NOTE, "sbom",
                    "packages are what a %s document says: what runs, which archives are configured and what apt would "
                    "have to bring or remove is not known from it",
                    readers[i]->name);
    if (reading.skipped)
      cr_problems_add(inventory->problems, CR_PROBLEM_PARTIAL, "sbom",
                      "%u entries name no package of a known kind with a version: they were not checked",
                      reading.skipped);
    return TRUE;
  }
  return cr_error_refuse(error, CR_ERROR_INPUT, "CycloneDX and SPDX (JSON) are read, and careen's own",
                         "cannot read '%s': it is no SBOM of a known form", inventory->image->ref);
}
