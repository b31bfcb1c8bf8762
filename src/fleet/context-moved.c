/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/context-moved.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "recipe/remote.h"

/* An answer is a line; a server that gives none in this time is not waited for. */
#define ASK_SECONDS 60U

/* ---- what it was ---- */

static const char *read_revision(const CrStep *step, CrArena *arena)
{
  g_autoptr(CrJsonDoc) doc =
      step->outcome ? cr_json_parse(step->outcome, strlen(step->outcome), "an outcome", NULL) : NULL;
  return doc ? cr_arena_strdup(arena, cr_json_find_string(cr_json_get_root(doc), "revision", NULL)) : NULL;
}

const char *cr_context_find_built(CrRecord *record, const char *name, const char *image_id, CrArena *arena)
{
  const char *current = image_id;
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, name, 0, arena, NULL);
  for (guint r = 0; runs && r < runs->len; r++) { /* the newest first */
    g_autoptr(GPtrArray) steps = cr_record_list_steps(record, ((const CrRun *)runs->pdata[r])->id, arena, NULL);
    for (guint s = steps ? steps->len : 0; s > 0; s--) {
      const CrStep *step = steps->pdata[s - 1];
      if (step->state != CR_STEP_DONE || strcmp(step->subject, name) != 0 || g_strcmp0(step->after, current) != 0)
        continue;
      if (!strcmp(step->kind, "rebuild"))
        return read_revision(step, arena);
      if (strcmp(step->kind, "patch") != 0 || !step->before)
        return NULL;
      current = step->before;
    }
  }
  return NULL;
}

/* ---- what it is ---- */

typedef struct {
  const CrScanOptions *options;
  CrRecord *record;
  CrArena *arena;
  CrProblems *problems;
  GHashTable *asked; /* address → commit; "": not known */
} Asking;

static const char *ask(const Asking *asking, const CrFleetImage *image, const CrRemote *remote)
{
  const char *address = image->build->context, *known = g_hash_table_lookup(asking->asked, address);
  if (known)
    return *known ? known : NULL;
  CrRemoteOptions options = {.http = asking->options->vendor.http, .seconds = ASK_SECONDS};
  g_autoptr(GError) error = NULL;
  g_autofree char *commit = NULL;
  if (!cr_remote_find_commit(remote, &options, &commit, &error))
    cr_problems_add(asking->problems, CR_PROBLEM_NOTE, image->name, "whether its context moved is not known: %s",
                    error->message);
  const char *now = cr_arena_strdup(asking->arena, commit);
  g_hash_table_insert(asking->asked, (gpointer)address, (gpointer)(now ? now : ""));
  return now;
}

static void ask_image(const Asking *asking, CrImageFacts *facts)
{
  const CrFleetImage *image = facts->image;
  CrRemote remote;
  if (!cr_remote_parse(image->build->context, asking->arena, &remote, NULL) || !remote.git)
    return; /* the build says what is wrong with it; an archive is not asked about */
  const char *built = cr_context_find_built(asking->record, image->name, image->id, asking->arena);
  if (!built)
    return;
  if (asking->options->source.offline) {
    cr_problems_add(asking->problems, CR_PROBLEM_NOTE, image->name,
                    "whether its context moved is not known: not asked, --offline");
    return;
  }
  const char *now = ask(asking, image, &remote);
  if (!now || !strcmp(now, built))
    return;
  facts->context_ref = remote.ref ? remote.ref : "HEAD";
  facts->context_was = built;
  facts->context_is = now;
}

void cr_facts_ask_contexts(const CrFleet *fleet, GPtrArray *facts, const CrScanOptions *options, CrRecord *record,
                           CrArena *arena, CrProblems *problems)
{
  Asking asking = {.options = options, .record = record, .arena = arena, .problems = problems};
  asking.asked = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < fleet->images->len; i++) {
    CrImageFacts *each = facts->pdata[i];
    if (!each)
      continue;
    each->context_ref = each->context_was = each->context_is = NULL; /* facts may be an earlier round's */
    if (record && each->image->id && each->image->ours && each->image->build && each->image->build->remote)
      ask_image(&asking, each);
  }
  g_hash_table_unref(asking.asked);
}
