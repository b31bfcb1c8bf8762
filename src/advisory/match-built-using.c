/* SPDX-License-Identifier: Apache-2.0 */
/* Code of other sources inside a package: Go and Rust programs, static ones, firmware and kernels carry it, and say so
 * in Built-Using and Static-Built-Using: "golang-1.19 (= 1.19.8-2), rust-libc (= 0.2.138-1)". */
#include "advisory/match-deb.h"

#include <string.h>

gboolean cr_match_deb_is_own(const CrMatching *matching, const CrPackage *package)
{
  const CrSteward *steward = &package->steward;
  return steward->kind == CR_STEWARD_DISTRIBUTION && (steward->proof != CR_PROOF_UNKNOWN || !matching->answering);
}

/* ---- the fields ---- */

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

/* The version of SOURCE that the offered package has inside, or NULL. Free with g_free. */
static char *find_offered(const CrUpdate *update, const char *source)
{
  const char *fields[] = {update ? update->built_using : NULL, update ? update->static_built_using : NULL};
  for (guint f = 0; f < G_N_ELEMENTS(fields); f++) {
    g_auto(GStrv) parts = g_strsplit(fields[f] ? fields[f] : "", ",", -1);
    for (guint i = 0; parts[i]; i++) {
      const char *name = NULL, *version = NULL;
      if (split_source(parts[i], &name, &version) && !strcmp(name, source))
        return g_strdup(version);
    }
  }
  return NULL;
}

/* ---- judging ---- */

typedef struct {
  CrMatching *matching;
  const CrPackage *package;
  const char *ecosystem;
  GArray *hits;
} Inside;

static void add_hit(const Inside *inside, const CrAdvisory *advisory, const char *source, const CrRangeAnswer *answer)
{
  const CrUpdate *update = cr_matching_find_update(inside->matching, inside->package);
  g_autofree char *offered = find_offered(update, source);
  gboolean rebuilt = offered && cr_version_compare_deb(offered, answer->fixed) >= 0;
  cr_matching_add_hit(inside->hits, advisory, NULL, answer);
  CrHit *hit = &g_array_index(inside->hits, CrHit, inside->hits->len - 1);
  hit->fixed = rebuilt ? update->candidate : NULL;
  hit->status = rebuilt ? "fixable" : "pending_archive";
  hit->vendor_status =
      rebuilt ? cr_arena_printf(inside->matching->arena, "has %s inside, built again", source)
              : cr_arena_printf(inside->matching->arena, "needs a rebuild by %s",
                                inside->matching->os->id && !strcmp(inside->matching->os->id, "ubuntu") ? "Ubuntu"
                                                                                                        : "Debian");
}

/* What has no fix is the source's own finding wherever that is installed; a new build would not help here. */
static guint judge_source(const Inside *inside, const char *source, const char *version)
{
  const GPtrArray *records = cr_matching_find(inside->matching, inside->ecosystem, source);
  const char *fixed = NULL;
  guint count = 0;
  for (guint i = 0; i < records->len; i++) {
    const CrAdvisory *advisory = records->pdata[i];
    if (cr_name_is_erratum(advisory->id))
      continue;
    CrRangeAnswer answer = cr_range_judge(advisory, CR_SCHEME_DEB, version);
    if (!answer.affected || !answer.fixed)
      continue;
    add_hit(inside, advisory, source, &answer);
    count++;
    if (!fixed || cr_version_compare_deb(answer.fixed, fixed) > 0)
      fixed = answer.fixed;
  }
  if (count)
    cr_problems_add(inside->matching->problems, CR_PROBLEM_NOTE, inside->package->name,
                    "has %s %s inside, which is fixed in %s: it needs a new build by the distribution", source, version,
                    fixed);
  return count;
}

void cr_match_deb_judge_built_using(CrMatching *matching, const CrPackage *package, const char *ecosystem, GArray *hits)
{
  static const char *const fields[] = {"Built-Using", "Static-Built-Using"};
  Inside inside = {matching, package, ecosystem, hits};
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint f = 0; f < G_N_ELEMENTS(fields); f++) {
    g_autofree char *value = read_field(package, fields[f]);
    g_auto(GStrv) parts = g_strsplit(value ? value : "", ",", -1);
    for (guint i = 0; parts[i]; i++) {
      const char *name = NULL, *version = NULL;
      if (!split_source(parts[i], &name, &version) || !strcmp(name, package->source_name))
        continue;
      if (g_hash_table_add(seen, g_strdup_printf("%s %s", name, version)))
        judge_source(&inside, name, version);
    }
  }
}
