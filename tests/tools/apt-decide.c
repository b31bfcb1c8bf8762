/* SPDX-License-Identifier: Apache-2.0 */
/* What careen's apt decides for a dpkg status file and package lists, one fact a line, for tests/oracle/apt-decisions:
 *
 *   apt-decide CACHE STATUS ARCHITECTURES APT-VERSION [--extended-states FILE] [--default-release NAME] [--conf FILE]
 * [--preferences FILE] [--machine-id ID] [LIST…]
 *
 * A LIST is "file|site|suite|codename|version|origin|label|component|architecture|flags" (flags: n NotAutomatic, b
 * ButAutomaticUpgrades). Output: "policy NAME:ARCH VERSION", then for each command "COMMAND inst|new|remv NAME:ARCH
 * VERSION". */
#include "base/stream.h"
#include "vendor/apt.h"
#include <stdio.h>
#include <string.h>

static const char *find_field(CrArena *arena, const char *stanza, const char *name)
{
  g_autofree char *start = g_strdup_printf("\n%s: ", name);
  gboolean first = g_str_has_prefix(stanza, start + 1);
  const char *at = first ? stanza : strstr(stanza, start);
  if (!at)
    return NULL;
  at += strlen(start) - (first ? 1 : 0);
  return cr_arena_strndup(arena, at, strcspn(at, "\n"));
}

static void read_status(CrArena *arena, GPtrArray *packages, const char *file)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents(file, &text, NULL, NULL))
    g_error("cannot read %s", file);
  g_auto(GStrv) stanzas = g_strsplit(text, "\n\n", -1);
  for (guint i = 0; stanzas[i]; i++) {
    const char *stanza = cr_arena_strdup(arena, stanzas[i]);
    const char *status = find_field(arena, stanza, "Status");
    if (!status || g_str_has_suffix(status, "config-files") || g_str_has_suffix(status, "not-installed"))
      continue;
    CrPackage *package = cr_arena_new0(arena, CrPackage);
    package->type = "deb";
    package->name = find_field(arena, stanza, "Package");
    package->version = find_field(arena, stanza, "Version");
    package->arch = find_field(arena, stanza, "Architecture");
    package->source_name = package->name;
    package->source_version = package->version;
    const char *source = find_field(arena, stanza, "Source");
    if (source) {
      package->source_name = cr_arena_strndup(arena, source, strcspn(source, " "));
      const char *open = strchr(source, '(');
      if (open)
        package->source_version = cr_arena_strndup(arena, open + 1, strcspn(open + 1, ")"));
    }
    package->held = g_str_has_prefix(status, "hold");
    package->control = stanza;
    package->control_bytes = strlen(stanza);
    g_ptr_array_add(packages, package);
  }
}

static void read_automatic(GPtrArray *packages, const char *file)
{
  g_autofree char *text = NULL;
  g_autoptr(CrArena) arena = cr_arena_new();
  if (!g_file_get_contents(file, &text, NULL, NULL))
    return;
  g_auto(GStrv) stanzas = g_strsplit(text, "\n\n", -1);
  for (guint i = 0; stanzas[i]; i++) {
    const char *name = find_field(arena, stanzas[i], "Package");
    const char *arch = find_field(arena, stanzas[i], "Architecture");
    const char *automatic = find_field(arena, stanzas[i], "Auto-Installed");
    for (guint k = 0; name && arch && g_strcmp0(automatic, "1") == 0 && k < packages->len; k++) {
      CrPackage *package = packages->pdata[k];
      if (strcmp(package->name, name) == 0 && (strcmp(package->arch, arch) == 0 || strcmp(package->arch, "all") == 0))
        package->automatic = TRUE;
    }
  }
}

static CrArchiveData *read_list(CrArena *arena, const CrCache *cache, const char *text, guint order)
{
  g_auto(GStrv) parts = g_strsplit(text, "|", -1);
  if (g_strv_length(parts) != 10)
    g_error("not ten parts: %s", text);
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_strdup_printf("test-%u", order);
  GMappedFile *map = g_mapped_file_new(parts[0], FALSE, &error);
  g_autoptr(GBytes) bytes = map ? g_mapped_file_get_bytes(map) : NULL;
  if (!map || !cr_list_compile(cr_stream_new_bytes(bytes), cache, name, &error))
    g_error("%s", error->message);
  g_mapped_file_unref(map);
  CrArchiveList *list = cr_arena_new0(arena, CrArchiveList);
  list->list = cr_list_open(cache, name);
  list->component = cr_arena_strdup(arena, parts[7]);
  list->architecture = cr_arena_strdup(arena, parts[8]);
  CrArchiveData *data = cr_arena_new0(arena, CrArchiveData);
  data->site = cr_arena_strdup(arena, parts[1]);
  data->archive.suite = cr_arena_strdup(arena, parts[2]);
  data->archive.codename = cr_arena_strdup(arena, parts[3]);
  data->version = cr_arena_strdup(arena, parts[4]);
  data->archive.origin = cr_arena_strdup(arena, parts[5]);
  data->archive.label = cr_arena_strdup(arena, parts[6]);
  data->not_automatic = strchr(parts[9], 'n') != NULL;
  data->but_automatic_upgrades = strchr(parts[9], 'b') != NULL;
  data->list_count = 1;
  data->lists = list;
  data->order = order;
  return data;
}

static void print_version(const CrAptWorld *world, const char *what, const CrAptPackage *package,
                          const CrAptVersion *version)
{
  printf("%s %s:%s %s\n", what, package->group->name, (const char *)world->architectures->pdata[package->arch],
         version ? version->string : "(none)");
}

static void print_marks(CrAptWorld *world, const char *command, gboolean good)
{
  g_autofree char *inst = g_strconcat(command, " inst", NULL);
  g_autofree char *new = g_strconcat(command, " new", NULL);
  g_autofree char *remv = g_strconcat(command, " remv", NULL);
  if (!good)
    printf("%s fails\n", command);
  for (guint i = 0; i < world->packages->len; i++) {
    const CrAptPackage *package = world->packages->pdata[i];
    if (package->mode == CR_APT_INSTALL)
      print_version(world, package->current ? inst : new, package, package->install);
    else if (package->mode == CR_APT_DELETE)
      print_version(world, remv, package, package->current);
  }
}

static void read_text(const char *file, GHashTable *settings, CrAptPins *pins, CrProblems *problems)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  g_autoptr(GError) error = NULL;
  if (!g_file_get_contents(file, &text, &size, &error))
    g_error("%s", error->message);
  if (pins)
    cr_apt_pins_parse(pins, text, size, file, problems);
  else if (!cr_apt_config_parse(settings, text, size, &error))
    g_error("%s", error->message);
}

int main(int argc, char **argv)
{
  g_assert_cmpint(argc, >=, 5);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrCache) cache = cr_cache_new(argv[1]);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GPtrArray) packages = g_ptr_array_new();
  g_autoptr(GPtrArray) archives = g_ptr_array_new();
  CrAptPins *pins = cr_apt_pins_new(arena);
  g_auto(GStrv) architectures = g_strsplit(argv[3], ",", -1);
  const char *machine_id = NULL;
  read_status(arena, packages, argv[2]);
  for (int i = 5; i < argc; i++) {
    if (strcmp(argv[i], "--extended-states") == 0)
      read_automatic(packages, argv[++i]);
    else if (strcmp(argv[i], "--default-release") == 0)
      cr_apt_pins_add_default_release(pins, argv[++i]);
    else if (strcmp(argv[i], "--machine-id") == 0)
      machine_id = argv[++i];
    else if (strcmp(argv[i], "--conf") == 0)
      read_text(argv[++i], settings, NULL, problems);
    else if (strcmp(argv[i], "--preferences") == 0)
      read_text(argv[++i], settings, pins, problems);
    else
      g_ptr_array_add(archives, read_list(arena, cache, argv[i], (guint)i));
  }
  CrAptWorldInput input = {.archives = archives,
                           .native = architectures[0],
                           .architectures = (CrStrv)architectures,
                           .settings = settings,
                           .pins = pins,
                           .packages = packages,
                           .apt_version = *argv[4] ? argv[4] : NULL,
                           .machine_id = machine_id};
  gint64 start = g_get_monotonic_time();
  g_autoptr(CrAptWorld) world = cr_apt_world_new(&input, arena);
  gint64 loaded = g_get_monotonic_time();
  for (guint i = 0; i < world->installed->len; i++) {
    const CrAptPackage *package = world->installed->pdata[i];
    print_version(world, "policy", package, package->policy);
  }
  gboolean good = cr_apt_upgrade(world);
  gint64 upgraded = g_get_monotonic_time();
  print_marks(world, "upgrade", good);
  good = cr_apt_dist_upgrade(world);
  fprintf(stderr, "load %.1f ms, upgrade %.1f ms, dist-upgrade %.1f ms\n", (double)(loaded - start) / 1000,
          (double)(upgraded - loaded) / 1000, (double)(g_get_monotonic_time() - upgraded) / 1000);
  print_marks(world, "dist-upgrade", good);
  for (guint i = 0; i < archives->len; i++)
    cr_list_free(((CrArchiveData *)archives->pdata[i])->lists[0].list);
  cr_apt_pins_free(pins);
  return 0;
}
