/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/recording.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "cli/options.h"

struct CrRecording {
  const CrSettings *settings;
  CrKey *key; /* or NULL */
  GPtrArray *names, *values;
};

/* ---- what was asked for ---- */

static char *format_list(const GPtrArray *list)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < list->len; i++)
    g_string_append_printf(text, "%s%s", i ? "," : "", (const char *)list->pdata[i]);
  return list->len ? g_strdup(text->str) : NULL;
}

static char *format_date(const GDate *date)
{
  char text[16] = "";
  return g_date_valid(date) && g_date_strftime(text, sizeof text, "%Y-%m-%d", date) ? g_strdup(text) : NULL;
}

/* NULL: it was not given. */
static char *format_value(const CrOption *option, const CrSettings *settings)
{
  const char *field = (const char *)settings + option->offset;
  switch (option->kind) {
  case CR_OPTION_SWITCH:
    return *(const gboolean *)field ? g_strdup("yes") : NULL;
  case CR_OPTION_TEXT:
  case CR_OPTION_CHOICE:
    return g_strdup(*(char *const *)field);
  case CR_OPTION_LIST:
    return format_list(*(GPtrArray *const *)field);
  case CR_OPTION_NUMBER:
    return *(const guint *)field ? g_strdup_printf("%u", *(const guint *)field) : NULL;
  case CR_OPTION_DATE:
    return format_date((const GDate *)field);
  case CR_OPTION_SIZE:
  case CR_OPTION_AGE:
  case CR_OPTION_TIME:
    return *(const guint64 *)field ? g_strdup_printf("%" G_GUINT64_FORMAT, *(const guint64 *)field) : NULL;
  }
  return NULL;
}

/* Not where the result goes and who signs it: the same result elsewhere has the same record. */
static gboolean decides(const CrOption *option)
{
  static const char *const others[] = {"to",        "tag",  "push",          "dry-run", "record",
                                       "no-record", "sign", "password-file", NULL};
  return (option->group == CR_OPTION_GROUP_ACT || option->group == CR_OPTION_GROUP_JUDGE) &&
         cr_option_fits(option, "patch") && !g_strv_contains(others, option->name);
}

void cr_settings_list_given(const CrSettings *settings, GPtrArray *names, GPtrArray *values)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    char *value = decides(&options[i]) ? format_value(&options[i], settings) : NULL;
    if (!value)
      continue;
    g_ptr_array_add(names, g_strdup(options[i].name));
    g_ptr_array_add(values, value);
  }
}

/* ---- before any work ---- */

static gboolean load_key(CrRecording *recording, GError **error)
{
  const char *file = recording->settings->sign;
  char *password = NULL;
  if (!file)
    return TRUE;
  const char *readers = cr_key_find_readers(file);
  if (readers)
    cr_log_note("the key '%s' can be read by %s: chmod 600 keeps it yours", file, readers);
  if (!cr_password_load(recording->settings->password_file, &password, error))
    return FALSE;
  recording->key = cr_key_load_private(file, password, error);
  cr_password_free(password);
  return recording->key != NULL;
}

static gboolean check_use(const CrSettings *settings, const GPtrArray *sinks, GError **error)
{
  if ((!settings->record && !settings->sign) || settings->dry_run || sinks->len)
    return TRUE;
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot %s '%s': the result is kept nowhere",
                              settings->record ? "write the record" : "sign with",
                              settings->record ? settings->record : settings->sign);
  cr_error_set_hint(cause, "--to, --tag and --push say where it goes");
  g_propagate_error(error, cause);
  return FALSE;
}

CrRecording *cr_recording_new(const CrSettings *settings, const GPtrArray *sinks, GError **error)
{
  g_autoptr(CrRecording) recording = g_new0(CrRecording, 1);
  recording->settings = settings;
  recording->names = g_ptr_array_new_with_free_func(g_free);
  recording->values = g_ptr_array_new_with_free_func(g_free);
  if (!check_use(settings, sinks, error) || !load_key(recording, error))
    return NULL;
  cr_settings_list_given(settings, recording->names, recording->values);
  g_ptr_array_add(recording->names, NULL);
  g_ptr_array_add(recording->values, NULL);
  return g_steal_pointer(&recording);
}

void cr_recording_free(CrRecording *recording)
{
  if (!recording)
    return;
  cr_key_free(recording->key);
  g_ptr_array_unref(recording->names);
  g_ptr_array_unref(recording->values);
  g_free(recording);
}

/* ---- once it is published ---- */

/* What SINK has; of several platforms it may be another one. */
static const CrDraft *find_draft(const CrRemedy *remedy, const CrImageSink *sink)
{
  const CrPublished *place = NULL;
  for (guint i = 0; i < remedy->published->len && !place; i++) {
    const CrPublished *one = remedy->published->pdata[i];
    place = !strcmp(one->destination, cr_image_sink_get_destination(sink)) ? one : NULL;
  }
  for (guint k = 0; place && k < remedy->drafts->len; k++)
    if (!strcmp(cr_draft_get_manifest_digest(remedy->drafts->pdata[k]), place->digest))
      return remedy->drafts->pdata[k];
  return NULL;
}

static CrPatchRecord *make_record(const CrRecording *recording, const CrLook *look, const CrRemedy *remedy,
                                  const CrDraft *draft, GError **error)
{
  CrRecordOptions options = {
      .key = recording->key,
      .author = recording->settings->author,
      .parameter_names = (CrStrv)recording->names->pdata,
      .parameter_values = (CrStrv)recording->values->pdata,
  };
  return cr_patch_record_new(remedy, draft, &options, &look->options, error);
}

/* Several platforms have a folder each in that one. */
static gboolean store(const CrRecording *recording, const CrPatchRecord *record, const char *part, GError **error)
{
  if (!recording->settings->record)
    return TRUE;
  g_autofree char *folder =
      part ? g_build_filename(recording->settings->record, part, NULL) : g_strdup(recording->settings->record);
  if (!cr_patch_record_store(record, folder, error))
    return FALSE;
  cr_log_note("the record is in '%s'%s", folder, recording->key ? ", signed" : "");
  return TRUE;
}

static gboolean attach(const CrPatchRecord *record, CrImageSink *sink, GError **error)
{
  guint count = 0;
  if (!cr_patch_record_attach(record, sink, &count, error))
    return FALSE;
  cr_log_note("the record is beside '%s': %u artifacts%s", cr_image_sink_get_destination(sink), count,
              record->signature ? ", and cosign's signature" : "");
  return TRUE;
}

static gboolean write_all(const CrRecording *recording, const CrLook *look, const CrRemedy *remedy,
                          const GPtrArray *sinks, const char *part, GError **error)
{
  gboolean stored = FALSE;
  for (guint i = 0; i < sinks->len; i++) {
    gboolean beside = cr_image_sink_can_attach(sinks->pdata[i]) && !recording->settings->no_record;
    const CrDraft *draft = find_draft(remedy, sinks->pdata[i]);
    if (!draft || (stored && !beside) || (!beside && !recording->settings->record))
      continue;
    g_autoptr(CrPatchRecord) record = make_record(recording, look, remedy, draft, error);
    if (!record || (!stored && !store(recording, record, part, error)) ||
        (beside && !attach(record, sinks->pdata[i], error)))
      return FALSE;
    stored = TRUE;
  }
  return TRUE;
}

static gboolean write_record(const CrRecording *recording, const CrLook *look, const CrRemedy *remedy,
                             const GPtrArray *sinks, const char *part, GError **error)
{
  const CrSettings *settings = recording->settings;
  if (remedy->outcome == CR_REMEDY_NOTHING && (settings->record || settings->sign))
    cr_log_note("nothing was changed%s%s, so there is nothing to record", part ? " of " : "",
                part ? remedy->platform : "");
  if (remedy->outcome != CR_REMEDY_PATCHED || write_all(recording, look, remedy, sinks, part, error))
    return TRUE;
  g_prefix_error(error, "the result is published, but its record is not whole: ");
  return FALSE;
}

gboolean cr_recording_write(const CrRecording *recording, const CrLook *look, const CrRemedy *remedy,
                            const GPtrArray *sinks, GError **error)
{
  return write_record(recording, look, remedy, sinks, NULL, error);
}

gboolean cr_recording_write_platforms(const CrRecording *recording, const CrLook *look, const CrPlatforms *platforms,
                                      const GPtrArray *sinks, GError **error)
{
  for (guint i = 0; platforms->outcome == CR_REMEDY_PATCHED && i < platforms->list->len; i++) {
    const CrRemedy *remedy = ((const CrPlatform *)platforms->list->pdata[i])->remedy;
    g_autofree char *part = remedy ? g_strdelimit(g_strdup(remedy->platform), "/", '-') : NULL;
    if (remedy && !write_record(recording, look, remedy, sinks, part, error))
      return FALSE;
  }
  return TRUE;
}
