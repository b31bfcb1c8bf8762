/* SPDX-License-Identifier: Apache-2.0 */
/* write-image SOURCE DESTINATION… [OPTION]…: makes an image of SOURCE and what OPTIONs add, writes it to each
 * DESTINATION in turn and prints its digests; for the oracles. OPTION: --layer=TAR, --label=NAME=VALUE,
 * --annotation=NAME=VALUE, --attach=FILE, --compress=zstd|none, --kind=oci|docker, --refuse (nothing gets its name),
 * --pause=FILE (before the name is given: FILE is made, and waited for until it is gone), --temporary=DIR,
 * --plain-http, --ca-file=FILE, --platform=P, --docker=HOST, --podman=HOST, --publisher=SOCKET, --index (SOURCE's whole
 * index: OPTIONS add to the platform that --platform, else this machine, chooses; "index DIGEST" is printed, "dropped
 * TYPE SUBJECT"),
 * --referrers (what speaks of SOURCE is printed: "referrer DIGEST TYPE PLACE"; and problems). A daemon's own id is
 * printed as "id ID". */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/progress.h"
#include "image/sink.h"

typedef struct {
  CrSourceOptions source;
  CrDraftOptions draft;
  gboolean refuse, index, referrers;
  const char *pause, *attach;
} Options;

static int fail(const GError *error)
{
  const char *hint = cr_error_get_hint(error);
  fprintf(stderr, "write-image: %s\n", error->message);
  if (hint)
    fprintf(stderr, "hint: %s\n", hint);
  return cr_error_get_exit_code(error);
}

static gboolean confirm(gpointer data, GError **error)
{
  const Options *options = data;
  if (options->pause && g_file_set_contents(options->pause, "", 0, error))
    while (access(options->pause, F_OK) == 0)
      g_usleep(10000);
  if (options->refuse)
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "it was not confirmed");
  return !options->refuse;
}

/* A value like NAME=VALUE in two. */
static char **split(const char *pair)
{
  return g_strsplit(pair, "=", 2);
}

static void read_option(Options *options, const char *word)
{
  const struct {
    const char *name;
    const char **place;
  } texts[] = {{"--pause=", &options->pause},
               {"--attach=", &options->attach},
               {"--temporary=", &options->draft.temporary_dir},
               {"--ca-file=", &options->source.ca_file},
               {"--platform=", &options->source.platform},
               {"--docker=", &options->source.docker_host},
               {"--podman=", &options->source.podman_host},
               {"--publisher=", &options->source.publisher}};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (g_str_has_prefix(word, texts[i].name))
      *texts[i].place = word + strlen(texts[i].name);
  options->refuse = options->refuse || !strcmp(word, "--refuse");
  options->index = options->index || !strcmp(word, "--index");
  options->referrers = options->referrers || !strcmp(word, "--referrers");
  options->source.plain_http = options->source.plain_http || !strcmp(word, "--plain-http");
  if (!strcmp(word, "--compress=zstd"))
    options->draft.compression = CR_COMPRESSION_ZSTD;
  if (!strcmp(word, "--compress=none"))
    options->draft.compression = CR_COMPRESSION_NONE;
  if (!strcmp(word, "--kind=oci"))
    options->draft.kind = CR_DRAFT_OCI;
  if (!strcmp(word, "--kind=docker"))
    options->draft.kind = CR_DRAFT_DOCKER;
}

static gboolean add_layer(CrDraft *draft, const char *path, GError **error)
{
  CrDraftHistory history = {.created = "2026-01-02T03:04:05Z", .created_by = "write-image", .comment = "a \"test\""};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    return cr_draft_add_layer(draft, cr_stream_new_pipe(fd, TRUE), &history, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s'", path);
  return FALSE;
}

static gboolean add(CrDraft *draft, int argc, char **argv, GError **error)
{
  for (int i = 1; i < argc; i++) {
    if (g_str_has_prefix(argv[i], "--layer=") && !add_layer(draft, argv[i] + 8, error))
      return FALSE;
    g_auto(GStrv) label = g_str_has_prefix(argv[i], "--label=") ? split(argv[i] + 8) : NULL;
    g_auto(GStrv) annotation = g_str_has_prefix(argv[i], "--annotation=") ? split(argv[i] + 13) : NULL;
    if (label)
      cr_draft_set_label(draft, label[0], label[1]);
    if (annotation)
      cr_draft_set_annotation(draft, annotation[0], annotation[1]);
  }
  return TRUE;
}

/* KiB. Not getrusage's, which begins with what the process had that started this one. */
static guint64 find_peak(void)
{
  g_autofree char *text = NULL;
  const char *line = g_file_get_contents("/proc/self/status", &text, NULL, NULL) ? strstr(text, "VmHWM:") : NULL;
  return line ? g_ascii_strtoull(line + strlen("VmHWM:"), NULL, 10) : 0;
}

static void print(const CrDraft *draft)
{
  printf("config %s\nmanifest %s\ntype %s\n", cr_draft_get_config_digest(draft), cr_draft_get_manifest_digest(draft),
         cr_draft_get_manifest_type(draft));
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, i);
    printf("layer %s %s\n", layer->digest, layer->diff_id);
  }
  printf("peak %" G_GUINT64_FORMAT "\n", find_peak());
}

static gboolean attach(CrImageSink *sink, const Options *options, const CrDraft *draft, GError **error)
{
  static const char *const names[] = {"org.example.kind", NULL}, *const values[] = {"test", NULL};
  g_autofree char *text = NULL, *digest = NULL;
  gsize size = 0;
  if (!options->attach)
    return TRUE;
  if (!g_file_get_contents(options->attach, &text, &size, error))
    return FALSE;
  g_autoptr(GBytes) content = g_bytes_new(text, size);
  if (!cr_image_sink_attach(sink, draft, "application/vnd.example.record", "application/json", content, names, values,
                            &digest, error))
    return FALSE;
  printf("record %s\n", digest);
  return TRUE;
}

typedef struct {
  Options options;
  CrSource *source;
  CrProblems *problems;
  int argc;
  char **argv;
} Work;

static gboolean write_index(const char *destination, Work *all, GError **error)
{
  CrDraftOptions options = all->options.draft;
  guint entry = 0;
  g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &all->options.source, all->problems, error);
  g_autoptr(CrIndex) index = sink ? cr_index_open(all->source, error) : NULL;
  if (!index || !cr_index_choose(index, all->options.source.platform, &entry, error))
    return FALSE;
  cr_image_sink_adapt_options(sink, &options);
  g_autoptr(CrSource) source = cr_index_open_image(index, entry, error);
  g_autoptr(CrDraft) image = source ? cr_draft_new(source, &options, error) : NULL;
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(index, &options);
  if (!image || !add(image, all->argc, all->argv, error) || !cr_draft_seal(image, all->problems, error))
    return FALSE;
  cr_index_draft_replace(draft, entry, image);
  if (!cr_index_draft_seal(draft, all->problems, error) ||
      !cr_image_sink_write_index(sink, draft, confirm, &all->options, error))
    return FALSE;
  const GPtrArray *dropped = cr_index_draft_get_dropped(draft);
  for (guint i = 0; i < dropped->len; i++) {
    const CrDropped *one = dropped->pdata[i];
    printf("dropped %s %s\n", one->type, one->subject);
  }
  print(image);
  printf("index %s\n", cr_index_draft_get_digest(draft));
  return TRUE;
}

static gboolean write_to(const char *destination, Work *all, GError **error)
{
  const Options *options = &all->options;
  CrDraftOptions draft_options = options->draft;
  g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &options->source, all->problems, error);
  if (!sink)
    return FALSE;
  cr_image_sink_adapt_options(sink, &draft_options);
  g_autoptr(CrDraft) draft = cr_draft_new(all->source, &draft_options, error);
  if (!draft || !add(draft, all->argc, all->argv, error) || !cr_draft_seal(draft, all->problems, error) ||
      !cr_image_sink_write(sink, draft, confirm, &all->options, error) || !attach(sink, options, draft, error))
    return FALSE;
  print(draft);
  if (cr_image_sink_get_id(sink))
    printf("id %s\n", cr_image_sink_get_id(sink));
  return TRUE;
}

static void print_referrers(const Work *all)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_source_list_referrers(all->source, cr_source_get_image(all->source)->digest, arena, found, problems);
  for (guint i = 0; i < found->len; i++) {
    const CrDropped *one = found->pdata[i];
    printf("referrer %s %s %s\n", one->digest, one->type, one->place);
  }
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    fprintf(stderr, "%s: %s\n", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
}

int main(int argc, char **argv)
{
  Work all = {.options = {.draft.compression = CR_COMPRESSION_GZIP, .source.docker_host = g_getenv("DOCKER_HOST")},
              .argc = argc,
              .argv = argv};
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  for (int i = 1; i < argc; i++) {
    if (g_str_has_prefix(argv[i], "--"))
      read_option(&all.options, argv[i]);
    else
      g_ptr_array_add(words, argv[i]);
  }
  if (words->len < 2)
    return 2;
  cr_progress_set_enabled(TRUE);
  g_autoptr(CrProblems) problems = all.problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(CrSource) source = all.source = cr_source_open(words->pdata[0], &all.options.source, all.problems, &error);
  if (!source)
    return fail(error);
  if (all.options.referrers)
    print_referrers(&all);
  for (guint i = 1; i < words->len; i++)
    if (!(all.options.index ? write_index : write_to)(words->pdata[i], &all, &error))
      return fail(error);
  return 0;
}
