/* SPDX-License-Identifier: Apache-2.0 */
/* Which operating system: os-release(5), and what older or odd systems say of themselves instead. */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"
#include "inventory/stanza.h"

#define OS "os"

static gboolean wants_os(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  static const char *const names[] = {"os-release",      "debian_version", "alpine-release",
                                      "lsb-release",     "redhat-release", "centos-release",
                                      "openwrt_release", "SuSE-release",   "system-release"};
  if (entry->size > CR_LIMIT_SMALL_FILE)
    return FALSE;
  if (g_str_has_prefix(entry->path, "etc/apt/sources.list"))
    return TRUE;
  const char *base = strrchr(entry->path, '/');
  for (guint i = 0; base && i < G_N_ELEMENTS(names); i++)
    if (!strcmp(base + 1, names[i]))
      return TRUE;
  return base && (g_str_has_prefix(base + 1, "os-release") || g_str_has_prefix(base + 1, "os.release"));
}

const CrCollector cr_os_collector = {OS, 1, wants_os, cr_database_collect_whole};

/* ---- os-release(5) ---- */

/* A value as a shell would read it: quotes of either kind, backslashes outside of single ones. */
static const char *unquote(CrSlice value, CrArena *arena)
{
  g_autoptr(GString) out = g_string_new(NULL);
  char quote = 0;
  for (gsize i = 0; i < value.size; i++) {
    char c = value.at[i];
    if (quote ? c == quote : c == '"' || c == '\'') {
      quote = quote ? 0 : c;
      continue;
    }
    if (c == '\\' && quote != '\'' && i + 1 < value.size && (!quote || strchr("\"$`\\", value.at[i + 1])))
      c = value.at[++i];
    else if (!quote && g_ascii_isspace(c))
      break; /* a second word would be a command */
    g_string_append_c(out, c);
  }
  return cr_arena_strndup(arena, out->str, out->len);
}

const char *cr_os_find_value(const char *text, gsize size, const char *name, CrArena *arena)
{
  CrSlice rest = cr_slice(text, size), line, found = {0};
  gsize length = strlen(name);
  while (cr_slice_next_line(&rest, &line)) {
    line = cr_slice_trim(line);
    if (line.size > length && !memcmp(line.at, name, length) && line.at[length] == '=')
      found = (CrSlice){line.at + length + 1, line.size - length - 1}; /* the last one counts */
  }
  const char *value = found.size ? unquote(found, arena) : NULL;
  return value && *value ? value : NULL;
}

typedef struct {
  CrOs *os;
  CrTree *tree;
  CrArena *arena;
  GPtrArray *packages;
  CrProblems *problems;
} Reading;

/* The text of PATH, with links followed, or an empty slice; it points into the layer index. */
static CrSlice find_text(const Reading *reading, const char *path)
{
  g_autoptr(GBytes) bytes = cr_tree_find_facts(reading->tree, path, OS);
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return data ? cr_slice(cr_arena_strndup(reading->arena, data, size), size) : (CrSlice){0};
}

static const char *find_line(const Reading *reading, const char *path)
{
  CrSlice text = find_text(reading, path), line;
  while (cr_slice_next_line(&text, &line)) {
    line = cr_slice_trim(line);
    if (line.size)
      return cr_arena_strndup(reading->arena, line.at, line.size);
  }
  return NULL;
}

static CrStrv split_words(const char *words, CrArena *arena)
{
  if (!words)
    return cr_strv_empty;
  CrSlice rest = cr_slice(words, strlen(words)), word;
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  while (cr_slice_next_word(&rest, &word))
    g_ptr_array_add(list, (gpointer)cr_arena_strndup(arena, word.at, word.size));
  const char **out = cr_arena_alloc(arena, (list->len + 1) * sizeof *out);
  for (guint i = 0; i < list->len; i++)
    out[i] = list->pdata[i];
  return out;
}

/* "8 (jessie)", "14.04.5 LTS, Trusty Tahr": how releases named themselves before VERSION_CODENAME (2016). */
static const char *find_codename(const char *version, CrArena *arena)
{
  const char *at = version ? strpbrk(version, "(,") : NULL;
  if (!at)
    return NULL;
  at += strspn(at, "(, ");
  gsize size = strcspn(at, ") ,");
  g_autofree char *lower = g_ascii_strdown(at, (gssize)size);
  return size ? cr_arena_strdup(arena, lower) : NULL;
}

static gboolean read_os_release(const Reading *reading)
{
  static const char *const paths[] = {"etc/os-release", "usr/lib/os-release"};
  CrSlice text = {0};
  for (guint i = 0; i < G_N_ELEMENTS(paths) && !text.size; i++)
    text = find_text(reading, paths[i]);
  if (!text.size)
    return FALSE;
  CrOs *os = reading->os;
  CrArena *arena = reading->arena;
  const char *id = cr_os_find_value(text.at, text.size, "ID", arena);
  g_autofree char *lower = id ? g_ascii_strdown(id, -1) : NULL;
  os->id = cr_arena_strdup(arena, lower);
  os->version = cr_os_find_value(text.at, text.size, "VERSION_ID", arena);
  os->codename = cr_os_find_value(text.at, text.size, "VERSION_CODENAME", arena);
  os->name = cr_os_find_value(text.at, text.size, "PRETTY_NAME", arena);
  if (!os->name)
    os->name = cr_os_find_value(text.at, text.size, "NAME", arena);
  os->like = split_words(cr_os_find_value(text.at, text.size, "ID_LIKE", arena), arena);
  os->variant = cr_os_find_value(text.at, text.size, "VARIANT_ID", arena);
  if (!os->codename)
    os->codename = find_codename(cr_os_find_value(text.at, text.size, "VERSION", arena), arena);
  return os->id != NULL;
}

/* ---- without os-release ---- */

static gboolean guess_alpine(const Reading *reading)
{
  reading->os->version = find_line(reading, "etc/alpine-release");
  if (!reading->os->version)
    return FALSE;
  reading->os->id = "alpine";
  reading->os->name = cr_arena_printf(reading->arena, "Alpine Linux %s", reading->os->version);
  return TRUE;
}

/* DISTRIB_ID=Ubuntu, DISTRIB_RELEASE=12.04, DISTRIB_CODENAME=precise */
static gboolean guess_by_lsb(const Reading *reading)
{
  static const char *const paths[] = {"etc/lsb-release", "etc/openwrt_release"};
  for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
    CrSlice text = find_text(reading, paths[i]);
    const char *id = text.size ? cr_os_find_value(text.at, text.size, "DISTRIB_ID", reading->arena) : NULL;
    if (!id)
      continue;
    g_autofree char *lower = g_ascii_strdown(id, -1);
    reading->os->id = cr_arena_strdup(reading->arena, lower);
    reading->os->version = cr_os_find_value(text.at, text.size, "DISTRIB_RELEASE", reading->arena);
    reading->os->codename = cr_os_find_value(text.at, text.size, "DISTRIB_CODENAME", reading->arena);
    reading->os->name = cr_os_find_value(text.at, text.size, "DISTRIB_DESCRIPTION", reading->arena);
    return TRUE;
  }
  return FALSE;
}

/* "7.11", "bookworm/sid": the point release, or what becomes the next one. */
static gboolean guess_debian(const Reading *reading)
{
  const char *line = find_line(reading, "etc/debian_version");
  if (!line)
    return FALSE;
  CrOs *os = reading->os;
  os->id = "debian";
  if (g_ascii_isdigit(*line))
    os->version = cr_arena_strndup(reading->arena, line, strcspn(line, "."));
  else
    os->codename = cr_arena_strndup(reading->arena, line, strcspn(line, "/"));
  os->name = cr_arena_printf(reading->arena, "Debian GNU/Linux %s", line);
  return TRUE;
}

/* "CentOS release 6.10 (Final)", "Red Hat Enterprise Linux Server release 6.9 (Santiago)" */
static gboolean guess_red_hat(const Reading *reading)
{
  static const char *const paths[] = {"etc/centos-release", "etc/redhat-release", "etc/system-release"};
  static const struct {
    const char *start, *id;
  } names[] = {{"CentOS", "centos"}, {"Red Hat", "rhel"},         {"Fedora", "fedora"},
               {"Oracle", "ol"},     {"Amazon Linux", "amzn"},    {"AlmaLinux", "almalinux"},
               {"Rocky", "rocky"},   {"Scientific", "scientific"}};
  const char *line = NULL;
  for (guint i = 0; i < G_N_ELEMENTS(paths) && !line; i++)
    line = find_line(reading, paths[i]);
  for (guint i = 0; line && i < G_N_ELEMENTS(names); i++) {
    if (!g_str_has_prefix(line, names[i].start))
      continue;
    const char *release = strstr(line, "release ");
    release = release ? release + strlen("release ") : "";
    gsize size = strspn(release, "0123456789.");
    reading->os->id = names[i].id;
    reading->os->version = size ? cr_arena_strndup(reading->arena, release, size) : NULL;
    reading->os->name = line;
    return TRUE;
  }
  return FALSE;
}

/* The package that carries the release's own files tells its version too. */
static gboolean guess_by_package(const Reading *reading)
{
  static const struct {
    const char *type, *package, *id;
    gboolean major;
  } rules[] = {{"deb", "base-files", "debian", TRUE},
               {"apk", "alpine-release", "alpine", FALSE},
               {"apk", "alpine-base", "alpine", FALSE},
               {"alpm", "pacman", "arch", FALSE}};
  for (guint i = 0; i < reading->packages->len; i++) {
    const CrPackage *package = reading->packages->pdata[i];
    for (guint k = 0; k < G_N_ELEMENTS(rules); k++) {
      if (strcmp(rules[k].type, package->type) != 0 || strcmp(rules[k].package, package->name) != 0)
        continue;
      gboolean ubuntu = strstr(package->version, "ubuntu") != NULL; /* 12ubuntu4.6 names no release */
      gboolean rolling = !strcmp(rules[k].id, "arch");
      reading->os->id = ubuntu ? "ubuntu" : rules[k].id;
      if (!ubuntu && !rolling)
        reading->os->version =
            cr_arena_strndup(reading->arena, package->version, strcspn(package->version, rules[k].major ? ".+-" : "-"));
      return TRUE;
    }
  }
  return FALSE;
}

static void guess(const Reading *reading)
{
  static const struct {
    gboolean (*guess)(const Reading *reading);
    const char *by;
  } ways[] = {{guess_alpine, "etc/alpine-release"},
              {guess_by_lsb, "etc/lsb-release"},
              {guess_red_hat, "etc/redhat-release"},
              {guess_debian, "etc/debian_version"},
              {guess_by_package, "the version of its base package"}};
  for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
    if (!ways[i].guess(reading))
      continue;
    cr_problems_add(reading->problems, CR_PROBLEM_NOTE, "etc/os-release",
                    "there is no os-release; the system was taken for %s %s by %s", reading->os->id,
                    reading->os->version    ? reading->os->version
                    : reading->os->codename ? reading->os->codename
                                            : "of unknown version",
                    ways[i].by);
    return;
  }
  if (reading->packages->len)
    cr_problems_add(reading->problems, CR_PROBLEM_PARTIAL, "etc/os-release",
                    "cannot tell which distribution this is: there is no os-release, and nothing else says it");
}

/* ---- Debian without a version: testing or sid ---- */

typedef struct {
  const Reading *reading;
  gboolean sid, other; /* suites that apt's sources name */
} Suites;

static gboolean read_sources(const CrNode *node, gpointer data)
{
  Suites *suites = data;
  if (!g_str_has_suffix(node->path, ".list") && !g_str_has_suffix(node->path, ".sources"))
    return TRUE;
  CrSlice text = find_text(suites->reading, node->path), line, word;
  while (cr_slice_next_line(&text, &line)) {
    line = cr_slice_trim(line);
    gboolean one_line = cr_slice_starts(line, "deb ") || cr_slice_starts(line, "deb\t");
    if (!one_line && !cr_slice_starts(line, "Suites:"))
      continue;
    const char *codename = suites->reading->os->codename;
    while (cr_slice_next_word(&line, &word)) {
      suites->sid |= cr_slice_is(word, "sid") || cr_slice_is(word, "unstable");
      suites->other |= cr_slice_is(word, "testing") || (codename && cr_slice_is(word, codename));
    }
  }
  return TRUE;
}

/* Both carry the same os-release and debian_version ("forky/sid"); only the archives in use tell. */
static void settle_rolling_debian(const Reading *reading)
{
  CrOs *os = reading->os;
  if (!os->id || strcmp(os->id, "debian") != 0 || os->version)
    return;
  const char *line = find_line(reading, "etc/debian_version");
  if (!os->codename && line && !g_ascii_isdigit(*line))
    os->codename = cr_arena_strndup(reading->arena, line, strcspn(line, "/"));
  Suites suites = {.reading = reading};
  CrNode list;
  if (cr_tree_find(reading->tree, "etc/apt/sources.list", &list) == CR_TREE_FOUND)
    read_sources(&list, &suites);
  cr_tree_foreach_child(reading->tree, "etc/apt/sources.list.d", read_sources, &suites);
  if (suites.sid) {
    os->codename = "sid"; /* with both, apt takes the newer: sid's */
    return;
  }
  if (!suites.other)
    cr_problems_add(reading->problems, CR_PROBLEM_NOTE, "etc/os-release",
                    "Debian testing or sid: no archive is configured that tells which; taken for testing (%s)",
                    os->codename ? os->codename : "codename unknown");
}

/* ---- family ---- */

static gboolean is_like(const CrOs *os, const char *id)
{
  if (os->id && !strcmp(os->id, id))
    return TRUE;
  for (guint i = 0; os->like[i]; i++)
    if (!strcmp(os->like[i], id))
      return TRUE;
  return FALSE;
}

static const char *find_family(const CrOs *os, GPtrArray *packages)
{
  static const struct {
    const char *id, *family;
  } ids[] = {{"debian", "debian"},     {"ubuntu", "debian"},  {"alpine", "alpine"}, {"wolfi", "alpine"},
             {"chainguard", "alpine"}, {"rhel", "rpm"},       {"fedora", "rpm"},    {"centos", "rpm"},
             {"suse", "rpm"},          {"opensuse", "rpm"},   {"sles", "rpm"},      {"amzn", "rpm"},
             {"mariner", "rpm"},       {"azurelinux", "rpm"}, {"photon", "rpm"},    {"openwrt", "openwrt"},
             {"arch", "arch"}};
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
    if (is_like(os, ids[i].id))
      return ids[i].family;
  /* the database with most packages */
  const char *family = NULL;
  guint most = 0;
  for (guint i = 0, run = 0; i < packages->len; i++) {
    const CrDatabasePackage *package = packages->pdata[i], *before = i ? packages->pdata[i - 1] : NULL;
    run = before && before->database == package->database ? run + 1 : 1;
    if (run > most) {
      most = run;
      family = package->database->family;
    }
  }
  return family;
}

void cr_os_read(CrOs *os, CrTree *tree, CrArena *arena, GPtrArray *packages, CrProblems *problems)
{
  Reading reading = {os, tree, arena, packages, problems};
  os->like = cr_strv_empty;
  if (!read_os_release(&reading))
    guess(&reading);
  settle_rolling_debian(&reading);
  os->family = find_family(os, packages);
}
