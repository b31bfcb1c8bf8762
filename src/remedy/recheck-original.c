/* SPDX-License-Identifier: Apache-2.0 */
/* What is below the patch layer. By the reverse of what a patch adds (image/peel.h) the original's config comes out
 * byte for byte, and with its digest every layer of it; only a tool that writes configs anew makes another comparison
 * needed. */
#include <string.h>

#include "base/digest.h"
#include "remedy/publish.h"
#include "remedy/recheck-private.h"

static char *digest_config(const CrImage *image)
{
  gsize size = 0;
  const void *data = image->raw_config ? g_bytes_get_data((GBytes *)image->raw_config, &size) : NULL;
  return data ? cr_digest_of(data, size) : g_strdup(image->id);
}

/* ---- as the provenance names it ---- */

static const CrJson *find_original(const Rechecking *rechecking)
{
  const CrJson *all = cr_recheck_get_dependencies(rechecking);
  for (guint i = 0; i < cr_json_get_length(all); i++)
    if (!g_strcmp0(cr_json_find_string(cr_json_get_element(all, i), "name", NULL), "original"))
      return cr_json_get_element(all, i);
  return NULL;
}

static void check_provenance(Rechecking *rechecking, const CrImage *image)
{
  const CrJson *original = find_original(rechecking), *annotations = cr_json_find(original, "annotations");
  const CrJson *diff_ids = cr_json_find(annotations, "diff_ids");
  const char *hex = cr_json_find_string(cr_json_find(original, "digest"), "sha256", "");
  const char *label = cr_image_find_label(rechecking->recheck->scan->image, CR_PATCH_LABEL_ORIGINAL);
  g_autofree char *config = digest_config(image);
  if (!original) {
    cr_recheck_object(rechecking, "the provenance names no original");
    return;
  }
  if (!label || !cr_digest_is_valid(label) || strcmp(cr_digest_get_hex(label), hex) != 0)
    cr_recheck_object(rechecking, "the provenance names sha256:%.16s… as the original, the image %.23s…", hex,
                      label ? label : "none");
  if (g_strcmp0(cr_json_find_string(annotations, "config", NULL), config) != 0)
    cr_recheck_object(rechecking, "the original that the provenance names has another config");
  gboolean same = cr_json_get_length(diff_ids) == image->layer_count;
  for (guint i = 0; same && i < image->layer_count; i++)
    same = !g_strcmp0(cr_json_get_string(cr_json_get_element(diff_ids, i), NULL), image->layers[i].diff_id);
  if (!same)
    cr_recheck_object(rechecking, "the original that the provenance names has other layers");
}

/* ---- where it was not peeled: layers and settings one by one ---- */

static void check_layers(Rechecking *rechecking, const CrImage *is, const CrImage *was)
{
  if (is->layer_count != was->layer_count + 1)
    cr_recheck_object(rechecking, "it has %u layers, the original %u", is->layer_count, was->layer_count);
  for (guint i = 0; i < was->layer_count && i < is->layer_count; i++)
    if (g_strcmp0(is->layers[i].diff_id, was->layers[i].diff_id) != 0)
      cr_recheck_object(rechecking, "layer %u is not the original's", i + 1);
}

static gboolean is_same_list(CrStrv a, CrStrv b)
{
  guint i = 0;
  while (a[i] && b[i] && !strcmp(a[i], b[i]))
    i++;
  return !a[i] && !b[i];
}

static void check_settings(Rechecking *rechecking, const CrImage *is, const CrImage *was)
{
  const struct {
    const char *name;
    CrStrv is, was;
  } lists[] = {{"entrypoint", is->entrypoint, was->entrypoint},
               {"command", is->cmd, was->cmd},
               {"environment", is->env, was->env},
               {"shell", is->shell, was->shell},
               {"volumes", is->volumes, was->volumes},
               {"ports", is->exposed_ports, was->exposed_ports},
               {"ONBUILD", is->onbuild, was->onbuild},
               {"health check", is->health.command, was->health.command}};
  const struct {
    const char *name, *is, *was;
  } texts[] = {{"user", is->user, was->user},
               {"working folder", is->workdir, was->workdir},
               {"stop signal", is->stop_signal, was->stop_signal},
               {"kind of health check", is->health.test_kind, was->health.test_kind},
               {"platform", is->platform, was->platform}};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!is_same_list(lists[i].is ? lists[i].is : cr_strv_empty, lists[i].was ? lists[i].was : cr_strv_empty))
      cr_recheck_object(rechecking, "its %s is not the original's", lists[i].name);
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (g_strcmp0(texts[i].is, texts[i].was) != 0)
      cr_recheck_object(rechecking, "its %s is not the original's", texts[i].name);
}

static void check_labels(Rechecking *rechecking, const CrImage *is, const CrImage *was)
{
  for (guint i = 0; is->label_names[i]; i++) {
    const char *name = is->label_names[i], *old = cr_image_find_label(was, name);
    if (!g_strv_contains(cr_patch_labels, name) && g_strcmp0(old, is->label_values[i]) != 0)
      cr_recheck_object(rechecking, "its label '%s' is not the original's", name);
  }
  for (guint i = 0; was->label_names[i]; i++)
    if (!cr_image_find_label(is, was->label_names[i]))
      cr_recheck_object(rechecking, "the original's label '%s' is gone", was->label_names[i]);
}

/* ---- the check ---- */

static CrScan *scan_original(Rechecking *rechecking, GError **error)
{
  CrRecheck *recheck = rechecking->recheck;
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrSource *source =
      cr_original_open(recheck->scan->source, &rechecking->options->source, problems, &recheck->label, error);
  return source ? cr_scan_run_source(source, g_steal_pointer(&problems), rechecking->options, error) : NULL;
}

void cr_recheck_open_original(Rechecking *rechecking)
{
  CrRecheck *recheck = rechecking->recheck;
  g_autoptr(GError) cause = NULL;
  recheck->original = scan_original(rechecking, &cause);
  if (!recheck->original) {
    cr_recheck_object(rechecking, "%s", cause->message);
    cr_recheck_conclude(rechecking, "original", "%s", "");
    return;
  }
  const CrImage *is = recheck->scan->image, *was = recheck->original->image;
  if (cr_original_is_patched(was))
    cr_recheck_object(rechecking, "below the patch layer is another one");
  check_provenance(rechecking, was);
  if (!recheck->label.peeled) {
    check_layers(rechecking, is, was);
    check_settings(rechecking, is, was);
    check_labels(rechecking, is, was);
  }
  cr_recheck_conclude(rechecking, "original", "%s: its %u layer%s and its config, with careen's labels and no more",
                      recheck->label.digest ? recheck->label.digest : recheck->label.config_digest, was->layer_count,
                      was->layer_count == 1 ? "" : "s");
}
