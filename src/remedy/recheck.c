/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "remedy/publish.h"
#include "remedy/recheck-private.h"

const char *cr_recheck_state_get_name(CrRecheckState state)
{
  static const char *const names[] = {
      [CR_RECHECK_HOLDS] = "holds",
      [CR_RECHECK_FAILS] = "fails",
      [CR_RECHECK_UNKNOWN] = "unknown",
      [CR_RECHECK_SKIPPED] = "skipped",
  };
  return names[state];
}

/* ---- lines ---- */

static void add_line(Rechecking *rechecking, const char *name, CrRecheckState state, const char *detail)
{
  CrArena *arena = rechecking->recheck->arena;
  CrRecheckLine *line = cr_arena_new0(arena, CrRecheckLine);
  *line = (CrRecheckLine){cr_arena_strdup(arena, name), state, cr_arena_strdup(arena, detail)};
  g_ptr_array_add(rechecking->recheck->lines, line);
}

void cr_recheck_conclude(Rechecking *rechecking, const char *name, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *holds = g_strdup_vprintf(format, args);
  va_end(args);
  CrRecheckState state = rechecking->reasons.count ? CR_RECHECK_FAILS : CR_RECHECK_HOLDS;
  add_line(rechecking, name, state, cr_reasons_get_text(&rechecking->reasons, holds));
  cr_reasons_clear(&rechecking->reasons);
}

void cr_recheck_leave(Rechecking *rechecking, const char *name, CrRecheckState state, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *why = g_strdup_vprintf(format, args);
  va_end(args);
  add_line(rechecking, name, state, why);
}

const char *cr_recheck_get_digest(const Rechecking *rechecking)
{
  return rechecking->recheck->scan->image->digest;
}

const char *cr_recheck_get_id(const Rechecking *rechecking)
{
  return rechecking->recheck->scan->image->id;
}

const CrJson *cr_recheck_get_dependencies(const Rechecking *rechecking)
{
  return cr_json_find(cr_json_find(rechecking->provenance.predicate, "buildDefinition"), "resolvedDependencies");
}

char *cr_recheck_format_text(const char *text)
{
  if (g_utf8_validate(text, -1, NULL))
    return g_strdup(text);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_array(writer);
  cr_json_string(writer, text);
  cr_json_end_array(writer);
  gsize size = 0;
  const char *json = cr_json_writer_get_text(writer, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(json, size, "text", NULL);
  return g_strdup(doc ? cr_json_get_string(cr_json_get_element(cr_json_get_root(doc), 0), "") : "");
}

/* ---- record and signature ---- */

/* What the two documents say of the result must be this image; a document that is not there or another one is told. */
static void check_record(Rechecking *rechecking)
{
  static const char *const names[] = {"remedy.json", "sbom.cdx.json", "sbom.spdx.json", "openvex.json"};
  const CrEvidence *evidence = rechecking->recheck->evidence;
  guint there = 1;
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    gboolean named = FALSE;
    GBytes *bytes = cr_evidence_find(evidence, &rechecking->provenance, names[i], &named);
    there += bytes != NULL;
    if (named && !bytes)
      cr_recheck_object(rechecking, "%s is not there as the provenance names it", names[i]);
    else if (!named && i < 3)
      cr_recheck_object(rechecking, "the provenance names no %s", names[i]);
    if (bytes && !i) {
      gsize size = 0;
      const char *text = g_bytes_get_data(bytes, &size);
      rechecking->remedy = cr_json_parse(text, size, "remedy.json", NULL);
      rechecking->root = rechecking->remedy ? cr_json_get_root(rechecking->remedy) : NULL;
    }
  }
  const CrJson *result = cr_json_find(rechecking->root, "result");
  const char *digest = cr_json_find_string(result, "digest", ""), *id = cr_json_find_string(result, "id", "");
  const char *is_digest = cr_recheck_get_digest(rechecking), *is_id = cr_recheck_get_id(rechecking);
  if (rechecking->root && g_strcmp0(digest, is_digest) != 0 && g_strcmp0(id, is_id) != 0)
    cr_recheck_object(rechecking, "remedy.json is about %s", *digest ? digest : id);
  cr_recheck_conclude(rechecking, "record", "%s, %u documents, about %s", evidence->place, there,
                      is_digest ? is_digest : is_id);
}

/* One result may have several manifests (a layout's, an archive's with plain layers): the provenance names them all,
 * and a folder holds cosign's signature of the first. */
static gboolean is_digest_signed(const Rechecking *rechecking)
{
  const CrJson *subjects = rechecking->provenance.subjects;
  for (guint i = 0; i < cr_json_get_length(subjects); i++) {
    const CrJson *digests = cr_json_find(cr_json_get_element(subjects, i), "digest");
    g_autofree char *digest = g_strdup_printf("sha256:%s", cr_json_find_string(digests, "sha256", ""));
    if (cr_evidence_has_signature(rechecking->recheck->evidence, digest, rechecking->key))
      return TRUE;
  }
  return FALSE;
}

static void check_signature(Rechecking *rechecking)
{
  static const struct {
    const char *file, *type;
  } statements[] = {{"provenance.json", CR_PREDICATE_SLSA},
                    {"remedy.json", CR_PREDICATE_REMEDY},
                    {"sbom.cdx.json", CR_PREDICATE_CYCLONEDX},
                    {"sbom.spdx.json", CR_PREDICATE_SPDX},
                    {"openvex.json", CR_PREDICATE_OPENVEX}};
  const CrEvidence *evidence = rechecking->recheck->evidence;
  const char *digest = cr_recheck_get_digest(rechecking), *id = cr_recheck_get_id(rechecking);
  gboolean there = evidence->signatures->len || evidence->envelopes->len;
  if (!rechecking->key) {
    cr_recheck_leave(rechecking, "signature", CR_RECHECK_SKIPPED, "%s",
                     there ? "there are signatures, and no --key to check them with"
                           : "nobody signed it: anybody may have written the record");
    return;
  }
  /* A daemon or archive with a manifest of its own, or none, knows the image by its config, which a statement signs. */
  gboolean by_digest = cr_statement_is_about(&rechecking->provenance, digest);
  if (by_digest && !is_digest_signed(rechecking))
    cr_recheck_object(rechecking, "the image's digest is not signed by this key");
  for (guint i = 0; i < G_N_ELEMENTS(statements); i++) {
    gboolean named = !i;
    if (i)
      cr_evidence_find(evidence, &rechecking->provenance, statements[i].file, &named);
    if (named && !cr_evidence_is_signed(evidence, statements[i].type, digest, id, rechecking->key))
      cr_recheck_object(rechecking, "no statement of %s is signed by this key", statements[i].file);
  }
  cr_recheck_conclude(rechecking, "signature", "%s and its statements are signed by %s",
                      by_digest ? "the image's digest" : "the image's config", rechecking->recheck->key_id);
}

/* ---- the whole ---- */

static CrScan *look(const char *image, const CrScanOptions *options, GError **error)
{
  CrScanOptions inventory = *options;
  inventory.inventory_only = TRUE;
  g_autoptr(CrScan) scan = cr_scan_run(image, &inventory, error);
  if (!scan || cr_original_is_patched(scan->image))
    return g_steal_pointer(&scan);
  if (!scan->image->layer_count && options->source.offline) {
    g_set_error(error, CR_ERROR, CR_ERROR_OFFLINE, "cannot verify '%s': --offline forbids to ask for it", image);
    return NULL;
  }
  gboolean inherited = cr_image_find_label(scan->image, CR_PATCH_LABEL_LAYER) != NULL;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot verify '%s': careen has not patched it%s", image,
              inherited ? "; what it is built on was, or its last layer was replaced" : "");
  return NULL;
}

static CrEvidence *find_record(const CrScan *scan, const CrRecheckOptions *options, const CrScanOptions *scanning,
                               GError **error)
{
  GError *cause = NULL;
  CrEvidence *evidence = NULL;
  if (options->record)
    evidence = cr_evidence_load_folder(options->record, &cause);
  else if (!strcmp(scan->image->source, "registry"))
    evidence = cr_evidence_load_registry(scan->image, &scanning->source, &cause);
  else
    cause = g_error_new(CR_ERROR, CR_ERROR_INPUT, "only registries hold records beside an image");
  if (evidence)
    return evidence;
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_INPUT))
    cr_error_set_hint(cause, "--record DIR names the folder that `careen patch --record DIR` wrote");
  g_propagate_prefixed_error(error, cause, "cannot verify '%s': ", scan->image->ref);
  return NULL;
}

static gboolean find_provenance(Rechecking *rechecking, GError **error)
{
  const CrEvidence *evidence = rechecking->recheck->evidence;
  const char *digest = cr_recheck_get_digest(rechecking), *id = cr_recheck_get_id(rechecking);
  if (cr_evidence_find_provenance(evidence, digest, id, rechecking->key, &rechecking->provenance))
    return TRUE;
  gboolean unsigned_one =
      rechecking->key && cr_evidence_find_provenance(evidence, digest, id, NULL, &rechecking->provenance);
  if (!unsigned_one) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE,
                "cannot verify '%s': the record %s is about another image, or has no provenance",
                rechecking->recheck->scan->image->ref, evidence->place);
    return FALSE;
  }
  return TRUE; /* the check of signatures tells */
}

static void run_checks(Rechecking *rechecking)
{
  check_record(rechecking);
  rechecking->recheck->changes = cr_json_get_length(cr_json_find(rechecking->root, "changes"));
  check_signature(rechecking);
  cr_recheck_open_original(rechecking);
  cr_recheck_check_layer(rechecking);
  cr_recheck_check_proof(rechecking);
  cr_recheck_check_updates(rechecking);
  cr_recheck_check_archives(rechecking);
  cr_recheck_check_contents(rechecking);
  cr_recheck_check_sbom(rechecking);
  cr_recheck_check_vex(rechecking);
}

CrRecheck *cr_recheck_new(const char *image, const CrRecheckOptions *options, const CrScanOptions *scan, GError **error)
{
  g_autoptr(CrRecheck) recheck = g_new0(CrRecheck, 1);
  recheck->arena = cr_arena_new();
  recheck->lines = g_ptr_array_new();
  recheck->key_id = options->key ? cr_key_format_id(options->key) : NULL;
  recheck->scan = look(image, scan, error);
  recheck->evidence = recheck->scan ? find_record(recheck->scan, options, scan, error) : NULL;
  Rechecking rechecking = {.recheck = recheck, .options = scan, .key = options->key};
  if (!recheck->evidence || !find_provenance(&rechecking, error))
    return NULL;
  run_checks(&rechecking);
  cr_statement_clear(&rechecking.provenance);
  g_clear_pointer(&rechecking.remedy, cr_json_doc_free);
  return g_steal_pointer(&recheck);
}

void cr_recheck_free(CrRecheck *recheck)
{
  if (!recheck)
    return;
  cr_evidence_free(recheck->evidence);
  cr_scan_free(recheck->original); /* it may be peeled from the other */
  cr_scan_free(recheck->scan);
  g_ptr_array_unref(recheck->lines);
  g_free(recheck->key_id);
  cr_arena_free(recheck->arena);
  g_free(recheck);
}

CrRecheckState cr_recheck_get_verdict(const CrRecheck *recheck)
{
  CrRecheckState verdict = CR_RECHECK_HOLDS;
  for (guint i = 0; i < recheck->lines->len; i++) {
    CrRecheckState state = ((const CrRecheckLine *)recheck->lines->pdata[i])->state;
    if (state == CR_RECHECK_FAILS)
      return state;
    if (state == CR_RECHECK_UNKNOWN)
      verdict = state;
  }
  return verdict;
}
