/* SPDX-License-Identifier: Apache-2.0 */
/* An image of two platforms with BuildKit's attestations, and what becomes of its index when one is replaced. */
#include "base/limits.h"
#include "sample.h"

#define OCI      "application/vnd.oci.image."
#define LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define MANIFEST OCI "manifest.v1+json"

typedef struct {
  Sample sample;
  char *arm, *amd, *statement, *other; /* digests of manifests */
  char *index;                         /* its text */
  char *digest;
} Fleet;

static void fleet_clear(Fleet *fleet)
{
  g_free(fleet->arm);
  g_free(fleet->amd);
  g_free(fleet->statement);
  g_free(fleet->other);
  g_free(fleet->index);
  g_free(fleet->digest);
  sample_clear(&fleet->sample);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fleet, fleet_clear)

static char *put_text(const Sample *sample, const char *text)
{
  return put_blob(sample, text, strlen(text));
}

/* TEXT with the first FROM as TO. */
static char *exchange(const char *text, const char *from, const char *to)
{
  g_auto(GStrv) parts = g_strsplit(text, from, 2);
  g_assert_nonnull(parts[1]);
  return g_strjoinv(to, parts);
}

/* The attestation of SUBJECT: a manifest with a blob that is no layer. */
static char *put_statement(const Sample *sample, const char *subject)
{
  g_autofree char *blob = g_strdup_printf("{\"of\":\"%s\"}", subject), *digest = put_text(sample, blob),
                  *config = put_text(sample, "{}");
  g_autofree char *text = g_strdup_printf(
      "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\",\"config\":{\"mediaType\":\"" OCI
      "config.v1+json\",\"digest\":\"%s\",\"size\":2},\"layers\":[{\"mediaType\":\"application/vnd.in-toto+json\","
      "\"digest\":\"%s\",\"size\":%zu}]}",
      config, digest, strlen(blob));
  return put_text(sample, text);
}

static gsize size_of(const Fleet *fleet, const char *digest)
{
  g_autofree char *path =
      g_build_filename(fleet->sample.place.dir, "original", "blobs", "sha256", cr_digest_get_hex(digest), NULL);
  g_autofree char *text = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &text, &size, NULL));
  return size;
}

static char *format_entry(const Fleet *fleet, const char *type, const char *digest, const char *more)
{
  return g_strdup_printf("{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu,%s}", type, digest,
                         size_of(fleet, digest), more);
}

static void set_index_json(const Fleet *fleet, const char *text)
{
  g_autofree char *path = g_build_filename(fleet->sample.place.dir, "original", "index.json", NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* TYPE of index and manifests: "oci" or "docker". */
static void fleet_init(Fleet *fleet, const char *type)
{
  gboolean docker = !strcmp(type, "docker");
  const char *manifest = docker ? "application/vnd.docker.distribution.manifest.v2+json" : MANIFEST;
  sample_init(&fleet->sample, "", type);
  fleet->amd = cr_digest_of(fleet->sample.manifest, strlen(fleet->sample.manifest));
  g_autofree char *old = cr_digest_of(fleet->sample.config, strlen(fleet->sample.config)),
                  *config = exchange(fleet->sample.config, "amd64", "arm64"), *id = put_text(&fleet->sample, config),
                  *text = exchange(fleet->sample.manifest, old, id);
  fleet->arm = put_text(&fleet->sample, text);
  fleet->statement = put_statement(&fleet->sample, fleet->amd);
  fleet->other = put_statement(&fleet->sample, fleet->arm);
  g_autofree char *about = g_strdup_printf("\"platform\":{\"architecture\":\"unknown\",\"os\":\"unknown\"},"
                                           "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\","
                                           "\"vnd.docker.reference.digest\":\"%s\"}",
                                           fleet->amd),
                  *about_other = exchange(about, fleet->amd, fleet->arm);
  g_autofree char *entries[] = {
      format_entry(fleet, manifest, fleet->arm,
                   "\"platform\":{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}"),
      NULL, NULL, NULL};
  entries[1] = format_entry(fleet, manifest, fleet->amd,
                            "\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"},\"annotations\":{\"k\":\"v\"}");
  entries[2] = format_entry(fleet, MANIFEST, fleet->statement, about);
  entries[3] = format_entry(fleet, MANIFEST, fleet->other, about_other);
  fleet->index =
      g_strdup_printf("{ \"schemaVersion\":2,\n\"mediaType\":\"%s\", \"manifests\":[%s,%s,%s,%s],\"odd\":1.0}",
                      docker ? LIST : OCI "index.v1+json", entries[0], entries[1], entries[2], entries[3]);
  for (guint i = 1; i < G_N_ELEMENTS(entries); i++)
    g_free(entries[i]);
  fleet->digest = put_text(&fleet->sample, fleet->index);
  g_autofree char *top = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI
                                         "index.v1+json\",\"digest\":\"%s\",\"size\":%zu}]}",
                                         fleet->digest, strlen(fleet->index));
  set_index_json(fleet, top);
}

static CrIndex *open_index(CrSource *source)
{
  g_autoptr(GError) error = NULL;
  CrIndex *index = cr_index_open(source, &error);
  g_assert_no_error(error);
  g_assert_nonnull(index);
  return index;
}

static void seal_index(CrIndexDraft *draft)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  cr_index_draft_seal(draft, problems, &error);
  g_assert_no_error(error);
}

static void test_entries(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autoptr(CrSource) source = open_original(fleet.sample.original);
  g_autoptr(CrIndex) index = open_index(source);
  static const struct {
    CrIndexKind kind;
    const char *platform;
  } rows[] = {{CR_INDEX_IMAGE, "linux/arm64/v8"},
              {CR_INDEX_IMAGE, "linux/amd64"},
              {CR_INDEX_ATTESTATION, "unknown/unknown"},
              {CR_INDEX_ATTESTATION, "unknown/unknown"}};
  g_assert_cmpuint(cr_index_get_count(index), ==, G_N_ELEMENTS(rows));
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpint(cr_index_get_entry(index, i)->kind, ==, rows[i].kind);
    g_assert_cmpstr(cr_index_get_entry(index, i)->platform, ==, rows[i].platform);
  }
  guint at = 9;
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_index_choose(index, "linux/amd64", &at, NULL) && at == 1);
  g_assert_true(cr_index_choose(index, "arm64", &at, NULL) && at == 0);
  g_assert_false(cr_index_choose(index, "linux/arm/v7", &at, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  g_assert_cmpstr(cr_index_get_entry(index, 2)->subject, ==, fleet.amd);
  g_autofree char *all = cr_index_format_platforms(index);
  g_assert_cmpstr(all, ==, "linux/arm64/v8, linux/amd64");
  g_autoptr(CrSource) arm = cr_index_open_image(index, 0, NULL);
  g_assert_cmpstr(cr_source_get_image(arm)->platform, ==, "linux/arm64");
  g_assert_cmpstr(cr_source_get_image(arm)->digest, ==, fleet.arm);
}

static void test_unchanged(void)
{
  static const char *const types[] = {"oci", "docker"};
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    g_auto(Fleet) fleet;
    fleet_init(&fleet, types[i]);
    g_autoptr(CrSource) source = open_original(fleet.sample.original);
    g_autoptr(CrIndex) index = open_index(source);
    g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
    seal_index(draft);
    g_autofree char *text = get_text(cr_index_draft_get_bytes(draft));
    g_assert_cmpstr(text, ==, fleet.index);
    g_assert_cmpstr(cr_index_draft_get_digest(draft), ==, fleet.digest);
    g_assert_cmpuint(cr_index_draft_get_count(draft), ==, 4);
    g_assert_cmpuint(cr_index_draft_get_dropped(draft)->len, ==, 0);
  }
}

/* Nothing but the replaced descriptor, and the attestation of what is gone. */
static void test_replaced(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autoptr(CrSource) source = open_original(fleet.sample.original);
  g_autoptr(CrIndex) index = open_index(source);
  g_autoptr(CrSource) amd = cr_index_open_image(index, 1, NULL);
  g_autoptr(CrDraft) image = make_draft(amd, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  add_member(image, "f etc/new");
  seal(image);
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
  cr_index_draft_replace(draft, 1, image);
  cr_index_draft_set_annotation(draft, "made", "by a \"test\"");
  seal_index(draft);
  g_autofree char *was = g_strdup_printf("%s\",\"size\":%zu", fleet.amd, strlen(fleet.sample.manifest)),
                  *is = g_strdup_printf("%s\",\"size\":%zu", cr_draft_get_manifest_digest(image),
                                        g_bytes_get_size(cr_draft_get_manifest(image)));
  g_autofree char *statement = g_strdup_printf(",{\"mediaType\":\"" MANIFEST "\",\"digest\":\"%s", fleet.statement);
  g_autofree char *replaced = exchange(fleet.index, was, is);
  g_auto(GStrv) parts = g_strsplit(replaced, statement, 2);
  g_autofree char *rest = g_strconcat(parts[0], strstr(parts[1], ",{\"mediaType\""), NULL),
                  *expected =
                      exchange(rest, "\"odd\":1.0", "\"odd\":1.0,\"annotations\":{\"made\":\"by a \\\"test\\\"\"}");
  g_autofree char *text = get_text(cr_index_draft_get_bytes(draft));
  g_assert_cmpstr(text, ==, expected);
  const GPtrArray *dropped = cr_index_draft_get_dropped(draft);
  g_assert_cmpuint(dropped->len, ==, 1);
  const CrDropped *one = dropped->pdata[0];
  g_assert_cmpstr(one->digest, ==, fleet.statement);
  g_assert_cmpstr(one->subject, ==, fleet.amd);
  g_assert_cmpstr(one->type, ==, "attestation");
}

static char *read_index(const char *image, const char *platform, char **manifest, guint *layers)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(CrSource) source =
      cr_source_open(image, &(CrSourceOptions){.offline = TRUE, .platform = platform}, problems, &error);
  g_assert_no_error(error);
  *manifest = g_strdup(cr_source_get_image(source)->digest);
  *layers = cr_source_get_image(source)->layer_count;
  g_autoptr(CrIndex) index = open_index(source);
  g_autoptr(CrIndexDraft) all = cr_index_draft_new(index, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
  seal_index(all); /* every manifest and config is there */
  for (guint n = 0; n < cr_index_draft_get_count(all); n++)
    g_assert_nonnull(cr_draft_get_config(cr_index_draft_get_image(all, n)));
  return g_strdup(cr_source_get_index_digest(source));
}

/* What is written reads back as what was meant, from Docker's list too. */
static void test_written(void)
{
  static const struct {
    const char *type, *destination;
  } rows[] = {{"oci", "oci:%s/out:v1"},
              {"oci", "oci-archive:%s/out.tar:v1"},
              {"docker", "oci:%s/out:v1"},
              {"docker", "oci-archive:%s/out.tar"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Fleet) fleet;
    fleet_init(&fleet, rows[i].type);
    g_auto(GStrv) around = g_strsplit(rows[i].destination, "%s", 2);
    g_autofree char *destination = g_strconcat(around[0], fleet.sample.place.dir, around[1], NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &(CrSourceOptions){.offline = TRUE}, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(cr_image_sink_holds_indexes(sink));
    CrDraftOptions options = {.kind = CR_DRAFT_KEEP, .compression = CR_COMPRESSION_GZIP};
    cr_image_sink_adapt_options(sink, &options);
    g_autoptr(CrSource) source = open_original(fleet.sample.original);
    g_autoptr(CrIndex) index = open_index(source);
    g_autoptr(CrSource) amd = cr_index_open_image(index, 1, NULL);
    g_autoptr(CrDraft) image = make_draft(amd, options.kind, options.compression);
    add_member(image, "f etc/new");
    seal(image);
    g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &options);
    cr_index_draft_replace(draft, 1, image);
    seal_index(draft);
    cr_image_sink_write_index(sink, draft, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *text = get_text(cr_index_draft_get_bytes(draft));
    g_assert_null(strstr(text, "vnd.docker.distribution"));
    /* a converted image has another digest, too, and loses its attestation */
    g_assert_cmpuint(cr_index_draft_get_dropped(draft)->len, ==, !strcmp(rows[i].type, "docker") ? 2 : 1);
    guint layers = 0;
    g_autofree char *one = NULL, *two = NULL, *digest = read_index(destination, "linux/amd64", &one, &layers);
    g_assert_cmpstr(digest, ==, cr_index_draft_get_digest(draft));
    g_assert_cmpstr(one, ==, cr_draft_get_manifest_digest(image));
    g_assert_cmpuint(layers, ==, 2);
    g_autofree char *same = read_index(destination, "linux/arm64", &two, &layers);
    g_assert_cmpuint(layers, ==, 1);
    g_assert_true(!strcmp(rows[i].type, "docker") || !strcmp(two, fleet.arm));
  }
}

static void test_one_platform_only(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autoptr(CrSource) source = open_original(fleet.sample.original);
  g_autoptr(CrIndex) index = open_index(source);
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
  seal_index(draft);
  g_autofree char *destination = g_strconcat("docker-archive:", fleet.sample.place.dir, "/x.tar", NULL);
  g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &(CrSourceOptions){.offline = TRUE}, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_image_sink_holds_indexes(sink));
  g_assert_false(cr_image_sink_write_index(sink, draft, NULL, NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  g_assert_nonnull(strstr(cr_error_get_hint(error), "--platform"));
}

/* A layout whose index.json lists the platforms itself, beside another image; and one without an index. */
static void test_listed(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autofree char *named =
                      exchange(fleet.index, "\"variant\":\"v8\"}",
                               "\"variant\":\"v8\"},\"annotations\":{\"org.opencontainers.image.ref.name\":\"a\"}"),
                  *both = exchange(named, "\"annotations\":{\"k\":\"v\"",
                                   "\"annotations\":{\"org.opencontainers.image.ref.name\":\"a\"");
  set_index_json(&fleet, both);
  g_autofree char *image = g_strconcat(fleet.sample.original, ":a", NULL);
  g_autoptr(CrSource) source = open_original(image);
  g_autoptr(CrIndex) index = open_index(source);
  g_assert_cmpuint(cr_index_get_count(index), ==, 4);
  g_autofree char *all = cr_index_format_platforms(index);
  g_assert_cmpstr(all, ==, "linux/arm64/v8, linux/amd64");
  g_auto(Sample) single;
  sample_init(&single, "", "oci");
  g_autoptr(CrSource) alone = open_original(single.original);
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_index_open(alone, &error));
  g_assert_no_error(error);
}

static void test_nested(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autofree char *entry = format_entry(&fleet, OCI "index.v1+json", fleet.digest, "\"annotations\":{}"),
                  *rest = strchr(fleet.index, '[') ? g_strdup(strchr(fleet.index, '[') + 1) : NULL;
  g_autofree char *outer = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[%s,%s", entry, rest);
  g_autofree char *digest = put_text(&fleet.sample, outer);
  g_autofree char *top = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI
                                         "index.v1+json\",\"digest\":\"%s\",\"size\":%zu}]}",
                                         digest, strlen(outer));
  set_index_json(&fleet, top);
  g_autoptr(CrSource) source = open_original(fleet.sample.original);
  g_autoptr(CrIndex) index = open_index(source);
  g_assert_cmpint(cr_index_get_entry(index, 0)->kind, ==, CR_INDEX_ARTIFACT);
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_index_draft_seal(draft, problems, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_nonnull(strstr(error->message, "an index in an index"));
}

/* An index that lists more than anybody builds. */
static void test_too_many(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autofree char *entry =
      format_entry(&fleet, MANIFEST, fleet.arm, "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}");
  g_autoptr(GString) index = g_string_new("{\"schemaVersion\":2,\"manifests\":[");
  for (guint i = 0; i <= CR_LIMIT_INDEX_CARRIED; i++)
    g_string_append_printf(index, "%s%s", i ? "," : "", entry);
  g_string_append(index, "]}");
  g_autofree char *digest = put_text(&fleet.sample, index->str);
  g_autofree char *top = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI
                                         "index.v1+json\",\"digest\":\"%s\",\"size\":%zu}]}",
                                         digest, index->len);
  set_index_json(&fleet, top);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(CrSource) source = cr_source_open(
      fleet.sample.original, &(CrSourceOptions){.offline = TRUE, .any_platform = TRUE}, problems, &error);
  g_assert_no_error(error);
  g_autoptr(CrIndex) opened = open_index(source);
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(opened, &(CrDraftOptions){.kind = CR_DRAFT_KEEP});
  g_assert_false(cr_index_draft_seal(draft, problems, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_LIMIT);
}

/* Signatures of a layout's image, by cosign's names for them; those of another image are none of ours. */
static void test_referrers(void)
{
  g_auto(Fleet) fleet;
  fleet_init(&fleet, "oci");
  g_autoptr(GString) top = g_string_new(NULL);
  static const char *const endings[] = {"", ".sig", ".sbom", ".other"};
  g_string_printf(top,
                  "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"size\":%zu,\"annotations\":{"
                  "\"org.opencontainers.image.ref.name\":\"one\"}}",
                  fleet.digest, strlen(fleet.index));
  for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
    g_string_append_printf(top,
                           ",{\"digest\":\"%s\",\"size\":%zu,\"annotations\":{"
                           "\"org.opencontainers.image.ref.name\":\"sha256-%s%s\"}}",
                           i ? fleet.statement : fleet.other, size_of(&fleet, fleet.statement),
                           cr_digest_get_hex(fleet.amd), endings[i]);
  g_string_append(top, "]}");
  set_index_json(&fleet, top->str);
  g_autofree char *image = g_strconcat(fleet.sample.original, ":one", NULL);
  g_autoptr(CrSource) source = open_original(image);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_source_list_referrers(source, fleet.amd, arena, found, problems);
  g_assert_cmpuint(found->len, ==, 3);
  g_assert_cmpstr(((const CrDropped *)found->pdata[0])->digest, ==, fleet.other);
  g_assert_cmpstr(((const CrDropped *)found->pdata[1])->type, ==, "cosign signature");
  g_assert_cmpstr(((const CrDropped *)found->pdata[2])->type, ==, "cosign bill of materials");
  cr_source_list_referrers(source, fleet.arm, arena, found, problems);
  g_assert_cmpuint(found->len, ==, 3);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/index-draft/entries", test_entries);
  g_test_add_func("/image/index-draft/unchanged", test_unchanged);
  g_test_add_func("/image/index-draft/replaced", test_replaced);
  g_test_add_func("/image/index-draft/written", test_written);
  g_test_add_func("/image/index-draft/one-platform-only", test_one_platform_only);
  g_test_add_func("/image/index-draft/listed", test_listed);
  g_test_add_func("/image/index-draft/nested", test_nested);
  g_test_add_func("/image/index-draft/too-many", test_too_many);
  g_test_add_func("/image/index-draft/referrers", test_referrers);
  return g_test_run();
}
