/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/match-inside.h"

#include <string.h>

/* Debian's largest fields name under 500. */
#define SOURCES_MAX 4096U

/* A source package inside another package. */
typedef struct {
  const char *name;
  const char *lowest, *highest; /* its version; one text where that is known exactly */
  const char *from;             /* how it is known: "Built-Using", "usr/sbin/gosu is built with go1.19.8" */
  gboolean is_go;
} Source;

typedef struct {
  CrMatching *matching;
  const CrPackage *package;
  const CrInsideRules *rules;
  CrStrv ecosystems;
  GArray *sources; /* Source */
} Inside;

/* ---- the fields: "golang-1.19 (= 1.19.8-2), rust-libc (= 0.2.138-1)" ---- */

static const char *const fields[] = {"Built-Using", "Static-Built-Using", "X-Cargo-Built-Using"};

/* The value of FIELD in PACKAGE's record with its continued lines as one; NULL: absent. Free with g_free. */
static char *read_field(const CrPackage *package, const char *field)
{
  g_autofree char *text = package->control ? g_strndup(package->control, package->control_bytes) : NULL;
  gsize length = strlen(field);
  for (char *line = text; line && *line;) {
    char *stop = strchr(line, '\n');
    gboolean found = !g_ascii_strncasecmp(line, field, length) && line[length] == ':';
    while (found && stop && (stop[1] == ' ' || stop[1] == '\t')) {
      *stop = ' ';
      stop = strchr(stop, '\n');
    }
    if (found)
      return g_strndup(line + length + 1, stop ? (gsize)(stop - line) - length - 1 : strlen(line + length + 1));
    line = stop ? stop + 1 : NULL;
  }
  return NULL;
}

/* "name (= version)" into its parts, in TEXT itself. */
static gboolean split_source(char *text, const char **name, const char **version)
{
  char *open = strstr(text, "(="), *close = open ? strchr(open, ')') : NULL;
  if (!close)
    return FALSE;
  *open = *close = 0;
  *name = g_strstrip(text);
  *version = g_strstrip(open + 2);
  return **name && **version;
}

static gboolean is_go_source(const char *name)
{
  return !strcmp(name, "go") || !strcmp(name, "golang") ||
         (g_str_has_prefix(name, "golang-") && g_ascii_isdigit(name[strlen("golang-")]));
}

static const Source *find_source(const Inside *inside, const char *name, const char *version)
{
  for (guint i = 0; i < inside->sources->len; i++) {
    const Source *source = &g_array_index(inside->sources, Source, i);
    if (!strcmp(source->name, name) && (!version || !strcmp(source->lowest, version)))
      return source;
  }
  return NULL;
}

/* FALSE: there are too many. */
static gboolean add_source(Inside *inside, const Source *source)
{
  if (inside->sources->len >= SOURCES_MAX) {
    cr_problems_add(inside->matching->problems, CR_PROBLEM_PARTIAL, inside->package->name,
                    "names more than %u sources that it has inside: the rest was not judged", SOURCES_MAX);
    return FALSE;
  }
  if (strcmp(source->name, inside->package->source_name) != 0 && !find_source(inside, source->name, source->lowest))
    g_array_append_vals(inside->sources, source, 1);
  return TRUE;
}

static void read_fields(Inside *inside)
{
  for (guint f = 0; f < G_N_ELEMENTS(fields); f++) {
    g_autofree char *value = read_field(inside->package, fields[f]);
    g_auto(GStrv) parts = g_strsplit(value ? value : "", ",", -1);
    for (guint i = 0; parts[i]; i++) {
      const char *name = NULL, *version = NULL;
      if (!split_source(parts[i], &name, &version))
        continue;
      version = cr_arena_strdup(inside->matching->arena, version);
      const Source source = {cr_arena_strdup(inside->matching->arena, name), version, version, fields[f],
                             is_go_source(name)};
      if (!add_source(inside, &source))
        return;
    }
  }
}

/* The version of SOURCE that the offered package has inside, or NULL. Free with g_free. */
static char *find_offered(const CrUpdate *update, const char *source)
{
  const char *values[] = {update ? update->built_using : NULL, update ? update->static_built_using : NULL};
  for (guint f = 0; f < G_N_ELEMENTS(values); f++) {
    g_auto(GStrv) parts = g_strsplit(values[f] ? values[f] : "", ",", -1);
    for (guint i = 0; parts[i]; i++) {
      const char *name = NULL, *version = NULL;
      if (split_source(parts[i], &name, &version) && !strcmp(name, source))
        return g_strdup(version);
    }
  }
  return NULL;
}

/* ---- Go's own version, as its linker wrote it ---- */

const char *cr_match_inside_name_series(CrArena *arena, const char *version)
{
  const char *dot = strchr(version, '.');
  gsize length = dot ? (gsize)(dot - version) + 1 + strspn(dot + 1, "0123456789") : strlen(version);
  return cr_arena_printf(arena, "golang-%.*s", (int)length, version);
}

/* "go1.22rc1 X:boringcrypto" → "1.22~rc1", as distributions write what comes before a release. NULL: it names none. */
static const char *read_go_version(CrArena *arena, const char *toolchain)
{
  /* "go1.18 gccgo (Debian 12.2.0-14) 12.2.0" has the library of GCC. */
  if (!toolchain || !g_str_has_prefix(toolchain, "go") || !g_ascii_isdigit(toolchain[2]) || strstr(toolchain, "gccgo"))
    return NULL;
  const char *version = cr_arena_strndup(arena, toolchain + 2, strcspn(toolchain + 2, " -+"));
  gsize digits = strspn(version, "0123456789.");
  return version[digits] ? cr_arena_printf(arena, "%.*s~%s", (int)digits, version, version + digits) : version;
}

/* Red Hat's builds tell all of it: "go1.20.12 (Red Hat 1.20.12-2.el9_3)". NULL: not in there. */
static const char *read_build(CrArena *arena, const char *toolchain)
{
  const char *open = strchr(toolchain, '('), *close = open ? strchr(open, ')') : NULL;
  if (!close)
    return NULL;
  const char *version = close;
  while (version[-1] != ' ' && version[-1] != '(')
    version--;
  gsize length = (gsize)(close - version);
  return g_ascii_isdigit(*version) && memchr(version, '-', length) ? cr_arena_strndup(arena, version, length) : NULL;
}

static const char *fill(CrArena *arena, const char *format, const char *version)
{
  const char *mark = strstr(format, "%s");
  return cr_arena_printf(arena, "%.*s%s%s", (int)(mark - format), format, version, mark + 2);
}

static void add_go(Inside *inside, const CrProgram *program)
{
  CrArena *arena = inside->matching->arena;
  const char *toolchain = program->build->toolchain, *version = read_go_version(arena, toolchain);
  if (!version) {
    cr_problems_add(inside->matching->problems, CR_PROBLEM_NOTE, program->path,
                    "built with %s: which of the distribution's sources that is cannot be told",
                    toolchain ? toolchain : "a Go that does not name itself");
    return;
  }
  const char *exact = inside->rules->scheme == CR_SCHEME_RPM ? read_build(arena, toolchain) : NULL;
  const Source source = {
      .name = inside->rules->name_go(arena, version),
      .lowest = exact ? exact : fill(arena, inside->rules->lowest, version),
      .highest = exact ? exact : fill(arena, inside->rules->highest, version),
      .from = cr_arena_printf(arena, "%s is built with %s", program->path, toolchain),
      .is_go = TRUE,
  };
  if (!find_source(inside, source.name, NULL)) /* a field says it better */
    (void)add_source(inside, &source);
}

static void read_programs(Inside *inside)
{
  CrInventory *inventory = inside->matching->input->inventory;
  const CrProgram *const *programs = inventory ? cr_inventory_get_programs(inventory, inside->package) : NULL;
  for (guint i = 0; programs && programs[i]; i++)
    if (programs[i]->build->kind == CR_BUILD_GO) {
      g_hash_table_add(inside->matching->seen, (gpointer) "Go"); /* which functions are flawed, for the next update */
      add_go(inside, programs[i]);
    }
}

/* ---- is the code there? ---- */

static gboolean is_about(const CrAdvisory *advisory, const CrHit *hit)
{
  const char *name = cr_name_strip(hit->name ? hit->name : hit->advisory->id);
  return g_strv_contains(advisory->aliases, name);
}

/* Of all that RECORD names, is nothing in any of the package's programs? */
static gboolean is_absent(const Inside *inside, const CrAdvisory *record)
{
  guint count = 0;
  for (guint i = 0; i < record->symbol_count; i++) {
    const CrAffectedSymbols *part = &record->symbols[i];
    guint k = 0;
    do {
      const char *symbol = part->symbols ? part->symbols[k] : NULL;
      if (cr_inventory_find_go_symbol(inside->matching->input->inventory, inside->package, part->path, symbol) !=
          CR_SYMBOL_ABSENT)
        return FALSE;
      count++;
    } while (part->symbols && part->symbols[k] && part->symbols[++k]);
  }
  return count > 0;
}

/* What the Go team says of the same flaw: in its tools, which are in no program that they build, or in functions. */
static const char *find_absent(const Inside *inside, const CrHit *hit)
{
  CrMatching *matching = inside->matching;
  CrInventory *inventory = matching->input->inventory;
  const CrProgram *const *programs = inventory ? cr_inventory_get_programs(inventory, inside->package) : NULL;
  if (!programs || !programs[0])
    return NULL;
  const GPtrArray *library = cr_matching_find(matching, "Go", "stdlib"),
                  *tools = cr_matching_find(matching, "Go", "toolchain");
  const char *absent = NULL;
  for (guint i = 0; i < library->len; i++) {
    const CrAdvisory *record = library->pdata[i];
    if (!is_about(record, hit))
      continue;
    if (!is_absent(inside, record))
      return NULL;
    absent = cr_arena_printf(matching->arena, "none of the functions that %s names is in %s", record->id,
                             programs[1] ? "its programs" : programs[0]->path);
  }
  for (guint i = 0; i < tools->len && !absent; i++) {
    const CrAdvisory *record = tools->pdata[i];
    if (is_about(record, hit))
      absent =
          cr_arena_printf(matching->arena, "%s is in Go's tools, which are not in the programs they build", record->id);
  }
  return absent;
}

/* ---- judging ---- */

static gboolean has_hit(const GArray *hits, const CrHit *like)
{
  for (guint i = 0; i < hits->len; i++) {
    const CrHit *hit = &g_array_index(hits, CrHit, i);
    if (!hit->mute && hit->advisory == like->advisory && !g_strcmp0(hit->name, like->name))
      return TRUE;
  }
  return FALSE;
}

/* HIT of SOURCE by itself, as one of the package that has it inside. */
static void turn(const Inside *inside, const Source *source, gboolean certain, CrHit *hit)
{
  CrArena *arena = inside->matching->arena;
  const CrUpdate *update = cr_matching_find_update(inside->matching, inside->package);
  g_autofree char *offered = find_offered(update, source->name);
  hit->looked = TRUE;
  hit->absent = source->is_go ? find_absent(inside, hit) : NULL;
  if (!hit->fixed) {
    hit->vendor_status = cr_arena_printf(arena, "in %s inside%s%s", source->name, hit->vendor_status ? ": " : "",
                                         hit->vendor_status ? hit->vendor_status : "");
    hit->status = hit->status ? hit->status : "unfixed";
    return;
  }
  gboolean rebuilt = offered && cr_version_compare(inside->rules->scheme, offered, hit->fixed) >= 0;
  hit->fixed = rebuilt ? update->candidate : NULL;
  hit->status = rebuilt ? "fixable" : "pending_archive";
  hit->vendor_status =
      rebuilt ? cr_arena_printf(arena, "has %s inside, built again", source->name)
              : cr_arena_printf(arena, "%s a rebuild by %s", certain ? "needs" : "may need", inside->rules->builder);
}

static void tell(const Inside *inside, const Source *source, const char *fixed, gboolean certain)
{
  gboolean exact = source->lowest == source->highest;
  if (exact && g_str_has_suffix(source->from, "Built-Using"))
    cr_problems_add(inside->matching->problems, CR_PROBLEM_NOTE, inside->package->name,
                    "has %s %s inside, which is fixed in %s: it needs a new build by the distribution", source->name,
                    source->lowest, fixed);
  else
    cr_problems_add(inside->matching->problems, CR_PROBLEM_NOTE, inside->package->name,
                    certain ? "%s, and %s is fixed in %s: it needs a new build by the distribution"
                            : "%s, and %s is fixed in %s: whether that build was used is not recorded",
                    source->from, source->name, fixed);
}

/* Hits of SOURCE that HAVE a fix, or have none, to HITS. */
static void judge_source(const Inside *inside, const Source *source, gboolean have, GArray *hits)
{
  const CrInsideRules *rules = inside->rules;
  g_autoptr(GArray) low = g_array_new(FALSE, FALSE, sizeof(CrHit)), high = g_array_new(FALSE, FALSE, sizeof(CrHit));
  rules->judge_source(inside->matching, inside->ecosystems, source->name, source->lowest, low);
  if (source->lowest != source->highest)
    rules->judge_source(inside->matching, inside->ecosystems, source->name, source->highest, high);
  const char *fixed = NULL;
  gboolean all_certain = TRUE;
  for (guint i = 0; i < low->len; i++) {
    CrHit hit = g_array_index(low, CrHit, i);
    gboolean has_fix = hit.fixed != NULL;
    if (hit.mute ? have : has_fix != have) /* names and scores once, at the end */
      continue;
    gboolean certain = source->lowest == source->highest || has_hit(high, &hit);
    if (has_fix && (!fixed || cr_version_compare(rules->scheme, hit.fixed, fixed) > 0))
      fixed = hit.fixed;
    all_certain = all_certain && certain;
    if (!hit.mute)
      turn(inside, source, certain, &hit);
    g_array_append_val(hits, hit);
  }
  if (fixed)
    tell(inside, source, fixed, all_certain);
}

void cr_match_inside_judge(CrMatching *matching, const CrPackage *package, const CrInsideRules *rules,
                           CrStrv ecosystems, GArray *hits)
{
  g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(Source));
  Inside inside = {matching, package, rules, ecosystems, sources};
  read_fields(&inside);
  read_programs(&inside);
  /* First what a new build would fix: where two sources have one flaw, that is what can be done. */
  for (guint i = 0; i < sources->len; i++)
    judge_source(&inside, &g_array_index(sources, Source, i), TRUE, hits);
  for (guint i = 0; i < sources->len; i++)
    judge_source(&inside, &g_array_index(sources, Source, i), FALSE, hits);
}
