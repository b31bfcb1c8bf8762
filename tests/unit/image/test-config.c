/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "image/manifest.h"

#define D(c)                                                                                                           \
  "sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
      c c c c c c c c c c c
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D("a") "\",\"" D("b") "\"]}"

static gboolean apply(const char *text, const CrManifest *layers, CrArena *arena, CrImage *image, GError **error)
{
  return cr_manifest_apply_config(text, strlen(text), "config C", layers, arena, image, error);
}

static void clear(CrImage *image)
{
  g_clear_pointer((GBytes **)&image->raw_config, g_bytes_unref);
}

static void test_full(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  CrImage *image = cr_image_new(arena);
  CrDescriptor entries[] = {{.digest = D("c"), .size_bytes = 10, .media_type = "m"},
                            {.digest = D("d"), .size_bytes = 5}};
  CrManifest layers = {
      .count = 2, .entries = entries, .annotation_names = cr_strv_empty, .annotation_values = cr_strv_empty};
  const char *text =
      "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\",\"created\":\"2026-01-02T03:04:05Z\",\"config\":{"
      "\"User\":\"www\",\"WorkingDir\":\"/srv\",\"StopSignal\":\"SIGQUIT\",\"Entrypoint\":[\"/"
      "e\"],\"Cmd\":[\"a\",\"b\"],"
      "\"Env\":[\"A=1\"],\"Labels\":{\"l\":\"v\"},\"Volumes\":{\"/data\":{}},\"ExposedPorts\":{\"80/tcp\":{}},"
      "\"OnBuild\":null,\"Shell\":[\"/bin/bash\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"curl\",\"x\"]}}," ROOTFS
      ",\"history\":[{\"created_by\":\"ADD x\"},{\"created_by\":\"ENV A\",\"empty_layer\":true},{\"created_by\":\"RUN "
      "y\"}]}";
  gboolean ok = apply(text, &layers, arena, image, &error);
  g_assert_no_error(error);
  g_assert_true(ok);
  g_assert_true(image->has_config);
  g_assert_cmpstr(image->platform, ==, "linux/arm/v7");
  g_assert_cmpstr(image->created, ==, "2026-01-02T03:04:05Z");
  g_assert_cmpstr(image->user, ==, "www");
  g_assert_cmpstr(image->workdir, ==, "/srv");
  g_assert_cmpstr(image->stop_signal, ==, "SIGQUIT");
  g_assert_cmpstr(image->entrypoint[0], ==, "/e");
  g_assert_cmpstr(image->cmd[1], ==, "b");
  g_assert_cmpstr(image->env[0], ==, "A=1");
  g_assert_cmpstr(image->shell[0], ==, "/bin/bash");
  g_assert_cmpstr(image->volumes[0], ==, "/data");
  g_assert_cmpstr(image->exposed_ports[0], ==, "80/tcp");
  g_assert_null(image->onbuild[0]);
  g_assert_cmpstr(cr_image_find_label(image, "l"), ==, "v");
  g_assert_cmpstr(image->health.test_kind, ==, "CMD");
  g_assert_cmpstr(image->health.command[1], ==, "x");
  g_assert_cmpuint(image->layer_count, ==, 2);
  g_assert_cmpstr(image->layers[1].diff_id, ==, D("b"));
  g_assert_cmpstr(image->layers[1].digest, ==, D("d"));
  g_assert_cmpstr(image->layers[1].created_by, ==, "RUN y");
  g_assert_cmpint(image->size_bytes, ==, 15);
  g_assert_cmpstr(image->history[1], ==, "ENV A");
  g_assert_cmpuint(g_bytes_get_size((GBytes *)image->raw_config), ==, strlen(text));
  clear(image);
}

/* Every vector and string is there although the document says nothing. */
static void test_empty(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrImage *image = cr_image_new(arena);
  g_assert_true(apply("{\"config\":null,\"rootfs\":{\"diff_ids\":null}}", NULL, arena, image, NULL));
  g_assert_cmpuint(image->layer_count, ==, 0);
  g_assert_cmpstr(image->platform, ==, "unknown/unknown");
  g_assert_null(image->entrypoint[0]);
  g_assert_null(image->history[0]);
  g_assert_null(image->health.test_kind);
  g_assert_cmpstr(image->user, ==, "");
  clear(image);
}

/* Docker reads a lone string as a command of one word. A history that does not fit the layers names none of them. */
static void test_lenient(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrImage *image = cr_image_new(arena);
  g_assert_true(apply("{\"config\":{\"Entrypoint\":\"nginx\"}," ROOTFS ",\"history\":[{\"created_by\":\"x\"}]}", NULL,
                      arena, image, NULL));
  g_assert_cmpstr(image->entrypoint[0], ==, "nginx");
  g_assert_null(image->entrypoint[1]);
  g_assert_null(image->layers[0].created_by);
  g_assert_cmpstr(image->history[0], ==, "x");
  clear(image);
}

static const struct {
  const char *text, *why;
} bad[] = {
    {"[]", "not an object"},
    {"{}", "no 'rootfs'"},
    {"{\"rootfs\":7}", "'rootfs' is an integer, not an object"},
    {"{\"rootfs\":{\"diff_ids\":\"x\"}}", "'rootfs.diff_ids' is a string, not an array"},
    {"{\"rootfs\":{\"diff_ids\":[1]}}", "'rootfs.diff_ids[0]' is an integer"},
    {"{\"rootfs\":{\"diff_ids\":[\"x\"]}}", "64 hexadecimal digits"},
    {"{\"config\":\"x\"," ROOTFS "}", "'config' is a string"},
    {"{\"config\":{\"Cmd\":3}," ROOTFS "}", "'config.Cmd' is an integer"},
    {"{\"config\":{\"Env\":{}}," ROOTFS "}", "'config.Env' is an object"},
    {"{\"config\":{\"Env\":\"A=1\"}," ROOTFS "}", "'config.Env' is a string"},
    {"{\"config\":{\"Labels\":[]}," ROOTFS "}", "'config.Labels' is an array"},
    {"{\"config\":{\"Labels\":{\"a\":1}}," ROOTFS "}", "not a string"},
    {"{\"config\":{\"User\":5}," ROOTFS "}", "'config.User' is an integer"},
    {"{\"history\":{}," ROOTFS "}", "'history' is an object"},
    {"{\"history\":[1]," ROOTFS "}", "'history[0]' is not an object"},
    {"{\"history\":[{\"created_by\":1}]," ROOTFS "}", "'history[0].created_by' is an integer"},
    {"{\"os\":1," ROOTFS "}", "'os' is an integer"},
};

static void test_bad(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrImage *image = cr_image_new(arena);
    g_assert_false(apply(bad[i].text, NULL, arena, image, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    if (!strstr(error->message, bad[i].why) || !strstr(error->message, "config C"))
      g_error("row %u: '%s' does not say '%s'", i, error->message, bad[i].why);
  }
}

static void test_layers_must_fit(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  CrDescriptor entries[] = {{.digest = D("c"), .size_bytes = 10}};
  CrManifest layers = {.count = 1, .entries = entries};
  g_assert_false(apply("{" ROOTFS "}", &layers, arena, cr_image_new(arena), &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error(&error);
  CrDescriptor huge[] = {{.digest = D("c"), .size_bytes = G_MAXINT64}, {.digest = D("d"), .size_bytes = 1}};
  layers = (CrManifest){.count = 2, .entries = huge};
  g_assert_false(apply("{" ROOTFS "}", &layers, arena, cr_image_new(arena), &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/config/full", test_full);
  g_test_add_func("/image/config/empty", test_empty);
  g_test_add_func("/image/config/lenient", test_lenient);
  g_test_add_func("/image/config/bad", test_bad);
  g_test_add_func("/image/config/layers-must-fit", test_layers_must_fit);
  return g_test_run();
}
