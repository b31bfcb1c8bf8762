/* SPDX-License-Identifier: Apache-2.0 */
/* Which layer an old-style member of an export is, with what Docker 20.10 wrote (tests/data/export-v1). */
#include <string.h>

#include "image/engine.h"
#include "image/manifest.h"

static CrLayerInfo layers[] = {
    {.diff_id = "sha256:ecda988be8cc2a3f38deec2b4b25034b1197ff7ef9c857e29bd16aa2995ae12d"},
    {.diff_id = "sha256:4f5d7688a016f6dd4ffec15928bc8f97d6cdbd641e3abb972f7e52646081ea24"},
    {.diff_id = "sha256:e5423ed7e4c32bba6ef4598adc9e71ad7fdf57d0a6f43bba9234824a48320b39"},
    {.diff_id = NULL}, /* a container's own */
};
static const CrImage image = {.layers = layers, .layer_count = G_N_ELEMENTS(layers)};

#define BASE   "10a2b3efcec2a3f940ddf4ce7bef1042d62c66e133ca88c095680bb9547bd07f"
#define MIDDLE "83853706c23d390434f34fc46b7fe7cb3a47483ae3f8205fcc3bf7abbe8eb59b"
#define TOP    "0acfe68f5471752bfb9787df5e75aa196c6bbd125ba59c24b0e82ece70f77e03"

static void test_find(void)
{
  static const struct {
    const char *file, *hex;
    int layer;
  } rows[] = {
      {"base.json", BASE, 0},    {"middle.json", MIDDLE, 1}, {"top.json", TOP, 2},
      {"base.json", MIDDLE, -1}, {"top.json", BASE, -1},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "export-v1", rows[i].file, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    g_assert_cmpint(cr_export_find_legacy(&image, rows[i].hex, text, size), ==, rows[i].layer);
    /* any other description proves nothing */
    text[size - 4] ^= 1;
    if (strcmp(rows[i].file, "top.json") == 0) /* there "os" counts, in the others it was added later */
      g_assert_cmpint(cr_export_find_legacy(&image, rows[i].hex, text, size), ==, -1);
  }
}

static void test_bad(void)
{
  static const char *const texts[] = {"",
                                      "{",
                                      "{}",
                                      "[]",
                                      "{\"",
                                      "{\"a",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":\"",
                                      "{\"a\":\"\\",
                                      "{\"parent\":\"",
                                      "{\"parent\":1}",
                                      "{\"layer_id\":\"@\"}",
                                      "{\"a\":]]]]}"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    g_assert_cmpint(cr_export_find_legacy(&image, BASE, texts[i], strlen(texts[i])), ==, -1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/export-v1/find", test_find);
  g_test_add_func("/export-v1/bad", test_bad);
  return g_test_run();
}
