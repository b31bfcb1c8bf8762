/* SPDX-License-Identifier: Apache-2.0 */
/* Handing over an image: each side against another that is written down here. With a registry: tests/oracle/publish. */
#include "sample.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "image/handover.h"
#include "image/publisher.h"

#define NAME "registry.example/shop/web:4"

/* ---- the publisher, and what a maker may send it ---- */

typedef struct {
  char kind;
  const char *payload; /* NULL: none; "@manifest", "@config": the sample's */
} Frame;

static void send_frames(const Sample *sample, int fd, const Frame *frames)
{
  for (; frames->kind; frames++) {
    const char *text = frames->payload ? frames->payload : "";
    text = !strcmp(text, "@manifest") ? sample->manifest : !strcmp(text, "@config") ? sample->config : text;
    g_assert_true(cr_handover_send(fd, frames->kind, text, strlen(text), NULL));
  }
}

/* What it answers, as letters; an error of it also as ERROR. */
static char *serve(const Sample *sample, const Frame *frames, const char *raw, gsize raw_bytes, GError **error)
{
  int pair[2];
  GString *said = g_string_new(NULL);
  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
  send_frames(sample, pair[0], frames);
  g_assert_cmpint(write(pair[0], raw, raw_bytes), ==, (gssize)raw_bytes);
  g_assert_cmpint(shutdown(pair[0], SHUT_WR), ==, 0);
  static const char *const names[] = {"other.example/web:1", NAME, NULL};
  CrSourceOptions source = {.offline = TRUE};
  gboolean ok =
      cr_publisher_serve(pair[1], &(CrPublisherOptions){.source = &source, .names = names, .wait_ms = 60000}, error);
  close(pair[1]);
  g_autoptr(GError) told = NULL;
  for (char kind = 1; kind;) {
    g_autoptr(GBytes) payload = NULL;
    g_autoptr(GError) why = NULL;
    kind = cr_handover_receive(pair[0], "RNLQPE", 60000, &payload, &why);
    if (kind)
      g_string_append_c(said, kind);
    if (kind == 'E')
      told = g_steal_pointer(&why);
  }
  close(pair[0]);
  g_assert_cmpint(ok, ==, told == NULL);
  if (told) {
    g_assert_error(told, CR_ERROR, (*error)->code);
    g_assert_cmpstr(told->message, ==, (*error)->message);
  }
  return g_string_free(said, FALSE);
}

static const struct {
  const char *what;
  Frame frames[4];
  const char *raw;
  gsize raw_bytes;
  const char *said;
  CrErrorCode code;
  const char *why;
} makers[] = {
    {"good: it would go to the registry",
     {{'T', NAME}, {'M', "@manifest"}, {'C', "@config"}},
     "",
     0,
     "RE",
     CR_ERROR_OFFLINE,
     "--offline"},
    {"no login there", {{'T', "other.example/web:1"}}, "", 0, "N", 0, NULL},
    {"another tag",
     {{'T', "registry.example/shop/web:5"}},
     "",
     0,
     "E",
     CR_ERROR_USAGE,
     "no image of careen.yaml has push:"},
    {"another repository",
     {{'T', "registry.example/shop/web2:4"}},
     "",
     0,
     "E",
     CR_ERROR_USAGE,
     "no image of careen.yaml has push:"},
    {"a digest",
     {{'T', "registry.example/shop/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}},
     "",
     0,
     "E",
     CR_ERROR_USAGE,
     "digest"},
    {"no name", {{'T', "Shop/../web"}}, "", 0, "E", CR_ERROR_USAGE, "not well formed"},
    {"an empty name", {{'T', ""}}, "", 0, "E", CR_ERROR_USAGE, NULL},
    {"nothing", {{0, NULL}}, "", 0, "E", CR_ERROR_ENVIRONMENT, "gone"},
    {"half a head", {{0, NULL}}, "T\0\0", 3, "E", CR_ERROR_ENVIRONMENT, "gone"},
    {"half a name", {{0, NULL}}, "T\0\0\0\5web", 8, "E", CR_ERROR_ENVIRONMENT, "gone"},
    {"a name without end", {{0, NULL}}, "T\377\377\377\377web", 8, "E", CR_ERROR_INPUT, "not expected"},
    {"the second word first", {{'M', "@manifest"}}, "", 0, "E", CR_ERROR_INPUT, "not expected"},
    {"no kind at all", {{0, NULL}}, "\0\0\0\0\0", 5, "E", CR_ERROR_INPUT, "not expected"},
    {"data instead of documents", {{'T', NAME}, {'D', "x"}}, "", 0, "RE", CR_ERROR_INPUT, "not expected"},
    {"a manifest that is none",
     {{'T', NAME}, {'M', "{"}, {'C', "@config"}},
     "",
     0,
     "RE",
     CR_ERROR_INPUT,
     "the manifest"},
    {"an index",
     {{'T', NAME}, {'M', "{\"schemaVersion\":2,\"manifests\":[]}"}, {'C', "@config"}},
     "",
     0,
     "RE",
     CR_ERROR_INPUT,
     "not one image's"},
    {"another config",
     {{'T', NAME}, {'M', "@manifest"}, {'C', "{}"}},
     "",
     0,
     "RE",
     CR_ERROR_INPUT,
     "not that config's"},
    {"a manifest without end", {{'T', NAME}}, "M\1\0\0\0{", 6, "RE", CR_ERROR_INPUT, "not expected"},
};

static void test_makers(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  for (guint i = 0; i < G_N_ELEMENTS(makers); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *said = serve(&sample, makers[i].frames, makers[i].raw, makers[i].raw_bytes, &error);
    g_test_message("%s: %s %s", makers[i].what, said, error ? error->message : "");
    g_assert_cmpstr(said, ==, makers[i].said);
    g_assert_cmpint(error != NULL, ==, strchr(said, 'E') != NULL);
    if (error)
      g_assert_error(error, CR_ERROR, (int)makers[i].code);
    g_assert_true(!makers[i].why || (error && strstr(error->message, makers[i].why)));
  }
}

/* A config that is the manifest's and no image's. */
static void test_bad_config(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "\"config\":7,", "oci");
  g_autoptr(GError) error = NULL;
  const Frame frames[] = {{'T', NAME}, {'M', "@manifest"}, {'C', "@config"}, {0, NULL}};
  g_autofree char *said = serve(&sample, frames, "", 0, &error);
  g_assert_cmpstr(said, ==, "RE");
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

static void test_silence(void)
{
  int pair[2];
  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
  static const char *const names[] = {NAME, NULL};
  CrSourceOptions source = {.offline = TRUE};
  g_autoptr(GError) error = NULL;
  g_assert_false(
      cr_publisher_serve(pair[1], &(CrPublisherOptions){.source = &source, .names = names, .wait_ms = 1}, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "said nothing"));
  close(pair[0]);
  close(pair[1]);
}

/* ---- the maker, and what a publisher may do ---- */

typedef struct {
  int listener;
  const char *script; /* what it sends, "L0" a layer's number, "P!" a wrong digest; lower case: what must come first */
  const Sample *sample;
  GByteArray *layer;
  GError *failure; /* that the maker told */
} Publisher;

static void answer(Publisher *publisher, int fd, const char *word)
{
  guint32 number = GUINT32_TO_BE((guint32)(word[1] - '0'));
  g_autofree char *digest = cr_digest_of(publisher->sample->manifest, strlen(publisher->sample->manifest));
  const char *named = word[1] == '!' ? "sha256:0" : digest;
  if (*word == 'L')
    cr_handover_send(fd, 'L', &number, sizeof number, NULL);
  else if (*word == 'P')
    cr_handover_send(fd, 'P', named, strlen(named), NULL);
  else if (*word == 'E')
    cr_handover_send_error(fd, 'E', &(GError){CR_ERROR, CR_ERROR_USAGE, (char *)"not that one"});
  else
    cr_handover_send(fd, *word, NULL, 0, NULL);
}

static void hear(Publisher *publisher, int fd, char word)
{
  g_autoptr(GBytes) payload = NULL;
  const char kinds[] = {g_ascii_toupper(word), 'F', 0};
  char kind = cr_handover_receive(fd, kinds, 60000, &payload, &publisher->failure);
  g_clear_pointer(&publisher->layer, g_byte_array_unref);
  if (kind == 'D')
    publisher->layer = g_bytes_unref_to_array(g_steal_pointer(&payload));
}

static gpointer publish(gpointer data)
{
  Publisher *publisher = data;
  int fd = accept(publisher->listener, NULL, NULL);
  g_auto(GStrv) words = g_strsplit(publisher->script, " ", -1);
  for (guint i = 0; words[i] && !publisher->failure; i++) {
    if (g_ascii_islower(*words[i]))
      hear(publisher, fd, *words[i]);
    else if (*words[i])
      answer(publisher, fd, words[i]);
  }
  close(fd);
  return NULL;
}

static gboolean refuse(gpointer data, GError **error)
{
  (void)data;
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "not this one");
  return FALSE;
}

static gboolean hand_over(Publisher *publisher, const Sample *sample, CrSinkConfirm confirm, GError **error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  g_autofree char *path = g_build_filename(sample->place.dir, "s", NULL);
  g_assert_cmpuint(g_strlcpy(address.sun_path, path, sizeof address.sun_path), <, sizeof address.sun_path);
  publisher->sample = sample;
  publisher->listener = socket(AF_UNIX, SOCK_STREAM, 0);
  g_assert_cmpint(bind(publisher->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(listen(publisher->listener, 1), ==, 0);
  GThread *thread = g_thread_new("publisher", publish, publisher);
  CrSourceOptions options = {.offline = TRUE, .publisher = path};
  g_autoptr(CrImageSink) sink = cr_image_sink_open("registry:" NAME, &options, NULL, error);
  g_assert_nonnull(sink);
  g_assert_false(cr_image_sink_can_attach(sink) || cr_image_sink_holds_indexes(sink));
  g_autoptr(CrSource) source = open_original(sample->original);
  g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  seal(draft);
  gboolean ok = cr_image_sink_write(sink, draft, confirm, NULL, error);
  g_thread_join(thread);
  close(publisher->listener);
  unlink(path);
  return ok;
}

static const struct {
  const char *script;
  gboolean refused, ok;
  CrErrorCode code;
  const char *why;
} publishers[] = {
    {"t R m c Q y P", FALSE, TRUE, 0, NULL},
    {"t R m c L0 d Q y P", FALSE, TRUE, 0, NULL},
    {"t R m c L0 d L0 d Q y P", FALSE, TRUE, 0, NULL}, /* an upload that broke */
    {"t R m c L0 d Q y P!", FALSE, FALSE, CR_ERROR_TRUST, "something else"},
    {"t R m c L0 d Q y", TRUE, FALSE, CR_ERROR_GATE, "4': not this one"},
    {"t R m c L0 d Q y E", FALSE, FALSE, CR_ERROR_USAGE, "by the publisher: not that one"},
    {"t R m c L0 d Q y", FALSE, FALSE, CR_ERROR_ENVIRONMENT, "gone"},
    {"t R m c L0 d", FALSE, FALSE, CR_ERROR_ENVIRONMENT, "gone"},
    {"t E", FALSE, FALSE, CR_ERROR_USAGE, "by the publisher: not that one"},
    {"t", FALSE, FALSE, CR_ERROR_ENVIRONMENT, "gone"},
    {"t P", FALSE, FALSE, CR_ERROR_INPUT, "not expected"},
    {"t R m c P", FALSE, FALSE, CR_ERROR_INPUT, "not expected"},
    {"t R m c L1", FALSE, FALSE, CR_ERROR_INPUT, "a layer that there is not"},
    {"t R m c L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d L0 d", FALSE, FALSE,
     CR_ERROR_INPUT, "without end"},
    {"t N", FALSE, FALSE, CR_ERROR_OFFLINE, "--offline"}, /* then by itself, as far as it goes */
};

static void test_publishers(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(publishers); i++) {
    g_auto(Sample) sample;
    sample_init(&sample, "", "oci");
    g_autoptr(GError) error = NULL;
    Publisher publisher = {.script = publishers[i].script};
    gboolean ok = hand_over(&publisher, &sample, publishers[i].refused ? refuse : NULL, &error);
    g_test_message("%s: %s", publishers[i].script, error ? error->message : "published");
    g_assert_cmpint(ok, ==, publishers[i].ok);
    if (!ok) {
      g_assert_error(error, CR_ERROR, (int)publishers[i].code);
      g_assert_nonnull(strstr(error->message, publishers[i].why));
    }
    if (publishers[i].refused)
      g_assert_error(publisher.failure, CR_ERROR, CR_ERROR_GATE);
    g_clear_error(&publisher.failure);
    g_clear_pointer(&publisher.layer, g_byte_array_unref);
  }
}

static void test_layer(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autoptr(GError) error = NULL;
  Publisher publisher = {.script = "t R m c L0 d"};
  g_assert_false(hand_over(&publisher, &sample, NULL, &error));
  g_assert_nonnull(publisher.layer);
  g_autoptr(GBytes) sent = g_byte_array_free_to_bytes(publisher.layer);
  g_assert_true(g_bytes_equal(sent, sample.layer));
  g_clear_error(&publisher.failure);
}

static void test_nobody(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autofree char *path = g_build_filename(sample.place.dir, "nobody", NULL);
  CrSourceOptions options = {.publisher = path};
  g_autoptr(CrImageSink) sink = cr_image_sink_open("registry:" NAME, &options, NULL, NULL);
  g_autoptr(CrSource) source = open_original(sample.original);
  g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  seal(draft);
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_image_sink_write(sink, draft, NULL, NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "does not answer"));
  g_assert_cmpstr(cr_error_get_hint(error), ==, "systemctl start careen-publish.socket");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autofree char *logins = NULL;
  int fd = g_file_open_tmp("careen-logins.XXXXXX", &logins, NULL);
  g_assert_cmpint(fd, >=, 0);
  close(fd);
  g_assert_true(
      g_file_set_contents(logins, "{\"auths\":{\"registry.example\":{\"auth\":\"bWU6c2VjcmV0\"}}}", -1, NULL));
  g_assert_true(g_setenv("REGISTRY_AUTH_FILE", logins, TRUE) && g_setenv("HOME", "/nonexistent", TRUE));
  g_test_add_func("/image/publisher/makers", test_makers);
  g_test_add_func("/image/publisher/bad-config", test_bad_config);
  g_test_add_func("/image/publisher/silence", test_silence);
  g_test_add_func("/image/publisher/publishers", test_publishers);
  g_test_add_func("/image/publisher/layer", test_layer);
  g_test_add_func("/image/publisher/nobody", test_nobody);
  int code = g_test_run();
  unlink(logins);
  return code;
}
