/* SPDX-License-Identifier: Apache-2.0 */
/* SLSA provenance v1 (slsa.dev/spec/v1.0/provenance): the result was made of the original, of these package files and
 * by what these signed release files vouch for, by this careen with these options. */
#include "config.h"
#include "base/digest.h"
#include "report/record.h"

#include <string.h>

#define BUILDER "pkg:generic/careen@" CR_VERSION

static void write_sha256(CrJsonWriter *writer, const char *hex)
{
  cr_json_key(writer, "digest");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "sha256", hex);
  cr_json_end_object(writer);
}

/* ---- what was asked for ---- */

static void write_parameters(CrJsonWriter *writer, const CrRemedy *remedy, const CrRecordOptions *options)
{
  cr_json_key(writer, "externalParameters");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "image", cr_remedy_get_image(remedy)->ref);
  cr_json_key(writer, "options");
  cr_json_begin_object(writer);
  for (guint i = 0; options->parameter_names && options->parameter_names[i]; i++)
    cr_json_key_string(writer, options->parameter_names[i], options->parameter_values[i]);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "internalParameters");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", remedy->scan->image->platform);
  cr_json_key_integer(writer, "epoch", remedy->patch->epoch);
  cr_json_end_object(writer);
}

/* ---- of what it is made ---- */

static char *digest_config(const CrImage *image)
{
  gsize size = 0;
  const void *data = image->raw_config ? g_bytes_get_data((GBytes *)image->raw_config, &size) : NULL;
  return data ? cr_digest_of(data, size) : g_strdup(image->id);
}

/* Its config, and its layers' diff_ids, go along: whoever has the result alone sees by them what in it is the original.
 */
static void write_original(CrJsonWriter *writer, const CrRemedy *remedy)
{
  const CrImage *image = remedy->scan->image;
  const char *digest = remedy->original.digest ? remedy->original.digest : image->id;
  const char *name = remedy->original.name ? remedy->original.name : image->name;
  g_autofree char *uri = cr_openvex_format_product(name, digest, image->architecture);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "original");
  cr_json_key_string(writer, "uri", uri);
  if (digest)
    write_sha256(writer, cr_digest_get_hex(digest));
  cr_json_key(writer, "annotations");
  cr_json_begin_object(writer);
  g_autofree char *config = digest_config(image);
  cr_json_key_string(writer, "image", name);
  cr_json_key_string(writer, "config", config);
  cr_json_key(writer, "diff_ids");
  cr_json_begin_array(writer);
  for (guint i = 0; i < image->layer_count; i++)
    cr_json_string(writer, image->layers[i].diff_id);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_package(CrJsonWriter *writer, const CrChange *change)
{
  const CrArchiveFile *file = &change->file;
  const char *base = file->archive && file->archive->uri ? file->archive->uri : "";
  gsize length = strlen(base);
  g_autofree char *uri = g_strdup_printf("%s%s%s", base, length && base[length - 1] == '/' ? "" : "/",
                                         file->filename ? file->filename : "");
  g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, file->size_bytes);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", change->name);
  cr_json_key_string(writer, "uri", uri);
  if (file->sha256)
    write_sha256(writer, file->sha256);
  cr_json_key(writer, "annotations");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "package", change->name);
  cr_json_key_string(writer, "version", file->version);
  cr_json_key_string(writer, "arch", file->arch);
  cr_json_key_string(writer, "archive", file->archive ? file->archive->name : NULL);
  cr_json_key_string(writer, "size", size);
  if (file->checksum) /* apk's index knows its packages by this, and by no hash of the file */
    cr_json_key_string(writer, "checksum", file->checksum);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_archive(CrJsonWriter *writer, const CrArchive *archive)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", archive->name);
  cr_json_key_string(writer, "uri", archive->release);
  if (archive->release_sha256)
    write_sha256(writer, archive->release_sha256);
  cr_json_key(writer, "annotations");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "date", archive->date);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_dependencies(CrJsonWriter *writer, const CrRemedy *remedy)
{
  const CrScan *scan = remedy->scan;
  cr_json_key(writer, "resolvedDependencies");
  cr_json_begin_array(writer);
  write_original(writer, remedy);
  for (guint i = 0; i < remedy->plan->changes->len; i++) {
    const CrChange *change = remedy->plan->changes->pdata[i];
    if (change->file.name)
      write_package(writer, change);
  }
  for (guint i = 0; i < scan->archive_count; i++)
    if (scan->archives[i]->is_signed && scan->archives[i]->release)
      write_archive(writer, scan->archives[i]);
  cr_json_end_array(writer);
}

/* ---- by whom, and what else came of it ---- */

static void write_byproducts(CrJsonWriter *writer, const CrRemedy *remedy, const GPtrArray *parts)
{
  cr_json_key(writer, "byproducts");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "layer");
  write_sha256(writer, cr_digest_get_hex(remedy->patch->diff_id));
  cr_json_end_object(writer);
  for (guint i = 0; i < parts->len; i++) {
    const CrRecordPart *part = parts->pdata[i];
    gsize size = 0;
    const void *data = g_bytes_get_data(part->content, &size);
    g_autofree char *digest = cr_digest_of(data, size);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", part->file);
    cr_json_key_string(writer, "mediaType", part->artifact_type);
    write_sha256(writer, cr_digest_get_hex(digest));
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_run(CrJsonWriter *writer, const CrRemedy *remedy, const GPtrArray *parts)
{
  cr_json_key(writer, "runDetails");
  cr_json_begin_object(writer);
  cr_json_key(writer, "builder");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", BUILDER);
  cr_json_key(writer, "version");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "careen", CR_VERSION);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "metadata");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "finishedOn", remedy->scan->created);
  cr_json_end_object(writer);
  write_byproducts(writer, remedy, parts);
  cr_json_end_object(writer);
}

GBytes *cr_patch_record_write_provenance(const CrRemedy *remedy, const CrRecordSubjects *subjects,
                                         const CrRecordOptions *options, const GPtrArray *parts, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "buildDefinition");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "buildType", CR_PATCH_BUILD);
  write_parameters(writer, remedy, options);
  write_dependencies(writer, remedy);
  cr_json_end_object(writer);
  write_run(writer, remedy, parts);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  g_autoptr(GBytes) predicate = g_bytes_new(text, size);
  return cr_statement_format(subjects->list, subjects->count, CR_PREDICATE_SLSA, predicate, error);
}
