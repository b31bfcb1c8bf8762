/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of support: https://endoflife.date/api/PRODUCT.json, a list of release cycles. Kept as it is: vendor/support.h
 * understands it, from here or from the site itself. */
#include <string.h>

#include "advisory/feed.h"
#include "base/json.h"

/* Products of the systems that OSV names; Debian's and Ubuntu's dates come from distro-info-data. */
static const struct {
  const char *ecosystem, *product;
} products[] = {
    {"Alpine", "alpine-linux"}, {"AlmaLinux", "almalinux"},   {"Rocky Linux", "rocky-linux"}, {"Red Hat", "rhel"},
    {"Red Hat", "centos"},      {"Red Hat", "centos-stream"}, {"openSUSE", "opensuse"},       {"SUSE", "sles"},
    {"Debian", "debian"},       {"Ubuntu", "ubuntu"},
};
/* Without an ecosystem of OSV; with --all. */
static const char *const others[] = {"amazon-linux", "azure-linux", "fedora", "oracle-linux", "photon", "openwrt"};

static void add_file(const CrFeed *feed, const char *product, GPtrArray *files)
{
  g_autofree char *name = g_strconcat("endoflife/", product, NULL);
  g_autofree char *path = g_strconcat(name, ".json", NULL);
  g_autofree char *address = g_strconcat("https://endoflife.date/api/", product, ".json", NULL);
  CrFeedFile *file = cr_feed_file_new(feed, name, "endoflife", path, address, "MIT");
  file->optional = TRUE; /* the site renames products */
  g_ptr_array_add(files, file);
}

static void plan_endoflife(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  if (wants->folder) {
    g_auto(GStrv) names = cr_feed_list_folder(wants, "endoflife", ".json");
    for (guint i = 0; names[i]; i++)
      if (strcmp(names[i], "all") != 0) /* the list of products */
        add_file(feed, names[i], files);
    return;
  }
  gboolean none = !wants->ecosystems || !wants->ecosystems[0];
  for (guint i = 0; i < G_N_ELEMENTS(products); i++)
    if (cr_feed_wants(wants, products[i].ecosystem) || (none && !strcmp(products[i].product, "debian")))
      add_file(feed, products[i].product, files);
  for (guint i = 0; i < G_N_ELEMENTS(others) && wants->all; i++)
    add_file(feed, others[i], files);
}

static void take_endoflife(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, name, &error);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  guint cycles = 0;
  for (guint i = 0; i < cr_json_get_length(root) && cr_json_is(root, CR_JSON_ARRAY); i++)
    cycles += cr_json_find_string(cr_json_get_element(root, i), "cycle", NULL) ? 1 : 0;
  if (!cycles) {
    cr_builder_skip(builder, name, error ? error->message : "it is no list of release cycles");
    return;
  }
  for (guint i = 0; i < cr_json_get_length(root); i++)
    cr_builder_see_time(builder, cr_json_find_string(cr_json_get_element(root, i), "latestReleaseDate", NULL));
  CrBuiltDocument document = {cr_arena_strdup(builder->arena, file->name + strlen("endoflife/")),
                              g_bytes_new(data, size)};
  g_array_append_val(builder->documents, document);
  builder->records += cycles;
}

const CrFeed cr_feed_endoflife = {
    .name = "endoflife", .plan = plan_endoflife, .read = cr_feed_read_whole, .take = take_endoflife};
