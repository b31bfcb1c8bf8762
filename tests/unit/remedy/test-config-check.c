/* SPDX-License-Identifier: Apache-2.0 */
/* What may differ between the configs of an image and of its patch. */
#include <string.h>

#include "remedy/config-check.h"

#define OLD                                                                                                            \
  "{\"architecture\":\"amd64\",\"config\":{\"User\":\"app\",\"Labels\":{\"a\":\"b\"}},\"history\":[{\"created_by\":"   \
  "\"x\"}],\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:1\"]}}"
#define NEW(architecture, config, labels, history, ids)                                                                \
  "{\"architecture\":\"" architecture "\",\"config\":{" config "\"Labels\":{" labels "}},\"history\":[" history        \
  "],\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ids "]}}"
#define USER    "\"User\":\"app\","
#define LABELS  "\"a\":\"b\",\"careen.patch.packages\":\"x\""
#define HISTORY "{\"created_by\":\"x\"},{\"created_by\":\"careen\"}"
#define IDS     "\"sha256:1\",\"sha256:2\""

typedef struct {
  const char *name, *old, *now;
  const char *wanted; /* a part of what is said; NULL: it passes */
} Row;

static const Row rows[] = {
    {"same", OLD, NEW("amd64", USER, LABELS, HISTORY, IDS), NULL},
    {"no-labels", "{\"rootfs\":{\"diff_ids\":[]}}", "{\"rootfs\":{\"diff_ids\":[\"sha256:2\"]}}", NULL},
    {"no-layer", OLD, NEW("amd64", USER, LABELS, HISTORY, "\"sha256:1\""), "diff_ids"},
    {"other-layer", OLD, NEW("amd64", USER, LABELS, HISTORY, "\"sha256:1\",\"sha256:3\""), "diff_ids"},
    {"first-layer", OLD, NEW("amd64", USER, LABELS, HISTORY, "\"sha256:2\",\"sha256:1\""), "diff_ids"},
    {"no-history", OLD, NEW("amd64", USER, LABELS, "{\"created_by\":\"x\"}", IDS), "history"},
    {"other-history", OLD, NEW("amd64", USER, LABELS, "{\"created_by\":\"y\"},{}", IDS), "history"},
    {"user", OLD, NEW("amd64", "\"User\":\"root\",", LABELS, HISTORY, IDS), "config.User is not as it was"},
    {"user-gone", OLD, NEW("amd64", "", LABELS, HISTORY, IDS), "config.User is not as it was"},
    {"entrypoint", OLD, NEW("amd64", USER "\"Entrypoint\":[\"x\"],", LABELS, HISTORY, IDS), "config.Entrypoint is new"},
    {"label", OLD, NEW("amd64", USER, LABELS ",\"c\":\"d\"", HISTORY, IDS), "config.Labels.c is new"},
    {"label-changed", OLD, NEW("amd64", USER, "\"a\":\"c\"", HISTORY, IDS), "config.Labels.a is not as it was"},
    {"architecture", OLD, NEW("arm64", USER, LABELS, HISTORY, IDS), "architecture is not as it was"},
    {"no-json", OLD, "{", "config"},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  CrPatchProof proof = {.arena = cr_arena_new(), .checks = g_ptr_array_new(), .passed = TRUE};
  g_autoptr(GBytes) old = g_bytes_new_static(row->old, strlen(row->old));
  g_autoptr(GBytes) now = g_bytes_new_static(row->now, strlen(row->now));
  cr_config_check(&proof, old, now, "sha256:2");
  const CrCheck *check = proof.checks->pdata[0];
  g_test_message("%s", check->detail);
  g_assert_cmpint(check->passed, ==, row->wanted == NULL);
  g_assert_true(!row->wanted || strstr(check->detail, row->wanted));
  g_ptr_array_unref(proof.checks);
  cr_arena_free(proof.arena);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/config-check/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  return g_test_run();
}
