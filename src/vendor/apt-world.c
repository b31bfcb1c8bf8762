/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "model/version.h"
#include "vendor/apt.h"
#include <string.h>

/* ---- files ---- */

static const char *or_empty(const char *text)
{
  return text ? text : "";
}

static void add_file(CrAptWorld *world, const CrArchiveData *data, const CrArchiveList *list)
{
  CrAptFile *file = cr_arena_new0(world->arena, CrAptFile);
  file->data = data;
  file->list = list;
  file->names = (CrAptFileNames){.archive = "now",
                                 .codename = "",
                                 .version = "",
                                 .origin = "",
                                 .label = "",
                                 .component = "now",
                                 .architecture = "",
                                 .site = "",
                                 .status = TRUE};
  file->natural = 100;
  if (data) {
    file->names = (CrAptFileNames){.archive = or_empty(data->archive.suite),
                                   .codename = or_empty(data->archive.codename),
                                   .version = or_empty(data->version),
                                   .origin = or_empty(data->archive.origin),
                                   .label = or_empty(data->archive.label),
                                   .component = or_empty(list->component),
                                   .architecture = or_empty(list->architecture),
                                   .site = or_empty(data->site)};
    file->natural = data->but_automatic_upgrades ? 100 : data->not_automatic ? 1 : 500;
  }
  file->priority = world->pins ? cr_apt_pins_get_file(world->pins, &file->names, file->natural) : file->natural;
  g_ptr_array_add(world->files, file);
}

/* ---- groups ---- */

/* apt's hash (djb2 over the lower-case name) and table: its order among packages is by bucket, then by length of the
 * name, then by name. */
guint32 cr_apt_hash_name(const char *name, gsize bytes)
{
  guint32 hash = 5381;
  for (gsize i = 0; i < bytes; i++)
    hash = 33U * hash + (guint8)g_ascii_tolower(name[i]);
  return hash % 196613U;
}

CrAptGroup *cr_apt_world_get_group(CrAptWorld *world, const char *name, gsize bytes)
{
  g_autofree char *key = g_strndup(name, bytes);
  CrAptGroup *group = g_hash_table_lookup(world->groups, key);
  if (group)
    return group;
  group = cr_arena_new0(world->arena, CrAptGroup);
  group->name = cr_arena_strndup(world->arena, key, bytes);
  group->world = world;
  group->hash = cr_apt_hash_name(group->name, bytes);
  const char *colon = strchr(group->name, ':');
  group->package_count = colon ? 1 : world->architectures->len;
  group->packages = cr_arena_alloc(world->arena, sizeof(CrAptPackage) * group->package_count);
  for (guint i = 0; i < group->package_count; i++) {
    group->packages[i].group = group;
    group->packages[i].arch = i;
  }
  g_hash_table_insert(world->groups, (gpointer)group->name, group);
  return group;
}

CrAptPackage *cr_apt_group_get(CrAptGroup *group, guint arch)
{
  return &group->packages[group->package_count == 1 ? 0 : arch];
}

static int compare_packages(gconstpointer a, gconstpointer b)
{
  const CrAptPackage *one = *(CrAptPackage *const *)a;
  const CrAptPackage *two = *(CrAptPackage *const *)b;
  if (one->group->hash != two->group->hash)
    return one->group->hash < two->group->hash ? -1 : 1;
  int order = (int)strlen(one->group->name) - (int)strlen(two->group->name);
  if (!order)
    order = strcmp(one->group->name, two->group->name);
  return order ? order : (int)one->arch - (int)two->arch;
}

void cr_apt_sort_packages(GPtrArray *packages)
{
  g_ptr_array_sort(packages, compare_packages);
}

/* ---- versions ---- */

static guint8 parse_priority(const char *text)
{
  static const char *const classes[] = {"required", "important", "standard", "optional", "extra"};
  for (guint i = 0; text && i < G_N_ELEMENTS(classes); i++)
    if (g_ascii_strcasecmp(text, classes[i]) == 0)
      return (guint8)(i + 1);
  return 5;
}

static guint8 parse_multi(const char *text, gboolean all)
{
  if (!text)
    return CR_APT_MULTI_NO;
  if (strcmp(text, "same") == 0)
    return all ? CR_APT_MULTI_NO : CR_APT_MULTI_SAME;
  return strcmp(text, "foreign") == 0   ? CR_APT_MULTI_FOREIGN
         : strcmp(text, "allowed") == 0 ? CR_APT_MULTI_ALLOWED
                                        : CR_APT_MULTI_NO;
}

/* The characters of a relation field that apt hashes: no blanks, no '=', no epoch "0:", lower case. */
static char next_essential(const char **p)
{
  for (;; (*p)++) {
    char c = **p;
    if (!c)
      return 0;
    if (c == '0' && (*p)[1] == ':') {
      (*p)++;
      continue;
    }
    if (g_ascii_isspace(c) || c == '=')
      continue;
    (*p)++;
    return g_ascii_tolower(c);
  }
}

static gboolean same_field(const char *a, const char *b)
{
  a = or_empty(a);
  b = or_empty(b);
  if (strcmp(a, b) == 0)
    return TRUE;
  while (TRUE) {
    char one = next_essential(&a);
    if (one != next_essential(&b))
      return FALSE;
    if (!one)
      return TRUE;
  }
}

/* Two records of one version string are one version only if what dpkg keeps of them is the same; else the archive's is
 * another build, and apt installs it over the local one. */
static gboolean same_build(const CrAptVersion *a, const CrAptVersion *b)
{
  if (a->bare || b->bare) /* nothing to compare: any record of this version is it */
    return TRUE;
  return a->installed_kib == b->installed_kib && (!a->size_bytes || !b->size_bytes || a->size_bytes == b->size_bytes) &&
         a->multi == b->multi && a->all == b->all && same_field(a->fields->depends, b->fields->depends) &&
         same_field(a->fields->pre_depends, b->fields->pre_depends) &&
         same_field(a->fields->conflicts, b->fields->conflicts) && same_field(a->fields->breaks, b->fields->breaks) &&
         same_field(a->fields->replaces, b->fields->replaces);
}

static void add_version_file(CrAptWorld *world, CrAptVersion *version, const CrAptFile *file)
{
  for (guint i = 0; i < version->file_count; i++)
    if (version->files[i] == file)
      return;
  const CrAptFile **files = cr_arena_alloc(world->arena, sizeof(CrAptFile *) * (version->file_count + 1));
  if (version->file_count)
    memcpy(files, version->files, sizeof(CrAptFile *) * version->file_count);
  files[version->file_count++] = file;
  version->files = files;
}

/* A copy for good; most local packages and all of an attacker's have none of them. */
static const CrAptFields *keep_fields(CrAptWorld *world, const CrAptFields *fields)
{
  static const CrAptFields none;
  if (!memcmp(fields, &none, sizeof none))
    return &none;
  CrAptFields *copy = cr_arena_new0(world->arena, CrAptFields);
  *copy = *fields;
  return copy;
}

/* Put NEW among PACKAGE's versions, highest first and of equal ones in the order of the files, or join it to the same
 * build. */
static CrAptVersion *merge_version(CrAptWorld *world, CrAptPackage *package, const CrAptVersion *new,
                                   const CrAptFile *file)
{
  CrAptVersion **place = &package->versions;
  for (; *place; place = &(*place)->next) {
    int order = cr_version_compare_deb(new->string, (*place)->string);
    if (order > 0)
      break;
    if (order == 0 && same_build(new, *place)) {
      CrAptVersion *old = *place;
      add_version_file(world, old, file);
      if (!old->size_bytes)
        old->size_bytes = new->size_bytes;
      if (new->installed)
        old->installed = new->installed;
      return old;
    }
  }
  CrAptVersion *version = cr_arena_new0(world->arena, CrAptVersion);
  *version = *new;
  version->fields = keep_fields(world, new->fields);
  version->package = package;
  version->next = *place;
  *place = version;
  add_version_file(world, version, file);
  return version;
}

static guint find_architecture(const CrAptWorld *world, const char *name)
{
  for (guint i = 0; i < world->architectures->len; i++)
    if (strcmp(world->architectures->pdata[i], name) == 0)
      return i;
  return G_MAXUINT;
}

gboolean cr_apt_version_fill(const CrListPackage *record, CrAptVersion *out, CrAptFields *fields)
{
  *out = (CrAptVersion){.string = record->version,
                        .source_name = record->source_name,
                        .source_version = record->source_version,
                        .list = record->list,
                        .list_id = record->id,
                        .installed_kib = record->installed_kib,
                        .size_bytes = record->size_bytes,
                        .phased = (guint)record->phased_percentage,
                        .all = strcmp(record->arch, "all") == 0,
                        .priority_class = parse_priority(record->priority)};
  out->multi = parse_multi(record->multi_arch, out->all);
  out->fields = fields;
  *fields = (CrAptFields){.pre_depends = record->pre_depends,
                          .depends = record->depends,
                          .conflicts = record->conflicts,
                          .breaks = record->breaks,
                          .recommends = record->recommends,
                          .suggests = record->suggests,
                          .provides = record->provides,
                          .replaces = record->replaces,
                          .enhances = record->enhances,
                          .section = record->section};
  return *record->version != 0;
}

/* ---- the status file ---- */

typedef struct {
  const char *name;
  const char **value;
} Wanted;

/* FIELD's value in a stanza; continuation lines joined. In the arena, or NULL. */
static const char *take_value(CrAptWorld *world, const char *start, const char *end)
{
  while (start < end && g_ascii_isspace(*start))
    start++;
  char *value = (char *)cr_arena_strndup(world->arena, start, (gsize)(end - start));
  g_strdelimit(value, "\n\r\t", ' ');
  return g_strchomp(value);
}

/* Where the field at LINE ends: before the first line that does not begin with a blank. */
static const char *find_field_end(const char *line, const char *end)
{
  while (line < end) {
    const char *newline = memchr(line, '\n', (gsize)(end - line));
    if (!newline || newline + 1 >= end)
      return end;
    if (newline[1] != ' ' && newline[1] != '\t')
      return newline;
    line = newline + 1;
  }
  return end;
}

static void read_stanza(CrAptWorld *world, const char *text, gsize size, const Wanted *wanted, guint count)
{
  const char *end = text + size;
  for (const char *line = text; line < end;) {
    const char *stop = find_field_end(line, end);
    const char *colon = memchr(line, ':', (gsize)(stop - line));
    for (guint i = 0; colon && i < count; i++)
      if (strlen(wanted[i].name) == (gsize)(colon - line) &&
          g_ascii_strncasecmp(line, wanted[i].name, (gsize)(colon - line)) == 0)
        *wanted[i].value = take_value(world, colon + 1, stop);
    line = stop < end ? stop + 1 : end;
  }
}

static CrAptVersion fill_from_status(CrAptWorld *world, CrAptPackage *package, CrAptFields *fields)
{
  const CrPackage *installed = package->installed;
  CrAptVersion out = {.string = installed->version,
                      .source_name = installed->source_name,
                      .source_version = installed->source_version,
                      .installed = installed,
                      .bare = !installed->control,
                      .phased = 100,
                      .fields = fields,
                      .all = installed->arch && strcmp(installed->arch, "all") == 0};
  const char *multi = NULL;
  const char *priority = NULL;
  const char *kib = NULL;
  const char *size = NULL;
  const char *flags[3] = {0};
  *fields = (CrAptFields){0};
  const Wanted wanted[] = {
      {"Pre-Depends", &fields->pre_depends},
      {"Depends", &fields->depends},
      {"Conflicts", &fields->conflicts},
      {"Breaks", &fields->breaks},
      {"Recommends", &fields->recommends},
      {"Suggests", &fields->suggests},
      {"Provides", &fields->provides},
      {"Replaces", &fields->replaces},
      {"Enhances", &fields->enhances},
      {"Section", &fields->section},
      {"Multi-Arch", &multi},
      {"Priority", &priority},
      {"Installed-Size", &kib},
      {"Size", &size},
      {"Essential", &flags[0]},
      {"Important", &flags[1]},
      {"Protected", &flags[2]},
  };
  if (installed->control)
    read_stanza(world, installed->control, installed->control_bytes, wanted, G_N_ELEMENTS(wanted));
  out.multi = parse_multi(multi, out.all);
  out.priority_class = parse_priority(priority);
  out.installed_kib = kib ? g_ascii_strtoull(kib, NULL, 10) : 0;
  out.size_bytes = size ? g_ascii_strtoull(size, NULL, 10) : 0;
  package->essential |= g_strcmp0(flags[0], "yes") == 0;
  package->important |= g_strcmp0(flags[1], "yes") == 0 || g_strcmp0(flags[2], "yes") == 0;
  return out;
}

static void note_installed_provides(CrAptWorld *world, CrAptVersion *version)
{
  const char *text = version->fields->provides;
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && cr_apt_relation_next(&text, &item, &broken)) {
    CrAptGroup *group = cr_apt_world_get_group(world, item.name, item.name_bytes);
    GPtrArray *providers = g_hash_table_lookup(world->provided, group->name);
    if (!providers) {
      providers = g_ptr_array_new();
      g_hash_table_insert(world->provided, (gpointer)group->name, providers);
    }
    if (!providers->len || providers->pdata[providers->len - 1] != version)
      g_ptr_array_add(providers, version);
  }
}

/* ---- loading ---- */

static void load_list(CrAptWorld *world, CrAptGroup *group, const CrAptFile *file)
{
  guint32 first = 0;
  guint count = cr_list_find(file->list->list, group->name, &first);
  for (guint i = 0; i < count; i++) {
    CrListPackage record;
    CrAptVersion new;
    CrAptFields fields;
    cr_list_get_named(file->list->list, first, i, &record);
    if (!cr_apt_version_fill(&record, &new, &fields))
      continue;
    guint arch = new.all ? 0 : find_architecture(world, record.arch);
    if (arch == G_MAXUINT)
      continue;
    CrAptPackage *package = cr_apt_group_get(group, arch);
    package->essential |= record.essential;
    package->important |= record.important;
    merge_version(world, package, &new, file);
  }
}

void cr_apt_group_load(CrAptWorld *world, CrAptGroup *group)
{
  if (group->loaded)
    return;
  group->loaded = TRUE;
  if (strchr(group->name, ':'))
    return;
  for (guint i = 1; i < world->files->len; i++)
    load_list(world, group, world->files->pdata[i]);
  for (guint i = 0; i < group->package_count; i++) {
    CrAptPackage *package = &group->packages[i];
    if (package->installed) {
      CrAptFields fields;
      CrAptVersion new = fill_from_status(world, package, &fields);
      package->current = merge_version(world, package, &new, world->files->pdata[0]);
    }
    if (!package->versions)
      continue;
    g_ptr_array_add(world->packages, package);
    package->policy = cr_apt_package_find_candidate(world, package, TRUE);
    cr_apt_package_reset(package);
  }
}

CrAptVersion *cr_apt_world_find_version(CrAptWorld *world, const CrListPackage *record)
{
  CrAptGroup *group = cr_apt_world_get_group(world, record->name, strlen(record->name));
  cr_apt_group_load(world, group);
  guint arch = strcmp(record->arch, "all") == 0 ? 0 : find_architecture(world, record->arch);
  if (arch == G_MAXUINT || !*record->name)
    return NULL;
  CrAptVersion *fallback = NULL;
  for (CrAptVersion *version = cr_apt_group_get(group, arch)->versions; version; version = version->next) {
    if (version->list == record->list && version->list_id == record->id)
      return version;
    if (!fallback && strcmp(version->string, record->version) == 0 && cr_apt_version_is_downloadable(version))
      fallback = version; /* the same build, first seen in another list */
  }
  return fallback;
}

gboolean cr_apt_version_is_downloadable(const CrAptVersion *version)
{
  for (guint i = 0; i < version->file_count; i++)
    if (version->files[i]->data)
      return TRUE;
  return FALSE;
}

void cr_apt_world_load_essential(CrAptWorld *world)
{
  for (guint i = 1; i < world->files->len; i++) {
    const CrAptFile *file = world->files->pdata[i];
    guint32 first = 0;
    guint count = cr_list_find_providers(file->list->list, CR_LIST_ESSENTIALS, &first);
    for (guint k = 0; k < count; k++) {
      CrListPackage record;
      cr_list_get_provider(file->list->list, first, k, &record);
      if (*record.name)
        cr_apt_group_load(world, cr_apt_world_get_group(world, record.name, strlen(record.name)));
    }
  }
}

/* ---- making it ---- */

static void add_architectures(CrAptWorld *world, const CrAptWorldInput *input)
{
  g_ptr_array_add(world->architectures, (gpointer)input->native);
  for (guint i = 0; input->architectures && input->architectures[i]; i++)
    if (find_architecture(world, input->architectures[i]) == G_MAXUINT)
      g_ptr_array_add(world->architectures, (gpointer)input->architectures[i]);
  world->configured_count = world->architectures->len;
  for (guint i = 0; i < input->packages->len; i++) {
    const CrPackage *package = input->packages->pdata[i];
    if (strcmp(package->type, "deb") == 0 && package->arch && strcmp(package->arch, "all") != 0 &&
        find_architecture(world, package->arch) == G_MAXUINT && world->architectures->len < 16)
      g_ptr_array_add(world->architectures, (gpointer)package->arch);
  }
}

static void add_installed(CrAptWorld *world, const CrAptWorldInput *input)
{
  for (guint i = 0; i < input->packages->len; i++) {
    const CrPackage *installed = input->packages->pdata[i];
    if (strcmp(installed->type, "deb") != 0 || !installed->version || !installed->name || !*installed->name)
      continue;
    gboolean all = !installed->arch || strcmp(installed->arch, "all") == 0;
    guint arch = all ? 0 : find_architecture(world, installed->arch);
    if (arch == G_MAXUINT || strchr(installed->name, ':'))
      continue;
    CrAptPackage *package =
        cr_apt_group_get(cr_apt_world_get_group(world, installed->name, strlen(installed->name)), arch);
    if (package->installed)
      continue; /* twice in the database: dpkg itself would take the last; inventory/ has said so */
    package->installed = installed;
    package->hold = installed->held;
    g_ptr_array_add(world->installed, package);
  }
  cr_apt_sort_packages(world->installed);
  for (guint i = 0; i < world->installed->len; i++) {
    CrAptPackage *package = world->installed->pdata[i];
    /* apt's own package counts as essential to apt ("pkgCacheGen::ForceEssential") */
    package->essential |= strcmp(package->group->name, "apt") == 0;
    cr_apt_group_load(world, package->group);
  }
  for (guint i = 0; i < world->installed->len; i++)
    note_installed_provides(world, ((CrAptPackage *)world->installed->pdata[i])->current);
}

/* Chains in the order of world->installed, of those that could move: another version than the installed one is there.
 */
static void index_sources(CrAptWorld *world)
{
  for (guint i = world->installed->len; i > 0; i--) {
    CrAptPackage *package = world->installed->pdata[i - 1];
    if (!package->policy || !package->versions->next)
      continue;
    package->same_source = g_hash_table_lookup(world->sources, package->policy->source_name);
    g_hash_table_insert(world->sources, (gpointer)package->policy->source_name, package);
  }
}

static gint compare_orders(gconstpointer a, gconstpointer b)
{
  const CrArchiveData *one = *(CrArchiveData *const *)a;
  const CrArchiveData *two = *(CrArchiveData *const *)b;
  return (one->order > two->order) - (one->order < two->order);
}

static void free_array(gpointer array)
{
  g_ptr_array_unref(array);
}

CrAptWorld *cr_apt_world_new(const CrAptWorldInput *input, CrArena *arena)
{
  CrAptWorld *world = g_new0(CrAptWorld, 1);
  world->arena = arena;
  world->settings = input->settings;
  world->pins = input->pins;
  world->architectures = g_ptr_array_new();
  world->files = g_ptr_array_new();
  world->groups = g_hash_table_new(g_str_hash, g_str_equal);
  world->packages = g_ptr_array_new();
  world->stale = g_array_new(FALSE, FALSE, sizeof(CrAptStale));
  world->installed = g_ptr_array_new();
  world->provided = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_array);
  world->sources = g_hash_table_new(g_str_hash, g_str_equal);
  world->install_recommends = cr_apt_config_get_boolean(input->settings, "apt::install-recommends", TRUE);
  world->install_suggests = cr_apt_config_get_boolean(input->settings, "apt::install-suggests", FALSE);
  world->ignore_hold = cr_apt_config_get_boolean(input->settings, "apt::ignore-hold", FALSE);
  world->keeps_essential = !input->apt_version || cr_version_compare_deb(input->apt_version, "2.3.11") > 0;
  world->machine_id = input->machine_id;
  world->keeps_line = input->keeps_line;
  world->phases = !input->apt_version || cr_version_compare_deb(input->apt_version, "2.1.16~") >= 0;
  world->new_rules = !input->apt_version || cr_version_compare_deb(input->apt_version, "2.5.1") > 0;
  add_architectures(world, input);
  add_file(world, NULL, NULL);
  g_autoptr(GPtrArray) archives = g_ptr_array_new();
  for (guint i = 0; i < input->archives->len; i++)
    g_ptr_array_add(archives, input->archives->pdata[i]);
  g_ptr_array_sort(archives, compare_orders); /* stable: GLib's is a merge sort */
  for (guint i = 0; i < archives->len; i++) {
    const CrArchiveData *data = archives->pdata[i];
    for (guint k = 0; k < data->list_count; k++)
      add_file(world, data, &data->lists[k]);
  }
  add_installed(world, input);
  index_sources(world);
  return world;
}

void cr_apt_world_free(CrAptWorld *world)
{
  if (!world)
    return;
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, world->groups);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    CrAptGroup *group = value;
    for (guint i = 0; i < group->package_count; i++)
      g_clear_pointer(&group->packages[i].provides, g_array_unref);
  }
  g_ptr_array_unref(world->architectures);
  g_ptr_array_unref(world->files);
  g_hash_table_unref(world->groups);
  g_ptr_array_unref(world->packages);
  g_ptr_array_unref(world->installed);
  g_hash_table_unref(world->provided);
  g_hash_table_unref(world->sources);
  g_array_unref(world->stale);
  cr_apt_order_free(world->order);
  g_free(world);
}
