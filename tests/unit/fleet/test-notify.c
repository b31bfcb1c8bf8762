/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/notify.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void test_header(void)
{
  static const struct {
    const char *in, *out;
  } rows[] = {
      {"[careen] host: 1 done", "[careen] host: 1 done"},
      {"", ""},
      {"a\r\nBcc: b", "=?UTF-8?B?YQ0KQmNjOiBi?="},
      {"=?x?=", "=?UTF-8?B?PT94Pz0=?="},
      {"\xc3\xa4", "=?UTF-8?B?w6Q=?="},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *out = cr_notify_encode_header(rows[i].in);
    g_assert_cmpstr(out, ==, rows[i].out);
  }
  /* 30 characters of three bytes: each word has whole ones */
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < 30; i++)
    g_string_append(text, "\xe2\x82\xac");
  g_autofree char *out = cr_notify_encode_header(text->str);
  g_auto(GStrv) words = g_strsplit(out, "\n ", -1);
  for (guint i = 0; words[i]; i++) {
    gsize size = 0;
    g_autofree char *coded = g_strndup(words[i] + 10, strlen(words[i]) - 12);
    g_autofree guchar *bytes = g_base64_decode(coded, &size);
    g_assert_cmpuint(strlen(words[i]), <=, 75);
    g_assert_true(g_utf8_validate((const char *)bytes, (gssize)size, NULL));
  }
  g_assert_cmpuint(g_strv_length(words), ==, 2);
  g_string_free(text, TRUE);
}

static void test_mail(void)
{
  const CrNotifyConfig config = {.sender = "careen@example.org"};
  GString *text = g_string_new(".\n");
  for (guint i = 0; i < 3000; i++)
    g_string_append_c(text, 'x');
  CrNotice notice = {.subject = "[careen] h: 1 failed", .text = text->str, .json = "{}", .failure = TRUE};
  g_autofree char *mail = cr_notify_format_mail(&config, "root", &notice, 1764331200, "\r\n");
  g_assert_nonnull(strstr(mail, "From: careen@example.org\r\nTo: root\r\nSubject: [careen] h: 1 failed\r\n"
                                "Date: Fri, 28 Nov 2025 12:00:00 +0000\r\n"));
  g_auto(GStrv) lines = g_strsplit(mail, "\r\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_assert_cmpuint(strlen(lines[i]), <=, 998);
    g_assert_null(strchr(lines[i], '\n'));
  }
  g_string_free(text, TRUE);
}

static void test_journal(void)
{
  CrNotice notice = {.subject = "s", .text = "t\nPRIORITY=0\n", .json = "{}"};
  g_autoptr(GBytes) bytes = cr_notify_format_journal(&notice);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  static const char begin[] = "MESSAGE\n\x0f\0\0\0\0\0\0\0s\nt\nPRIORITY=0\n\nPRIORITY\n\1\0\0\0\0\0\0\0"
                              "5\n";
  g_assert_cmpuint(size, >, sizeof begin);
  g_assert_true(!memcmp(data, begin, sizeof begin - 1));
}

static void test_target(void)
{
  static const struct {
    const char *kind, *target, *out;
  } rows[] = {
      {"mail", "root", "mail root"},
      {"mail", "ann@example.org", "mail ann@example.org"},
      {"ntfy", "https://user:secret@example.org:8443/", "ntfy https://example.org:8443"},
      {"webhook", "https://user:secret@example.org/a?token=x#y", "webhook https://example.org/\xe2\x80\xa6"},
      {"ntfy", "http://example.org", "ntfy http://example.org"},
      {"webhook", "https://a@b@example.org/@c", "webhook https://example.org/\xe2\x80\xa6"},
      {"journal", NULL, "journal"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrNotifyTarget target = {.kind = rows[i].kind, .target = rows[i].target};
    g_autofree char *out = cr_notify_format_target(&target);
    g_assert_cmpstr(out, ==, rows[i].out);
  }
}

static void test_key(void)
{
  static const char *const tell_a[] = {"sh", "-c", "a", NULL}, *const tell_b[] = {"sh", "-c", "b", NULL};
  const CrNotifyTarget targets[] = {
      {.kind = "webhook", .target = "https://example.org/hook?to=a"},
      {.kind = "webhook", .target = "https://example.org/hook?to=b"},
      {.kind = "command", .command = tell_a},
      {.kind = "command", .command = tell_b},
      {.kind = "journal"},
  };
  g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
    char *key = cr_notify_format_key(&targets[i]);
    g_assert_null(strstr(key, "hook?"));
    g_assert_true(g_hash_table_add(keys, key));
  }
}

static void test_secret(void)
{
  static const struct {
    const char *text;
    guint mode;
    const char *header; /* NULL: refused */
  } rows[] = {
      {"abc\nmore", 0600, "Authorization: Bearer abc"},
      {"abc", 0640, "Authorization: Bearer abc"},
      {"abc", 0644, NULL},
      {"abc", 0660, NULL},
      {"", 0600, NULL},
      {"a b", 0600, NULL},
  };
  g_autofree char *folder = g_dir_make_tmp("careen-notify-XXXXXX", NULL), *file = g_build_filename(folder, "t", NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrNotifyTarget target = {.kind = "ntfy", .secret_file = file};
    g_autoptr(GError) error = NULL;
    g_autofree char *header = NULL;
    g_assert_true(g_file_set_contents(file, rows[i].text, -1, NULL));
    g_assert_cmpint(chmod(file, rows[i].mode), ==, 0);
    g_assert_true(cr_notify_read_secret(&target, &header, &error) == (rows[i].header != NULL));
    g_assert_cmpstr(header, ==, rows[i].header);
  }
  remove(file);
  remove(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/notify/header", test_header);
  g_test_add_func("/notify/mail", test_mail);
  g_test_add_func("/notify/journal", test_journal);
  g_test_add_func("/notify/target", test_target);
  g_test_add_func("/notify/key", test_key);
  g_test_add_func("/notify/secret", test_secret);
  return g_test_run();
}
