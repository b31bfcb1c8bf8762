/* SPDX-License-Identifier: Apache-2.0 */
/* What came with the base, and what its newest version would fix. The newest base is a list of packages made by hand.
 */
#include "hand.h"

#include "base/error.h"

static struct {
  const char *newest; /* "name version", one a line; NULL: it cannot be opened */
  gboolean blind;     /* part of it could not be read */
  const char *opened; /* what was asked for */
  const char *platform;
  GPtrArray *packages;
  CrArena *arena;
} base;

struct CrSource {
  CrImage image;
};
struct CrInventory {
  int unused;
};
struct CrTree {
  int unused;
};

CrSource *cr_source_open(const char *ref, const CrSourceOptions *options, CrProblems *problems, GError **error)
{
  base.opened = ref;
  base.platform = options->platform;
  if (base.newest)
    return g_new0(CrSource, 1);
  g_set_error(error, CR_ERROR, CR_ERROR_OFFLINE, "it was never fetched");
  return NULL;
}
void cr_source_free(CrSource *source)
{
  g_free(source);
}
const CrImage *cr_source_get_image(const CrSource *source)
{
  return &source->image;
}
CrTree *cr_scan_read_tree(CrSource *source, const CrScanOptions *options, CrProblems *problems, guint *layers_read,
                          GError **error)
{
  if (base.blind)
    cr_problems_add(problems, CR_PROBLEM_BLIND, "layer 1", "the layer's bytes are not there");
  return g_new0(CrTree, 1);
}
void cr_tree_free(CrTree *tree)
{
  g_free(tree);
}
CrInventory *cr_inventory_read(CrTree *tree, const CrImage *image, CrProblems *problems)
{
  return g_new0(CrInventory, 1);
}
void cr_inventory_free(CrInventory *inventory)
{
  g_free(inventory);
}
GPtrArray *cr_inventory_get_packages(CrInventory *inventory)
{
  return base.packages;
}

typedef struct {
  const char *name;
  const char *base;     /* its name, or NULL */
  int layers, current;  /* of the base */
  const char *packages; /* of each with an update: layer, 's' security or '-', the day of the fix or '-' */
  const char *newest;   /* as above; "-": it moved, and cannot be opened */
  gboolean blind;
  const char *from; /* of each update: 'b', 'o', '?' */
  int pending, pending_newest, oldest;
  const char *problems;
} Row;

/* Judged on 2026-07-11. */
static const Row rows[] = {
    {"no base", NULL, 0, -1, "0s- 1s-", NULL, FALSE, "??", -1, -1, -1, ""},
    {"a base of unknown size", "debian:12", 0, 1, "0s-", NULL, FALSE, "?", -1, -1, -1, ""},
    {"from where", "debian:12", 2, 1, "0s- 1s- 2s- 1-- -s-", NULL, FALSE, "bbob?", 2, -1, -1, ""},
    {"the oldest fix", "debian:12", 1, 1, "0s2026-07-01 0s2026-06-01 1s2020-01-01", NULL, FALSE, "bbo", 2, -1, 40, ""},
    {"a fix of tomorrow, and no date", "debian:12", 1, 1, "0s2026-08-01 0s2026-13-45", NULL, FALSE, "bb", 2, -1, 0, ""},
    {"the newest has one of two", "debian:12", 1, 0, "0s- 0s- 0--", "p0 2\np1 1\np2 1\n", FALSE, "bbb", 2, 1, -1, ""},
    {"the newest has all, and newer", "debian:12", 1, 0, "0s- 0s-", "p0 2\np1 3\n", FALSE, "bb", 2, 0, -1, ""},
    {"gone from the newest is not lacking", "debian:12", 1, 0, "0s-", "other 1\n", FALSE, "b", 1, 0, -1, ""},
    {"current: not asked for", "debian:12", 1, 1, "0s-", "p0 2\n", FALSE, "b", 1, -1, -1, ""},
    {"nothing pending: not asked for", "debian:12", 1, 0, "1s-", "p0 2\n", FALSE, "o", 0, -1, -1, ""},
    {"the newest is not to be had", "debian:12", 1, 0, "0s-", "-", FALSE, "b", 1, -1, -1,
     "note base: the newest debian:12 was not examined: it was never fetched\n"},
    {"the newest is seen in part", "debian:12", 1, 0, "0s-", "p0 2\n", TRUE, "b", 1, -1, -1,
     "note base: the newest debian:12 was not examined: layer 1: the layer's bytes are not there\n"},
    {"the newest lists nothing", "debian:12", 1, 0, "0s-", "", FALSE, "b", 1, -1, -1,
     "note base: the newest debian:12 lists no packages\n"},
};

static void add_packages(CrScan *scan, const char *text)
{
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  for (guint i = 0; words[i]; i++) {
    CrPackage *package = hand_add_package(scan, "deb", cr_arena_printf(scan->arena, "p%u", i), CR_STEWARD_DISTRIBUTION);
    package->layer = words[i][0] == '-' ? -1 : words[i][0] - '0';
    CrUpdate *update = hand_add_update(scan, package, words[i][1] == 's', CR_UPDATE_BY_UPGRADE);
    update->fix_since = words[i][2] == '-' ? NULL : cr_arena_strdup(scan->arena, words[i] + 2);
  }
}

static void set_newest(const Row *row)
{
  memset(&base, 0, sizeof base);
  base.newest = row->newest && strcmp(row->newest, "-") != 0 ? row->newest : NULL;
  base.blind = row->blind;
  base.arena = cr_arena_new();
  base.packages = g_ptr_array_new();
  g_auto(GStrv) lines = g_strsplit(base.newest ? base.newest : "", "\n", -1);
  for (guint i = 0; lines[i] && *lines[i]; i++) {
    g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);
    CrPackage *package = cr_arena_new0(base.arena, CrPackage);
    *package = (CrPackage){.type = "deb", .arch = "amd64"};
    package->name = cr_arena_strdup(base.arena, words[0]);
    package->version = cr_arena_strdup(base.arena, words[1]);
    g_ptr_array_add(base.packages, package);
  }
}

static void test_rows(void)
{
  const CrImage image = {.platform = "linux/arm64"};
  const CrScanOptions options = {.now = 1}; /* time stamps only */
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    CrScan *scan = hand_scan_new();
    set_newest(row);
    scan->image = &image;
    g_date_set_dmy(&scan->today, 11, G_DATE_JULY, 2026);
    scan->base.name = row->base;
    scan->base.layers = row->layers;
    scan->base.current = row->current;
    scan->base.newest = row->newest ? "registry:debian:12" : NULL;
    add_packages(scan, row->packages);
    cr_scan_judge_base(scan, &options);
    g_autoptr(GString) from = g_string_new(NULL);
    for (guint k = 0; k < scan->updates->len; k++)
      g_string_append_c(from, "?bo"[((const CrUpdate *)scan->updates->pdata[k])->from]);
    g_autofree char *got = g_strdup_printf("%s: %s %d %d %d", row->name, from->str, scan->base.pending,
                                           scan->base.pending_newest, scan->base.oldest_fix_days);
    g_autofree char *wanted =
        g_strdup_printf("%s: %s %d %d %d", row->name, row->from, row->pending, row->pending_newest, row->oldest);
    g_assert_cmpstr(got, ==, wanted);
    g_autofree char *problems = hand_format_problems(scan->problems);
    g_assert_cmpstr(problems, ==, row->problems);
    gboolean asked = row->newest && row->current == 0 && row->pending > 0;
    g_assert_cmpstr(base.opened, ==, asked ? "registry:debian:12" : NULL);
    g_assert_cmpstr(base.platform, ==, asked ? "linux/arm64" : NULL); /* of the image's own platform */
    g_ptr_array_unref(base.packages);
    cr_arena_free(base.arena);
    hand_scan_free(scan);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/rows", test_rows);
  return g_test_run();
}
