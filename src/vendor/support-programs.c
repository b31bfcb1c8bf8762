/* SPDX-License-Identifier: Apache-2.0 */
/* How long the makers of a program that was built from source (inventory/programs.c) fix its release: endoflife.date's
 * cycles, one product asked for each such program that an image has. */
#include "vendor/support-load.h"

#include <string.h>

#include "base/error.h"

/* What endoflife.date calls them. Not here: programs whose every release is the only one that gets fixes. */
static const struct {
  const char *program, *product;
} products[] = {
    {"haproxy", "haproxy"},
    {"httpd", "apache-http-server"},
    {"mariadb", "mariadb"},
    {"memcached", "memcached"},
    {"mysql", "mysql"},
    {"nginx", "nginx"},
    {"node", "nodejs"},
    {"openssl", "openssl"},
    {"perl", "perl"},
    {"php", "php"},
    {"postgresql", "postgresql"},
    {"python", "python"},
    {"redis", "redis"},
    {"ruby", "ruby"},
    {"valkey", "valkey"},
};

const char *cr_support_get_program_product(const CrPackage *package)
{
  for (guint i = 0; i < G_N_ELEMENTS(products); i++)
    if (!strcmp(package->type, "generic") && !strcmp(package->name, products[i].program))
      return products[i].product;
  return NULL;
}

/* The longest cycle that VERSION starts with: of 1.1 and 1.1.1 for "1.1.1w" the second. */
static const CrCycle *find_cycle(const CrCycles *cycles, const char *version)
{
  const CrCycle *best = NULL;
  gsize most = 0;
  for (guint i = 0; i < cycles->list->len; i++) {
    const CrCycle *cycle = cycles->list->pdata[i];
    gsize length = strlen(cycle->cycle);
    if (length > most && !strncmp(version, cycle->cycle, length) && !g_ascii_isdigit(version[length])) {
      best = cycle;
      most = length;
    }
  }
  return best;
}

void cr_support_judge_program(const CrCycles *cycles, const char *product, const GDate *day, CrArena *arena,
                              CrPackage *package)
{
  const CrCycle *cycle = find_cycle(cycles, package->version);
  if (!cycle) {
    package->support_note = cr_arena_printf(arena, "endoflife.date's %s has no release of it", product);
    return;
  }
  gboolean dated = g_date_valid(&cycle->eol);
  if (!dated && cycle->eol_flag < 0)
    return;
  const char *until = cr_support_format_date(&cycle->eol, arena);
  gboolean ended = dated ? !cr_support_covers(&cycle->eol, day) : cycle->eol_flag == 1;
  package->support = ended ? CR_PACKAGE_SUPPORT_ENDED : CR_PACKAGE_SUPPORT_FULL;
  package->steward.until = until; /* the steward's name and kind are steward-other.c's */
  if (ended)
    package->support_note = cr_arena_printf(arena, "%s %s: its makers' fixes ended%s%s, says endoflife.date",
                                            package->name, cycle->cycle, until ? " on " : "", until ? until : "");
}

/* TRUE: judged, or there is nothing to judge by that could be had. */
static gboolean judge(CrPackage *package, const char *product, const GDate *day, CrArena *arena,
                      const CrVendorOptions *options, GError **error)
{
  gint64 asked = 0;
  g_autoptr(GBytes) bytes = cr_support_load_product(product, options, &asked, error);
  if (!bytes)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autofree char *what = g_strdup_printf("endoflife.date's %s", product);
  g_autoptr(CrCycles) cycles = cr_cycles_parse(text ? text : "", size, what, error);
  if (!cycles)
    return FALSE;
  cr_support_judge_program(cycles, product, day, arena, package);
  return TRUE;
}

gboolean cr_support_judge_programs(GPtrArray *packages, const GDate *day, CrArena *arena,
                                   const CrVendorOptions *options, CrProblems *problems)
{
  g_autoptr(GString) unknown = g_string_new(NULL);
  g_autoptr(GError) first = NULL;
  for (guint i = 0; i < packages->len; i++) {
    CrPackage *package = packages->pdata[i];
    const char *product = cr_support_get_program_product(package);
    g_autoptr(GError) error = NULL;
    /* who did not answer once is not waited for again; what the cache has needs no answer */
    gboolean silent = first && !g_error_matches(first, CR_ERROR, CR_ERROR_OFFLINE);
    if (!product || (!silent && judge(package, product, day, arena, options, &error)))
      continue;
    g_string_append_printf(unknown, "%s%s %s", unknown->len ? ", " : "", package->name, package->version);
    if (!first)
      first = g_steal_pointer(&error);
  }
  if (unknown->len)
    cr_problems_add(problems, CR_PROBLEM_NOTE, "support", "how long their makers fix %s is not known: %s", unknown->str,
                    first ? first->message : "endoflife.date does not say");
  return !first;
}
