/* SPDX-License-Identifier: Apache-2.0 */
/* Relations of versions, and which versions satisfy them: Debian Policy §7 with apt's reading of multi-arch
 * (wiki.ubuntu.com/MultiarchSpec). */
#include "base/limits.h"
#include "vendor/apt.h"
#include <string.h>

gboolean cr_apt_relation_is_negative(const CrAptRelation *relation)
{
  return relation->type == CR_APT_CONFLICTS || relation->type == CR_APT_BREAKS;
}

gboolean cr_apt_relation_is_critical(const CrAptRelation *relation)
{
  return relation->type <= CR_APT_BREAKS;
}

gboolean cr_apt_relation_is_important(const CrAptWorld *world, const CrAptRelation *relation)
{
  return cr_apt_relation_is_critical(relation) || (relation->type == CR_APT_RECOMMENDS && world->install_recommends) ||
         (relation->type == CR_APT_SUGGESTS && world->install_suggests);
}

guint cr_apt_group_end(const CrAptVersion *version, guint i)
{
  while (i < version->relation_count && version->relations[i].or_next)
    i++;
  return MIN(i + 1, version->relation_count);
}

/* ---- parsing ---- */

typedef struct {
  CrAptWorld *world;
  CrAptVersion *version;
  GArray *out; /* CrAptRelation */
} Parsing;

static void add_relation(Parsing *parsing, CrAptRelationType type, const CrAptAlternative *item, CrAptPackage *target)
{
  CrAptRelation relation = {.parent = parsing->version,
                            .target = target,
                            .type = (guint8)type,
                            .op = (guint8)item->op,
                            .or_next = item->or_next};
  if (item->version)
    relation.version = cr_arena_strndup(parsing->world->arena, item->version, item->version_bytes);
  if (parsing->out->len < CR_LIMIT_APT_RELATIONS)
    g_array_append_val(parsing->out, relation);
}

/* The package that "name:arch" means: any other architecture than one's own is a group with the colon in its name. */
static CrAptPackage *find_qualified(CrAptWorld *world, const CrAptAlternative *item)
{
  const char *arch = item->arch;
  gsize bytes = item->arch_bytes;
  if (bytes == 6 && memcmp(arch, "native", 6) == 0) {
    arch = world->architectures->pdata[0];
    bytes = strlen(arch);
  }
  g_autofree char *name = g_strdup_printf("%.*s:%.*s", (int)item->name_bytes, item->name, (int)bytes, arch);
  return cr_apt_group_get(cr_apt_world_get_group(world, name, strlen(name)), 0);
}

/* A conflict is with the package in every architecture; a dependency is on one's own. */
static void add_item(Parsing *parsing, CrAptRelationType type, const CrAptAlternative *item)
{
  CrAptWorld *world = parsing->world;
  if (item->arch) {
    add_relation(parsing, type, item, find_qualified(world, item));
    return;
  }
  CrAptGroup *group = cr_apt_world_get_group(world, item->name, item->name_bytes);
  gboolean negative = type == CR_APT_CONFLICTS || type == CR_APT_BREAKS;
  if (!negative) {
    guint arch = parsing->version->all ? 0 : parsing->version->package->arch;
    add_relation(parsing, type, item, cr_apt_group_get(group, arch));
    return;
  }
  CrAptAlternative alone = *item;
  alone.or_next = FALSE;
  for (guint i = 0; i < group->package_count; i++)
    add_relation(parsing, type, &alone, &group->packages[i]);
}

static void parse_field(Parsing *parsing, CrAptRelationType type, const char *text)
{
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && cr_apt_relation_next(&text, &item, &broken))
    add_item(parsing, type, &item);
  parsing->world->relation_broken |= broken;
  if (parsing->out->len) /* a group cannot go on in the next field */
    g_array_index(parsing->out, CrAptRelation, parsing->out->len - 1).or_next = FALSE;
}

/* What multi-arch adds: other architectures of "same" must have one's version, of all others there can be only one. */
static void add_implicit(Parsing *parsing)
{
  CrAptPackage *own = parsing->version->package;
  gboolean same = parsing->version->multi == CR_APT_MULTI_SAME;
  for (guint i = 0; i < own->group->package_count; i++) {
    CrAptPackage *other = &own->group->packages[i];
    if (other == own || !other->versions)
      continue;
    CrAptAlternative item = {.op = same ? CR_APT_NOT_EQUAL : CR_APT_ANY};
    guint before = parsing->out->len;
    add_relation(parsing, same ? CR_APT_BREAKS : CR_APT_CONFLICTS, &item, other);
    if (parsing->out->len == before)
      return;
    CrAptRelation *relation = &g_array_index(parsing->out, CrAptRelation, before);
    relation->implicit = TRUE;
    relation->version = same ? parsing->version->string : NULL;
  }
}

void cr_apt_version_parse(CrAptWorld *world, CrAptVersion *version)
{
  if (version->parsed)
    return;
  version->parsed = TRUE;
  g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(CrAptRelation));
  Parsing parsing = {world, version, out};
  const CrAptFields *fields = version->fields;
  /* the order in which apt walks through them */
  parse_field(&parsing, CR_APT_PRE_DEPENDS, fields->pre_depends);
  parse_field(&parsing, CR_APT_DEPENDS, fields->depends);
  parse_field(&parsing, CR_APT_CONFLICTS, fields->conflicts);
  parse_field(&parsing, CR_APT_BREAKS, fields->breaks);
  parse_field(&parsing, CR_APT_RECOMMENDS, fields->recommends);
  parse_field(&parsing, CR_APT_SUGGESTS, fields->suggests);
  add_implicit(&parsing);
  version->relation_count = out->len;
  version->relations = cr_arena_alloc(world->arena, sizeof(CrAptRelation) * (out->len + 1));
  guint start = 0;
  for (guint i = 0; i < out->len; i++) {
    CrAptRelation *relation = &version->relations[i];
    *relation = g_array_index(out, CrAptRelation, i);
    relation->group_start = start;
    if (!relation->or_next)
      start = i + 1;
    relation->next_reverse = relation->target->reverse;
    relation->target->reverse = relation;
  }
}

/* ---- who provides ---- */

/* Perl provides a hundred names, and each is asked for by somebody. */
const CrAptAlternative *cr_apt_version_get_provides(CrAptWorld *world, CrAptVersion *version)
{
  if (version->provides)
    return version->provides;
  g_autoptr(GArray) items = g_array_new(TRUE, TRUE, sizeof(CrAptAlternative));
  const char *text = version->fields->provides;
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && items->len < CR_LIMIT_APT_RELATIONS && cr_apt_relation_next(&text, &item, &broken))
    g_array_append_val(items, item);
  version->provides = cr_arena_alloc(world->arena, sizeof item * (items->len + 1));
  if (items->len)
    memcpy(version->provides, items->data, sizeof item * items->len);
  return version->provides;
}

typedef struct {
  CrAptWorld *world;
  GArray *out;      /* CrAptProvide, in the order that they are read */
  const char *name; /* without ":arch" */
  gsize name_bytes;
  const char *arch; /* "any", an architecture, or NULL: by ARCH_INDEX */
  guint arch_index;
} Providing;

static void add_provide(Providing *providing, CrAptVersion *owner, const char *version, gsize version_bytes)
{
  for (guint i = 0; i < providing->out->len; i++) {
    CrAptProvide *old = &g_array_index(providing->out, CrAptProvide, i);
    if (old->owner == owner &&
        (old->version ? version && strncmp(old->version, version, version_bytes) == 0 && !old->version[version_bytes]
                      : !version))
      return;
  }
  CrAptProvide provide = {version ? cr_arena_strndup(providing->world->arena, version, version_bytes) : NULL, owner};
  g_array_append_val(providing->out, provide);
}

/* Does ITEM of OWNER's Provides give what is looked for? */
static gboolean provide_fits(const Providing *providing, const CrAptVersion *owner, const CrAptAlternative *item)
{
  if (item->name_bytes != providing->name_bytes || memcmp(item->name, providing->name, item->name_bytes) != 0)
    return FALSE;
  if (item->op != CR_APT_ANY && item->op != CR_APT_EQUAL)
    return FALSE;
  const char *own_arch = providing->world->architectures->pdata[owner->package->arch];
  const char *wanted =
      providing->arch ? providing->arch : providing->world->architectures->pdata[providing->arch_index];
  if (item->arch)
    return strlen(wanted) == item->arch_bytes && memcmp(wanted, item->arch, item->arch_bytes) == 0;
  if (providing->arch && strcmp(providing->arch, "any") == 0)
    return owner->multi == CR_APT_MULTI_ALLOWED;
  return owner->multi == CR_APT_MULTI_FOREIGN || strcmp(own_arch, wanted) == 0;
}

static void scan_provides(Providing *providing, CrAptVersion *owner)
{
  for (const CrAptAlternative *item = cr_apt_version_get_provides(providing->world, owner); item->name; item++)
    if (provide_fits(providing, owner, item))
      add_provide(providing, owner, item->version, item->version_bytes);
}

static void scan_lists(Providing *providing, const char *name)
{
  const GPtrArray *files = providing->world->files;
  for (guint i = 1; i < files->len; i++) {
    const CrList *list = ((const CrAptFile *)files->pdata[i])->list->list;
    guint32 first = 0;
    guint count = cr_list_find_providers(list, name, &first);
    for (guint k = 0; k < count; k++) {
      CrListPackage record;
      cr_list_get_provider(list, first, k, &record);
      CrAptVersion *owner = cr_apt_world_find_version(providing->world, &record);
      if (owner)
        scan_provides(providing, owner);
    }
  }
}

/* Versions that provide their own name: "foreign" ones to other architectures, "allowed" ones to ":any". */
static void scan_own_group(Providing *providing, CrAptGroup *group, const CrAptPackage *asked)
{
  cr_apt_group_load(providing->world, group);
  for (guint i = 0; i < group->package_count; i++) {
    CrAptPackage *package = &group->packages[i];
    const char *arch = providing->world->architectures->pdata[i];
    for (CrAptVersion *version = package->versions; version; version = version->next) {
      gboolean fits = !providing->arch                      ? version->multi == CR_APT_MULTI_FOREIGN && package != asked
                      : strcmp(providing->arch, "any") == 0 ? version->multi == CR_APT_MULTI_ALLOWED
                                                            : strcmp(providing->arch, arch) == 0;
      if (fits)
        add_provide(providing, version, version->string, strlen(version->string));
    }
  }
}

static void reverse_array(GArray *array)
{
  for (guint i = 0; i + 1 < array->len - i; i++) {
    CrAptProvide *one = &g_array_index(array, CrAptProvide, i);
    CrAptProvide *two = &g_array_index(array, CrAptProvide, array->len - 1 - i);
    CrAptProvide swap = *one;
    *one = *two;
    *two = swap;
  }
}

GArray *cr_apt_package_get_provides(CrAptWorld *world, CrAptPackage *package)
{
  if (package->provides)
    return package->provides;
  package->provides = g_array_new(FALSE, FALSE, sizeof(CrAptProvide));
  const char *full = package->group->name;
  const char *colon = strchr(full, ':');
  Providing providing = {.world = world,
                         .out = package->provides,
                         .name = full,
                         .name_bytes = colon ? (gsize)(colon - full) : strlen(full),
                         .arch = colon ? colon + 1 : NULL,
                         .arch_index = package->arch};
  CrAptGroup *group = colon ? cr_apt_world_get_group(world, full, providing.name_bytes) : package->group;
  scan_lists(&providing, group->name);
  scan_own_group(&providing, group, package);
  GPtrArray *installed = g_hash_table_lookup(world->provided, group->name);
  for (guint i = 0; installed && i < installed->len; i++)
    scan_provides(&providing, installed->pdata[i]);
  reverse_array(package->provides); /* apt puts each new one first */
  return package->provides;
}

/* ---- …and what ---- */

typedef struct {
  CrAptWorld *world;
  const CrAptVersion *version;
  GPtrArray *out;
} Standing;

/* The group "name:arch", made if need be: a relation on it may be read later. */
static void add_qualified(const Standing *standing, const char *name, gsize bytes, const char *arch, gsize arch_bytes)
{
  g_autofree char *full = g_strdup_printf("%.*s:%.*s", (int)bytes, name, (int)arch_bytes, arch);
  g_ptr_array_add(standing->out, cr_apt_group_get(cr_apt_world_get_group(standing->world, full, strlen(full)), 0));
}

/* NAME without an architecture: it is provided for one's own, for any, or for all. */
static void add_unqualified(const Standing *standing, const char *name, gsize bytes)
{
  const CrAptVersion *version = standing->version;
  const CrAptPackage *own = version->package;
  CrAptGroup *group = cr_apt_world_get_group(standing->world, name, bytes);
  for (guint i = 0; i < group->package_count; i++)
    if ((i == own->arch || version->multi == CR_APT_MULTI_FOREIGN) && &group->packages[i] != own)
      g_ptr_array_add(standing->out, &group->packages[i]);
  if (version->multi == CR_APT_MULTI_ALLOWED)
    add_qualified(standing, name, bytes, "any", 3);
  const char *arch = standing->world->architectures->pdata[own->arch];
  add_qualified(standing, name, bytes, arch, strlen(arch));
}

CrAptPackage **cr_apt_version_get_provided(CrAptWorld *world, CrAptVersion *version)
{
  if (version->provided)
    return version->provided;
  g_autoptr(GPtrArray) out = g_ptr_array_new();
  Standing standing = {world, version, out};
  const char *own = version->package->group->name;
  add_unqualified(&standing, own, strlen(own));
  for (const CrAptAlternative *item = cr_apt_version_get_provides(world, version); item->name; item++) {
    if (item->op != CR_APT_ANY && item->op != CR_APT_EQUAL)
      continue;
    if (!item->arch) {
      add_unqualified(&standing, item->name, item->name_bytes);
      continue;
    }
    add_qualified(&standing, item->name, item->name_bytes, item->arch, item->arch_bytes);
    CrAptGroup *group = cr_apt_world_get_group(world, item->name, item->name_bytes);
    for (guint i = 0; i < group->package_count; i++) {
      const char *arch = world->architectures->pdata[i];
      if (strlen(arch) == item->arch_bytes && memcmp(arch, item->arch, item->arch_bytes) == 0)
        g_ptr_array_add(out, &group->packages[i]);
    }
  }
  g_ptr_array_add(out, NULL);
  version->provided = cr_arena_alloc(world->arena, sizeof(CrAptPackage *) * out->len);
  memcpy(version->provided, out->pdata, sizeof(CrAptPackage *) * out->len);
  return version->provided;
}

/* ---- who satisfies ---- */

/* A package never conflicts with itself, nor "same" with its own name in another architecture (but by what multi-arch
 * itself implies). */
gboolean cr_apt_relation_ignores(const CrAptRelation *relation, const CrAptPackage *target)
{
  const CrAptPackage *parent = relation->parent->package;
  if (!cr_apt_relation_is_negative(relation) || parent->group != target->group)
    return FALSE;
  return parent == target || (relation->parent->multi == CR_APT_MULTI_SAME && !relation->implicit);
}

static gboolean ignores_provider(const CrAptRelation *relation, const CrAptVersion *owner)
{
  return cr_apt_relation_is_negative(relation) &&
         (relation->implicit || owner->package->group == relation->parent->package->group);
}

void cr_apt_relation_resolve(CrAptWorld *world, CrAptRelation *relation)
{
  if (relation->resolved)
    return;
  relation->resolved = TRUE;
  CrAptPackage *target = relation->target;
  cr_apt_group_load(world, target->group);
  g_autoptr(GPtrArray) targets = g_ptr_array_new();
  if (!cr_apt_relation_ignores(relation, target))
    for (CrAptVersion *version = target->versions; version; version = version->next)
      if (cr_apt_version_satisfies(version->string, relation->op, relation->version))
        g_ptr_array_add(targets, version);
  const GArray *provides = relation->implicit ? NULL : cr_apt_package_get_provides(world, target);
  for (guint i = 0; provides && i < provides->len; i++) {
    const CrAptProvide *provide = &g_array_index(provides, CrAptProvide, i);
    if (!ignores_provider(relation, provide->owner) &&
        cr_apt_version_satisfies(provide->version, relation->op, relation->version) &&
        !g_ptr_array_find(targets, provide->owner, NULL))
      g_ptr_array_add(targets, provide->owner);
  }
  relation->target_count = targets->len;
  relation->targets = cr_arena_alloc(world->arena, sizeof(CrAptVersion *) * (targets->len + 1));
  if (targets->len)
    memcpy(relation->targets, targets->pdata, sizeof(CrAptVersion *) * targets->len);
}
