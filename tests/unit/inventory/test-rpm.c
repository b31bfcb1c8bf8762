/* SPDX-License-Identifier: Apache-2.0 */
/* Databases in all their places and forms. What rpm itself says of them is compared in tests/oracle/rpm. */
#include <fcntl.h>

#include "../image/tar.h"
#include "inventory/inventory.h"
#include "inventory/rpm.h"

static GBytes *load(const char *name)
{
  g_autofree char *path = g_build_filename(g_getenv("CAREEN_SOURCE_ROOT"), "fuzz", "corpus", name, NULL);
  char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &data, &size, NULL));
  return g_bytes_new_take(data, size);
}

static CrLayer *read_layer(const Place *place, CrStream *stream)
{
  g_autoptr(GError) error = NULL;
  CrPassOptions options = {.cache = place->cache, .collectors = cr_inventory_get_collectors(), .name = "layer"};
  CrLayer *layer = cr_pass_read_layer(stream, &options, &error);
  g_assert_no_error(error);
  return layer;
}

/* ---- the databases of ../shared/images ---- */

static guint count_packages(const Place *place, const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint(fd, >=, 0);
  g_autoptr(CrLayer) layer = read_layer(place, cr_stream_new_pipe(fd, TRUE));
  g_autoptr(CrTree) tree = cr_tree_new(&layer, 1);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    if (strstr(cr_problems_get(problems, i)->where, "/rpm/"))
      g_error("%s: %s", path, cr_problems_get(problems, i)->what);
  return cr_inventory_get_packages(inventory)->len;
}

static void test_images(void)
{
  g_autofree char *folder = g_build_filename(g_getenv("CAREEN_SHARED"), "images", NULL);
  g_autofree char *manifest = g_build_filename(folder, "MANIFEST.tsv", NULL), *text = NULL;
  if (!g_file_get_contents(manifest, &text, NULL, NULL)) {
    g_test_skip("no ../shared/images");
    return;
  }
  g_auto(Place) place;
  place_init(&place);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint seen = 0;
  for (guint i = 0; lines[i]; i++) {
    g_auto(GStrv) columns = g_strsplit(lines[i], "\t", -1);
    if (g_strv_length(columns) < 9 || !g_str_has_prefix(columns[7], "rpm-"))
      continue;
    g_autofree char *path = g_build_filename(folder, columns[0], NULL);
    g_test_message("%s: %s packages", columns[0], columns[8]);
    g_assert_cmpuint(count_packages(&place, path), ==, (guint)g_ascii_strtoull(columns[8], NULL, 10));
    seen++;
  }
  g_assert_cmpuint(seen, >=, 7);
}

/* ---- places ---- */

#define SQLITE "rpm-sqlite/libuuid"
#define NDB    "rpm-ndb/libuuid"
#define BDB    "rpm-bdb/libuuid"
#define LINE   "bash\t5.1-1.cm2\t1\t2\tMicrosoft Corporation\t(none)\t3\tx86_64\t0\tbash-5.1-1.cm2.src.rpm\n"
#define EPOCH  "bind\t9-2\t1\t2\tMicrosoft Corporation\t32\t3\tx86_64\t32\tbind-9-2.src.rpm\n"
#define KEY    "gpg-pubkey\t1-2\t1\t2\t(none)\t(none)\t0\t(none)\t0\t(none)\n"

typedef struct {
  char type; /* 'f' TEXT, 'c' a file of the corpus, 'l' a link to TEXT, 'w' whiteout, '|' next layer */
  const char *path, *text;
} Member;

static const struct {
  const char *what;
  Member members[6];
  guint packages;
  const char *problem; /* "kind: words of it", or NULL: none */
} places[] = {
    {"bdb", {{'c', "var/lib/rpm/Packages", BDB}}, 1, NULL},
    {"ndb", {{'c', "usr/lib/sysimage/rpm/Packages.db", NDB}}, 1, NULL},
    {"sqlite", {{'c', "usr/share/rpm/rpmdb.sqlite", SQLITE}}, 1, NULL},
    {"an empty log", {{'c', "var/lib/rpm/rpmdb.sqlite", SQLITE}, {'f', "var/lib/rpm/rpmdb.sqlite-wal", ""}}, 1, NULL},
    {"a log of something else",
     {{'c', "var/lib/rpm/rpmdb.sqlite", SQLITE}, {'f', "var/lib/rpm/rpmdb.sqlite-wal", "no log"}},
     1,
     NULL},
    {"a link to a known place",
     {{'l', "var/lib/rpm", "../../usr/lib/sysimage/rpm"}, {'c', "usr/lib/sysimage/rpm/rpmdb.sqlite", SQLITE}},
     1,
     NULL},
    {"a link to another", {{'l', "var/lib/rpm", "/opt/x/rpm"}, {'c', "opt/x/rpm/Packages", BDB}}, 1, NULL},
    {"an older one beside",
     {{'c', "var/lib/rpm/rpmdb.sqlite", SQLITE}, {'c', "var/lib/rpm/Packages", BDB}},
     1,
     "note: another rpm database"},
    {"no bytes", {{'f', "var/lib/rpm/Packages", ""}}, 0, "blind: it is empty"},
    {"no database", {{'f', "var/lib/rpm/Packages", "text"}}, 0, "blind: it is no Berkeley DB file"},
    {"no sqlite", {{'f', "var/lib/rpm/rpmdb.sqlite", "text"}}, 0, "blind: it is no SQLite database"},
    {"no ndb", {{'f', "var/lib/rpm/Packages.db", "text"}}, 0, "blind: it is no rpm database"},
    {"a view for a table", {{'c', "var/lib/rpm/rpmdb.sqlite", "rpm-sqlite/view"}}, 0, "blind: it has no table"},
    {"big endian, no header", {{'c', "var/lib/rpm/Packages", "rpm-bdb/big-endian"}}, 0, "blind: record 1"},
    {"deleted",
     {{'c', "var/lib/rpm/Packages", BDB}, {'|', NULL, NULL}, {'w', "var/lib/.wh.rpm", NULL}},
     0,
     "blind: delet"},
    {"replaced by an older layer's copy",
     {{'f', "var/lib/rpm/Packages", "x"}, {'|', NULL, NULL}, {'c', "var/lib/rpm/Packages", BDB}},
     1,
     NULL},
    {"manifest", {{'f', CR_RPM_MANIFEST, LINE EPOCH KEY}}, 2, NULL},
    {"a bad line", {{'f', CR_RPM_MANIFEST, LINE "x\n"}}, 1, "partial: no package"},
    {"an empty manifest", {{'f', CR_RPM_MANIFEST, "\n"}}, 0, "blind: it names none"},
    {"a database counts more", {{'f', CR_RPM_MANIFEST, LINE EPOCH}, {'c', "var/lib/rpm/Packages", BDB}}, 1, NULL},
};

static CrLayer *make_layer(const Place *place, const Member **member)
{
  GByteArray *tar = g_byte_array_new();
  tar_add_text(tar, "etc/os-release", "ID=fedora\nVERSION_ID=40\n");
  for (; (*member)->type && (*member)->type != '|'; (*member)++) {
    const Member *m = *member;
    g_autoptr(GBytes) bytes = m->type == 'c' ? load(m->text) : g_bytes_new(m->text, m->text ? strlen(m->text) : 0);
    gsize size = 0;
    gconstpointer data = g_bytes_get_data(bytes, &size);
    if (m->type == 'l')
      tar_add(tar, '2', m->path, m->text, NULL, 0);
    else
      tar_add(tar, '0', m->path, NULL, data, size);
  }
  tar_end(tar);
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(tar);
  return read_layer(place, cr_stream_new_bytes(bytes));
}

/* "kind: what" of the first problem that is about rpm. */
static char *find_problem(const CrProblems *problems)
{
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (strstr(problem->where, "rpm") || strstr(problem->what, "rpm"))
      return g_strdup_printf("%s: %s", cr_problem_kind_get_name(problem->kind), problem->what);
  }
  return NULL;
}

static void test_places(void)
{
  g_auto(Place) place;
  place_init(&place);
  for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
    const Member *member = places[i].members;
    CrLayer *layers[2] = {make_layer(&place, &member), NULL};
    guint count = 1;
    if (member->type == '|') {
      member++;
      layers[count++] = make_layer(&place, &member);
    }
    g_autoptr(CrTree) tree = cr_tree_new(layers, count);
    g_autoptr(CrProblems) problems = cr_problems_new();
    g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
    g_autofree char *problem = find_problem(problems);
    g_test_message("%s: %u packages, %s", places[i].what, cr_inventory_get_packages(inventory)->len, problem);
    g_assert_cmpuint(cr_inventory_get_packages(inventory)->len, ==, places[i].packages);
    g_auto(GStrv) words = g_strsplit(places[i].problem ? places[i].problem : "", ": ", 2);
    g_assert_true(!problem == !places[i].problem);
    g_assert_true(!problem || (g_str_has_prefix(problem, words[0]) && strstr(problem, words[1])));
    for (guint k = 0; k < count; k++)
      cr_layer_unref(layers[k]);
  }
}

/* ---- headers ---- */

static void test_header(void)
{
  g_autoptr(GBytes) bytes = load("rpm-header/libuuid");
  gsize size = 0;
  const guint8 *blob = g_bytes_get_data(bytes, &size);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  CrRpmHeader header;
  g_assert_true(cr_rpm_header_parse(blob, size, TRUE, arena, &header, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(header.name, ==, "libuuid");
  g_assert_cmpstr(header.version, ==, "2.32.1-42.el8_8");
  g_assert_cmpstr(header.arch, ==, "x86_64");
  g_assert_cmpstr(header.source_name, ==, "util-linux");
  g_assert_cmpstr(header.source_version, ==, "2.32.1-42.el8_8");
  g_assert_cmpstr(header.licence, ==, "BSD");
  g_assert_null(header.module);
  g_assert_cmpuint(header.files->count, ==, 7);
  g_assert_true(cr_rpm_header_check_digest(blob, size));
  g_assert_true(cr_rpm_header_parse(blob, size, FALSE, arena, &header, &error));
  g_assert_null(header.files);
}

/* Every single byte of what is signed counts, and no change of any byte is more than a refusal. */
static void test_header_damage(void)
{
  g_autoptr(GBytes) bytes = load("rpm-header/libuuid");
  gsize size = 0;
  guint8 *blob = g_bytes_unref_to_data(g_steal_pointer(&bytes), &size);
  g_autoptr(GRand) rand = g_rand_new_with_seed(5);
  guint same = 0;
  for (guint i = 0; i < 3000; i++) {
    gsize at = i < 600 ? i : (gsize)g_rand_int_range(rand, 0, (gint32)size);
    guint8 old = blob[at];
    blob[at] ^= (guint8)(1 << (i % 8));
    g_autoptr(CrArena) arena = cr_arena_new();
    CrRpmHeader header;
    same += cr_rpm_header_parse(blob, size, TRUE, arena, &header, NULL) && cr_rpm_header_check_digest(blob, size);
    blob[at] = old;
  }
  g_test_message("%u changes were not seen", same);
  g_assert_cmpuint(same, <, 300); /* those outside of what is signed: install time, file states, other digests */
  g_free(blob);
}

static const struct {
  const char *file, *name, *version;
} sources[] = {
    {"openssl-1.1.1k-9.el8.src.rpm", "openssl", "1.1.1k-9.el8"},
    {"java-1.8.0-openjdk-1.8.0.1-2.nosrc.rpm", "java-1.8.0-openjdk", "1.8.0.1-2"},
    {"x-1.src.rpm", NULL, NULL},
    {"-1-2.src.rpm", NULL, NULL},
    {"x--2.src.rpm", NULL, NULL},
    {"x-1-2.rpm", NULL, NULL},
    {"(none)", NULL, NULL},
    {"", NULL, NULL},
};

static void test_source(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
    const char *name = NULL, *version = NULL;
    g_assert_cmpint(cr_rpm_split_source(sources[i].file, arena, &name, &version), ==, sources[i].name != NULL);
    g_assert_cmpstr(name, ==, sources[i].name);
    g_assert_cmpstr(version, ==, sources[i].version);
  }
}

/* ---- bounds ---- */

#define U32(n) (guint8)((n) >> 24), (guint8)((n) >> 16), (guint8)((n) >> 8), (guint8)(n)

static const struct {
  const char *what;
  guint8 bytes[48];
  gsize size;
} bounds[] = {
    {"nothing", {0}, 0},
    {"a counter", {U32(1)}, 4},
    {"no entries", {U32(0), U32(0)}, 8},
    {"entries behind the end", {U32(2), U32(0), U32(1000), U32(6), U32(0), U32(1)}, 24},
    {"65536 entries", {U32(65536), U32(0)}, 8},
    {"4 GiB of data", {U32(1), U32(0xffffffffU), U32(1000), U32(6), U32(0), U32(1)}, 24},
    {"data behind the end", {U32(1), U32(100), U32(1000), U32(6), U32(0), U32(1), 'x', 0}, 26},
    {"bytes left over", {U32(1), U32(1), U32(1000), U32(6), U32(0), U32(1), 'x', 0}, 26},
    {"a field behind the data", {U32(1), U32(2), U32(1000), U32(6), U32(3), U32(1), 'x', 0}, 26},
    {"a string without end", {U32(1), U32(2), U32(1000), U32(6), U32(0), U32(1), 'x', 'y'}, 26},
    {"a billion strings", {U32(1), U32(2), U32(1117), U32(8), U32(0), U32(1000000000), 'x', 0}, 26},
    {"only a name", {U32(1), U32(2), U32(1000), U32(6), U32(0), U32(1), 'x', 0}, 26},
};

static void test_bounds(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(bounds); i++) {
    g_autofree guint8 *exact = g_memdup2(bounds[i].bytes, bounds[i].size);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrRpmHeader header;
    g_assert_false(cr_rpm_header_parse(exact, bounds[i].size, TRUE, arena, &header, &error));
    g_test_message("%s: %s", bounds[i].what, error->message);
    g_assert_true(cr_rpm_header_check_digest(exact, bounds[i].size));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rpm/images", test_images);
  g_test_add_func("/rpm/places", test_places);
  g_test_add_func("/rpm/header", test_header);
  g_test_add_func("/rpm/header-damage", test_header_damage);
  g_test_add_func("/rpm/source", test_source);
  g_test_add_func("/rpm/bounds", test_bounds);
  return g_test_run();
}
