/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/moved.h"
#include "lineage/rules.h"

#include "base/error.h"

#include <string.h>

#define REMEMBER_SECONDS         3600
#define REMEMBER_FAILURE_SECONDS 600
#define ANSWER_TYPE              "(xissss)" /* when, current; or "": the tag's digest, the error, its place and reason */

/* One answer for one (tag, platform, base): the file's name. */
static char *make_key(const CrImage *image, const CrBase *base)
{
  g_autofree char *text =
      g_strjoin("\n", base->name, image->platform ? image->platform : "", base->digest ? base->digest : "",
                image->layer_count ? image->layers[0].diff_id : "", NULL);
  g_autofree char *layer = g_strdup_printf(
      "%s\n%d\n%s", text, base->layers,
      base->layers > 0 && (guint)base->layers <= image->layer_count ? image->layers[base->layers - 1].diff_id : "");
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, layer, -1);
  return g_strdup_printf("tag-%s", sum);
}

static char *keep_text(const char *text)
{
  return *text ? g_strdup(text) : NULL;
}

static gboolean recall(const CrSourceOptions *options, const char *key, gint64 now, int *current, CrTagAnswer *known,
                       char **why)
{
  g_autoptr(GBytes) bytes = cr_cache_load(options->cache, "support", key);
  if (!bytes)
    return FALSE;
  g_autoptr(GVariant) raw = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(ANSWER_TYPE), bytes, FALSE));
  g_autoptr(GVariant) answer = g_variant_get_normal_form(raw);
  const char *digest = NULL, *reason = NULL, *place = NULL;
  gint64 when = 0;
  gint32 value = -1;
  g_variant_get(answer, "(xi&ss&s&s)", &when, &value, &digest, why, &place, &reason);
  gint64 age = now - when;
  *current = CLAMP(value, -2, 1);
  if (age < 0 || when < options->asked_since || age >= (value < 0 ? REMEMBER_FAILURE_SECONDS : REMEMBER_SECONDS))
    return FALSE;
  *known = (CrTagAnswer){keep_text(digest), keep_text(place), keep_text(reason)};
  return TRUE;
}

static void remember(const CrCache *cache, const char *key, gint64 now, int current, const CrTagAnswer *known,
                     const char *why)
{
  const char *texts[] = {known->digest, why, known->place, known->reason};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (!texts[i])
      texts[i] = "";
  g_autoptr(GVariant) answer =
      g_variant_ref_sink(g_variant_new(ANSWER_TYPE, now, (gint32)current, texts[0], texts[1], texts[2], texts[3]));
  /* a cache that cannot be written costs the next scan a request, no more */
  cr_cache_store(cache, "support", key, g_variant_get_data(answer), g_variant_get_size(answer), NULL);
}

void cr_tag_answer_clear(CrTagAnswer *answer)
{
  g_clear_pointer(&answer->digest, g_free);
  g_clear_pointer(&answer->place, g_free);
  g_clear_pointer(&answer->reason, g_free);
}

static int compare_manifest(const CrImage *image, const CrBase *base, const CrSourceOptions *options, GError **error)
{
  g_autofree char *ref = g_strconcat("registry:", base->name, NULL);
  g_autoptr(CrProblems) aside = cr_problems_new();
  CrSourceOptions same = *options;
  same.platform = image->platform;
  g_autoptr(CrSource) source = cr_source_open(ref, &same, aside, error);
  if (!source)
    return -1;
  const CrImage *newest = cr_source_get_image(source);
  if (base->digest && newest->digest && !strcmp(base->digest, newest->digest))
    return 1;
  return cr_lineage_count_prefix(image, newest) > 0;
}

static int ask(const CrImage *image, const CrBase *base, const CrSourceOptions *options, char **digest, GError **error)
{
  if (!cr_source_resolve_tag(base->name, options, digest, error))
    return -1;
  if (base->digest && *digest && !strcmp(base->digest, *digest))
    return 1;
  return compare_manifest(image, base, options, error);
}

int cr_lineage_ask_registry(const CrImage *image, const CrBase *base, const CrSourceOptions *options,
                            CrTagAnswer *answer, CrProblems *problems)
{
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  g_autofree char *key = make_key(image, base);
  g_autofree char *why = NULL;
  int current = -1;
  gboolean known = recall(options, key, now, &current, answer, &why);
  if (!known && options->offline)
    return -1;
  if (!known) {
    g_autoptr(GError) error = NULL;
    current = ask(image, base, options, &answer->digest, &error);
    if (g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND))
      current = -2;
    g_free(why);
    why = error ? g_strdup(error->message) : NULL;
    answer->place = g_strdup(cr_error_get_place(error));
    answer->reason = g_strdup(cr_error_get_reason(error));
    remember(options->cache, key, now, current, answer, why);
  }
  if (current == -1 && why && *why)
    cr_problems_add(problems, CR_PROBLEM_NOTE, "base", "whether %s has moved is not known: %s", base->name, why);
  if (current < 0)
    g_clear_pointer(&answer->digest, g_free);
  return current;
}
