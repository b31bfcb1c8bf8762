/* SPDX-License-Identifier: Apache-2.0 */
/* The exact bytes of a record's VEX and provenance, of a patch made by hand. CAREEN_ACCEPT_OUTPUT=1 writes what came.
 */
#include "config.h"
#include "report/record.h"
#include "sample.h"

#include <string.h>

#define HEX(c)    c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c
#define DIGEST(c) "sha256:" HEX(c) HEX(c)

static CrPackage new_package = {
    .type = "deb",
    .name = "libssl3",
    .version = "3.0.22-1~deb12u1",
    .arch = "amd64",
    .purl = "pkg:deb/debian/libssl3@3.0.22-1~deb12u1?arch=amd64&distro=debian-12",
};
static CrLayerInfo layers[] = {{.diff_id = DIGEST("1")}, {.diff_id = DIGEST("2")}};
static CrArchive archives[] = {
    {.name = "bookworm-security",
     .is_signed = TRUE,
     .date = "2026-11-24T20:00:00Z",
     .uri = "http://deb.debian.org/debian-security/",
     .release = "http://deb.debian.org/debian-security/dists/bookworm-security/InRelease",
     .release_sha256 = HEX("3") HEX("3")},
    {.name = "unsigned", .release = "http://example.org/InRelease"},
};
static const CrArchive *const archive_list[] = {&archives[0], &archives[1], NULL};
static CrChange changes[] = {
    {.name = "libnew1",
     .arch = "amd64",
     .file = {.name = "libnew1",
              .version = "1",
              .arch = "amd64",
              .filename = "pool/libnew1_1_amd64.deb",
              .sha256 = HEX("4") HEX("4"),
              .size_bytes = 10,
              .archive = &archives[0]}},
    {.name = "libssl3",
     .arch = "amd64",
     .package = &sample_packages[2],
     .file = {.name = "libssl3",
              .version = "3.0.22-1~deb12u1",
              .arch = "amd64",
              .filename = "pool/libssl3.deb",
              .sha256 = HEX("5") HEX("5"),
              .size_bytes = 2000,
              .archive = &archives[0]}},
    {.name = "gone", .arch = "amd64", .package = &sample_packages[3]},
};

typedef struct {
  CrScan *scan;
  CrScan after;
  CrImage image, result;
  CrPlan plan;
  CrPatch patch;
  CrRemedy remedy;
} Sample;

static void sample_begin(Sample *sample)
{
  sample->scan = sample_scan_new();
  sample->image = *sample->scan->image;
  sample->image.ref = "docker:shop/web:4";
  sample->image.id = DIGEST("a");
  sample->image.platform = "linux/amd64";
  sample->image.architecture = "amd64";
  sample->image.layers = layers;
  sample->image.layer_count = 2;
  sample->scan->image = &sample->image;
  sample->scan->created = "2026-11-28T00:00:00Z";
  sample->scan->archives = archive_list;
  sample->scan->archive_count = 2;
  sample->plan = (CrPlan){.arena = cr_arena_new(), .fixes = g_ptr_array_new(), .changes = g_ptr_array_new()};
  for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
    g_ptr_array_add(sample->plan.changes, &changes[i]);
  sample->patch = (CrPatch){.diff_id = (char *)DIGEST("6"), .epoch = 1790000000};
  sample->remedy =
      (CrRemedy){.arena = cr_arena_new(), .scan = sample->scan, .plan = &sample->plan, .patch = &sample->patch};
  sample->remedy.original = (CrOriginal){.name = "shop/web:4", .digest = DIGEST("b")};
  sample->after = (CrScan){.image = &sample->image, .packages = g_ptr_array_new()};
  g_ptr_array_add(sample->after.packages, &new_package);
}

static void sample_end(Sample *sample)
{
  g_ptr_array_unref(sample->after.packages);
  g_ptr_array_unref(sample->plan.fixes);
  g_ptr_array_unref(sample->plan.changes);
  cr_arena_free(sample->plan.arena);
  cr_arena_free(sample->remedy.arena);
  sample_scan_free(sample->scan);
}

static void assert_file(const char *name, GBytes *bytes)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "report", name, NULL);
  g_autofree char *whole = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)), *wanted = NULL;
  g_auto(GStrv) parts = g_strsplit(whole, CR_VERSION, -1);
  g_autofree char *text = g_strjoinv("VERSION", parts);
  if (g_getenv("CAREEN_ACCEPT_OUTPUT"))
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_true(g_file_get_contents(path, &wanted, NULL, NULL));
  g_assert_cmpstr(text, ==, wanted);
}

static const CrSubject subjects[] = {{"registry.example/shop/web:4-patched", DIGEST("c")},
                                     {"registry.example/shop/web:4-patched", DIGEST("d")}};
static const CrRecordSubjects about = {"registry.example/shop/web:4-patched", subjects, 2};

static void test_vex(void)
{
  Sample sample;
  sample_begin(&sample);
  g_autoptr(GBytes) vex = cr_patch_record_write_vex(&sample.remedy, &sample.after, &about, "careen");
  assert_file("record-openvex.json", vex);
  g_ptr_array_set_size(sample.plan.changes, 1); /* what is new mends nothing */
  g_assert_null(cr_patch_record_write_vex(&sample.remedy, &sample.after, &about, "careen"));
  sample_end(&sample);
}

static void test_provenance(void)
{
  static const char *const names[] = {"updates", "hold", NULL}, *const values[] = {"security", "linux-*,g\"c", NULL};
  Sample sample;
  sample_begin(&sample);
  g_autoptr(GBytes) content = g_bytes_new_static("{}", 2);
  CrRecordPart part = {.file = "remedy.json", .artifact_type = CR_TYPE_REMEDY, .content = content};
  g_autoptr(GPtrArray) parts = g_ptr_array_new();
  g_ptr_array_add(parts, &part);
  CrRecordOptions options = {.parameter_names = names, .parameter_values = values};
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) provenance = cr_patch_record_write_provenance(&sample.remedy, &about, &options, parts, &error);
  g_assert_no_error(error);
  assert_file("record-provenance.json", provenance);
  sample_end(&sample);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/vex", test_vex);
  g_test_add_func("/record/provenance", test_provenance);
  return g_test_run();
}
