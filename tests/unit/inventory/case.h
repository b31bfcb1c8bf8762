/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up image and what its inventory is to say, as one table row. */
#pragma once
#include "../image/tar.h"
#include "inventory/inventory.h"
#include "reach/elf-private.h"

/* Rows end where the rest is NULL. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef struct {
  char type; /* 'f' TEXT, 'F' a file of tests/data/inventory, 'l' a link to TEXT, 'h' a hard link, 'd' a folder, 'w'
                whiteout, '|' next layer */
  const char *path, *text;
} Member;

typedef struct {
  const char *what;
  Member members[12];
  const char *packages; /* "name version arch source source-version state layer flags", one a line */
  const char *problems; /* "kind: words", one a line, in order; NULL: not looked at */
  const char *os;       /* "id version codename family", '-' for none; NULL: not looked at */
} Case;

typedef struct {
  CrTree *tree;
  CrProblems *problems;
  CrInventory *inventory;
} Made;

static inline CrLayer *make_layer(const Place *place, const Member **member, const CrCollector *const *collectors)
{
  GByteArray *tar = g_byte_array_new();
  for (; (*member)->type && (*member)->type != '|'; (*member)++) {
    const Member *m = *member;
    g_autofree char *file =
        m->type == 'F' ? g_build_filename(g_getenv("CAREEN_SOURCE_ROOT"), "tests", "data", "inventory", m->text, NULL)
                       : NULL;
    g_autofree char *data = NULL;
    gsize size = 0;
    g_assert_true(!file || g_file_get_contents(file, &data, &size, NULL));
    if (m->type == 'l' || m->type == 'h')
      tar_add(tar, m->type == 'l' ? '2' : '1', m->path, m->text, NULL, 0);
    else if (file)
      tar_add(tar, '0', m->path, NULL, data, size);
    else
      tar_add(tar, m->type == 'd' ? '5' : '0', m->path, NULL, m->text, m->text ? strlen(m->text) : 0);
  }
  tar_end(tar);
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(tar);
  g_autoptr(GError) error = NULL;
  CrPassOptions options = {.cache = place->cache, .collectors = collectors, .name = "layer"};
  CrLayer *layer = cr_pass_read_layer(cr_stream_new_bytes(bytes), &options, &error);
  g_assert_no_error(error);
  return layer;
}

static inline Made make(const Place *place, const Member *member)
{
  g_autoptr(GPtrArray) collectors = g_ptr_array_new();
  for (const CrCollector *const *c = cr_inventory_get_collectors(); *c; c++)
    g_ptr_array_add(collectors, (gpointer)*c);
  g_ptr_array_add(collectors, (gpointer)&cr_elf_collector);
  g_ptr_array_add(collectors, NULL);
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_layer_unref);
  for (;; member++) {
    g_ptr_array_add(layers, make_layer(place, &member, (const CrCollector *const *)collectors->pdata));
    if (!member->type)
      break;
  }
  Made made = {.tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len), .problems = cr_problems_new()};
  made.inventory = cr_inventory_read(made.tree, NULL, made.problems);
  return made;
}

static inline void made_clear(Made *made)
{
  cr_inventory_free(made->inventory);
  cr_problems_free(made->problems);
  cr_tree_free(made->tree);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Made, made_clear)

static inline const char *dash(const char *text)
{
  return text ? text : "-";
}

static inline char *list_packages(const Made *made)
{
  GString *out = g_string_new(NULL);
  GPtrArray *packages = cr_inventory_get_packages(made->inventory);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *p = packages->pdata[i];
    g_assert_cmpuint(p->index, ==, i);
    g_string_append_printf(out, "%s %s %s %s %s %s %d %s%s%s\n", p->name, p->version, dash(p->arch), p->source_name,
                           p->source_version, p->status, p->layer, p->held ? "h" : "", p->automatic ? "a" : "",
                           p->essential ? "e" : "");
  }
  return g_string_free(out, FALSE);
}

static inline void check_problems(const Made *made, const char *expected)
{
  g_auto(GStrv) lines = g_strsplit(expected, "\n", -1);
  guint count = *expected ? g_strv_length(lines) : 0;
  for (guint i = 0; i < cr_problems_get_count(made->problems); i++) {
    const CrProblem *problem = cr_problems_get(made->problems, i);
    g_test_message("%s: %s: %s", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  g_assert_cmpuint(cr_problems_get_count(made->problems), ==, count);
  for (guint i = 0; i < count; i++) {
    const CrProblem *problem = cr_problems_get(made->problems, i);
    g_auto(GStrv) words = g_strsplit(lines[i], ": ", 2);
    g_assert_cmpstr(cr_problem_kind_get_name(problem->kind), ==, words[0]);
    g_assert_nonnull(strstr(problem->what, words[1]));
  }
}

static inline void check_cases(const Case *cases, guint count)
{
  g_auto(Place) place;
  place_init(&place);
  for (guint i = 0; i < count; i++) {
    g_auto(Made) made = make(&place, cases[i].members);
    g_autofree char *packages = list_packages(&made);
    const CrOs *os = cr_inventory_get_os(made.inventory);
    g_autofree char *system =
        g_strdup_printf("%s %s %s %s", dash(os->id), dash(os->version), dash(os->codename), dash(os->family));
    g_test_message("%s", cases[i].what);
    g_assert_cmpstr(packages, ==, cases[i].packages ? cases[i].packages : "");
    if (cases[i].problems)
      check_problems(&made, cases[i].problems);
    if (cases[i].os)
      g_assert_cmpstr(system, ==, cases[i].os);
  }
}
