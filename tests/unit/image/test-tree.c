/* SPDX-License-Identifier: Apache-2.0 */
/* Whole trees are compared with umoci's in tests/oracle/merged-tree; here the rules one by one, and the look-ups. */
#include "image/tree.h"
#include "tar.h"

#define STRV(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define MAX_LAYERS 4

static CrTree *make_tree(const Place *place, const char *const *const *stack)
{
  CrLayer *layers[MAX_LAYERS];
  guint count = 0;
  for (; count < MAX_LAYERS && stack[count]; count++)
    layers[count] = read_tar(place, tar_make(stack[count]));
  CrTree *tree = cr_tree_new(layers, count);
  for (guint i = 0; i < count; i++)
    cr_layer_unref(layers[i]);
  return tree;
}

static gboolean append_node(const CrNode *node, gpointer data)
{
  static const char letters[] = "fdl?cbps";
  g_string_append_printf(data, "%c%s@%u ", letters[node->type], node->path, node->layer);
  return TRUE;
}

static const struct {
  const char *what;
  const char *const *stack[MAX_LAYERS + 1];
  const char *tree; /* "TYPE path @ layer" of all that is visible */
} merges[] = {
    {"later layers win", {STRV("f a", "d d", "f d/x"), STRV("f a", "f d/y")}, "fa@1 dd@1 fd/x@0 fd/y@1 "},
    {"whiteout", {STRV("f a", "d d", "f d/x", "f e"), STRV("w a", "w d")}, "fe@0 "},
    {"whiteout of what is not there", {STRV("f a"), STRV("w b")}, "fa@0 "},
    {"a whiteout hides lower layers only", {STRV("f a"), STRV("w a", "f a")}, "fa@1 "},
    {"…in whatever order", {STRV("f a"), STRV("f a", "w a")}, "fa@1 "},
    {"re-added above a whiteout", {STRV("d d", "f d/x", "f d/y"), STRV("w d"), STRV("d d", "f d/y")}, "dd@2 fd/y@2 "},
    {"opaque", {STRV("d d", "f d/x", "d d/s", "f d/s/z"), STRV("d d", "o d", "f d/y")}, "dd@1 fd/y@1 "},
    {"opaque behind its entries", {STRV("d d", "f d/x"), STRV("d d", "f d/y", "o d")}, "dd@1 fd/y@1 "},
    {"opaque root", {STRV("f a", "d d"), STRV("o .", "f b")}, "fb@1 "},
    {"a file over a folder", {STRV("d d", "f d/x"), STRV("f d")}, "fd@1 "},
    {"…and a folder over that", {STRV("d d", "f d/x"), STRV("f d"), STRV("d d", "f d/z")}, "dd@2 fd/z@2 "},
    {"a folder over a file", {STRV("f d"), STRV("d d", "f d/x")}, "dd@1 fd/x@1 "},
    {"a link over a folder", {STRV("d d", "f d/x", "d e"), STRV("l d e")}, "ld@1 de@0 "},
    {"hard link to this layer", {STRV("f a one", "h b a")}, "fa@0 fb@0 "},
    {"hard link to a lower layer", {STRV("f a one"), STRV("h b a")}, "fa@0 fb@1 "},
    {"hard link outlives its target", {STRV("f a one", "h b a"), STRV("w a")}, "fb@0 "},
    {"names alike", {STRV("d a", "f a/x", "f a-b", "f ab"), STRV("w a")}, "fa-b@0 fab@0 "},
};

static void test_merge(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(merges); i++) {
    g_auto(Place) place;
    place_init(&place);
    g_autoptr(CrTree) tree = make_tree(&place, merges[i].stack);
    g_autoptr(GString) got = g_string_new(NULL);
    cr_tree_foreach(tree, "", append_node, got);
    if (strcmp(got->str, merges[i].tree) != 0)
      g_error("%s: '%s', not '%s'", merges[i].what, got->str, merges[i].tree);
  }
}

static const char *const *const look_up_stack[] = {
    STRV("d usr", "d usr/bin", "f usr/bin/sh", "l bin usr/bin", "l abs /usr/bin/sh", "l up ../../../usr",
         "l loop loop2", "l loop2 loop", "l self self", "l dangling nowhere", "l usr/rel ../usr/bin/sh", "l chain abs",
         "l slash /", "f file", "d etc", "l etc/os-release ../usr/lib/os-release", "d usr/lib", "f usr/lib/os-release",
         "f gone", "l dir/ usr"),
    STRV("w gone", "l etc/x /usr/lib/os-release"), NULL};

static const struct {
  const char *path;
  gboolean nofollow;
  CrTreeResult result;
  const char *found;
} look_ups[] = {
    {"usr/bin/sh", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"/usr//bin/./sh", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"bin/sh", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"bin", TRUE, CR_TREE_FOUND, "bin"},
    {"bin/sh", TRUE, CR_TREE_FOUND, "usr/bin/sh"}, /* links in the middle are followed all the same */
    {"abs", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"chain", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"up/bin/sh", FALSE, CR_TREE_FOUND, "usr/bin/sh"}, /* ".." stops at the root */
    {"../../bin/sh", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"usr/bin/../lib/os-release", FALSE, CR_TREE_FOUND, "usr/lib/os-release"},
    {"bin/../lib/os-release", FALSE, CR_TREE_FOUND, "usr/lib/os-release"}, /* ".." after the link, as the kernel */
    {"usr/rel", FALSE, CR_TREE_FOUND, "usr/bin/sh"},
    {"slash/etc/os-release", FALSE, CR_TREE_FOUND, "usr/lib/os-release"},
    {"etc/x", FALSE, CR_TREE_FOUND, "usr/lib/os-release"},
    {"", FALSE, CR_TREE_FOUND, ""},
    {"/", FALSE, CR_TREE_FOUND, ""},
    {"loop", FALSE, CR_TREE_LOOP, NULL},
    {"self/x", FALSE, CR_TREE_LOOP, NULL},
    {"loop", TRUE, CR_TREE_FOUND, "loop"},
    {"dangling", FALSE, CR_TREE_DANGLING, NULL},
    {"dangling", TRUE, CR_TREE_FOUND, "dangling"},
    {"dangling/x", FALSE, CR_TREE_DANGLING, NULL},
    {"nothing", FALSE, CR_TREE_ABSENT, NULL},
    {"file/x", FALSE, CR_TREE_ABSENT, NULL},
    {"gone", FALSE, CR_TREE_ABSENT, NULL},
};

static void test_find(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(CrTree) tree = make_tree(&place, look_up_stack);
  for (guint i = 0; i < G_N_ELEMENTS(look_ups); i++) {
    CrNode node = {0};
    CrTreeResult result = look_ups[i].nofollow ? cr_tree_find_nofollow(tree, look_ups[i].path, &node)
                                               : cr_tree_find(tree, look_ups[i].path, &node);
    if (result != look_ups[i].result)
      g_error("'%s': result %d", look_ups[i].path, result);
    if (result == CR_TREE_FOUND)
      g_assert_cmpstr(node.path, ==, look_ups[i].found);
  }
  CrNode node;
  g_assert_cmpint(cr_tree_find_at(tree, "usr/bin", "../lib/os-release", &node), ==, CR_TREE_FOUND);
  g_assert_cmpstr(node.path, ==, "usr/lib/os-release");
  g_assert_cmpint(cr_tree_find_at(tree, "usr/bin", "/file", &node), ==, CR_TREE_FOUND);
  g_assert_cmpint(cr_tree_find_hidden(tree, "gone"), ==, 0);
  g_assert_cmpint(cr_tree_find_hidden(tree, "never"), ==, -1);
}

static void test_children(void)
{
  g_auto(Place) place;
  place_init(&place);
  const char *const *const stack[] = {STRV("d d", "f d/b", "f d/a", "d d/s", "f d/s/x", "f d-", "f d/gone", "l link d"),
                                      STRV("f d/c", "w d/gone", "f d/s-"), NULL};
  g_autoptr(CrTree) tree = make_tree(&place, stack);
  g_autoptr(GString) got = g_string_new(NULL);
  cr_tree_foreach_child(tree, "d", append_node, got);
  g_assert_cmpstr(got->str, ==, "fd/a@0 fd/b@0 fd/c@1 dd/s@0 fd/s-@1 ");
  g_string_truncate(got, 0);
  cr_tree_foreach_child(tree, "link/s", append_node, got);
  g_assert_cmpstr(got->str, ==, "fd/s/x@0 ");
  g_string_truncate(got, 0);
  cr_tree_foreach_child(tree, "d/a", append_node, got);
  cr_tree_foreach_child(tree, "none", append_node, got);
  g_assert_cmpstr(got->str, ==, "");
}

static gboolean append_facts(const CrNode *node, gpointer data)
{
  gpointer *both = data;
  g_autoptr(GBytes) facts = cr_tree_get_facts(both[0], node, "keep");
  g_string_append_printf(both[1], "%s=%.*s ", node->path, (int)g_bytes_get_size(facts),
                         (const char *)g_bytes_get_data(facts, NULL));
  return TRUE;
}

static void test_facts(void)
{
  g_auto(Place) place;
  place_init(&place);
  const char *const *const stack[] = {STRV("f a one", "f b two", "f c three", "d d", "f d/x four", "h e a"),
                                      STRV("f b new", "w c", "h f a", "f d"), STRV("f a last"), NULL};
  g_autoptr(CrTree) tree = make_tree(&place, stack);
  g_autoptr(GString) got = g_string_new(NULL);
  gpointer both[] = {tree, got};
  cr_tree_foreach_facts(tree, "keep", append_facts, both);
  /* a hard link shows what its target was in its own layer; hidden files have no facts; f, whose target is in a lower
   * layer, is found by name alone */
  g_assert_cmpstr(got->str, ==, "a=last b=new d=d e=one ");
  g_autoptr(GBytes) facts = cr_tree_find_facts(tree, "/f", "keep");
  g_assert_cmpuint(g_bytes_get_size(facts), ==, 3);
  g_assert_null(cr_tree_find_facts(tree, "c", "keep"));
}

/* A layer that could not be read hides nothing and shows nothing. */
static void test_missing_layer(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(CrLayer) layer = read_tar(&place, tar_make(STRV("f a")));
  CrLayer *layers[] = {NULL, layer, NULL};
  g_autoptr(CrTree) tree = cr_tree_new(layers, 3);
  g_autoptr(GString) got = g_string_new(NULL);
  cr_tree_foreach(tree, "", append_node, got);
  g_assert_cmpstr(got->str, ==, "fa@1 ");
  g_assert_cmpint(cr_tree_find(tree, "a", NULL), ==, CR_TREE_FOUND);
}

/* 41 links are one too many, as Linux says; hostile stacks of links end quickly. */
static void test_link_limit(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(members, g_strdup("f l0"));
  for (guint i = 1; i <= 41; i++)
    g_ptr_array_add(members, g_strdup_printf("l l%u l%u", i, i - 1));
  g_ptr_array_add(members, NULL);
  const char *const *const stack[] = {(const char *const *)members->pdata, NULL};
  g_autoptr(CrTree) tree = make_tree(&place, stack);
  g_assert_cmpint(cr_tree_find(tree, "l40", NULL), ==, CR_TREE_FOUND);
  g_assert_cmpint(cr_tree_find(tree, "l41", NULL), ==, CR_TREE_LOOP);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/tree/merge", test_merge);
  g_test_add_func("/image/tree/find", test_find);
  g_test_add_func("/image/tree/children", test_children);
  g_test_add_func("/image/tree/facts", test_facts);
  g_test_add_func("/image/tree/missing-layer", test_missing_layer);
  g_test_add_func("/image/tree/link-limit", test_link_limit);
  return g_test_run();
}
