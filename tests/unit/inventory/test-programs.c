/* SPDX-License-Identifier: Apache-2.0 */
/* What files say of themselves, on made-up bytes; Debian's own binaries are in tests/oracle/programs. */
#include <string.h>

#include "inventory/language.h"
#include "inventory/private.h"

#define ELF "\177ELF"

static const struct {
  const char *path;
  const char *bytes;          /* '|' stands for NUL */
  const char *version, *said; /* NULL: nothing is kept */
} cases[] = {
    {"usr/sbin/nginx", ELF "|x|nginx version: nginx/1.25.3|more|", "1.25.3", "nginx/1.25.3"},
    {"usr/sbin/nginx-debug", ELF "|nginx/1.25.3 (x)|", "1.25.3", "nginx/1.25.3"},
    {"usr/sbin/nginx", ELF "|nginx version: openresty/1.21.4.1|", "1.21.4.1", "openresty/1.21.4.1"},
    {"usr/sbin/nginx", ELF "|nginx/%s|nginx/1.25|nginx/1.25.3.x|", NULL, NULL},
    {"usr/sbin/nginx", ELF "|nginx/1.25.3", NULL, NULL},  /* the file ends: there may be more of it */
    {"usr/sbin/nginx", "MZ |nginx/1.25.3|", NULL, NULL},  /* no ELF file */
    {"usr/sbin/other", ELF "|nginx/1.25.3|", NULL, NULL}, /* no known name */
    {"usr/bin/openssl", ELF "|OpenSSL 3.0.11 19 Sep 2023|", "3.0.11", "OpenSSL 3.0.11"},
    {"lib/libcrypto.so.1.1", ELF "|OpenSSL 1.1.1w  11 Sep 2023|", "1.1.1w", "OpenSSL 1.1.1w"},
    {"usr/bin/openssl", ELF "|LibreSSL 3.8.2|", "3.8.2", "LibreSSL 3.8.2"},
    {"usr/lib/ruby/openssl.so", ELF "|OpenSSL 3.0.11 19 Sep 2023|", NULL, NULL},
    {"bin/busybox", ELF "|BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)|", "1.36.1", "BusyBox v1.36.1"},
    {"bin/[", ELF "|BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)|", "1.36.1",
     "BusyBox v1.36.1"}, /* the first of its hard links */
    {"usr/local/bin/php", ELF "|X-Powered-By: PHP/8.3.0RC6|", "8.3.0RC6", "X-Powered-By: PHP/8.3.0RC6"},
    {"usr/local/bin/python3.12", ELF "|1.2.13|3.12.0rc1|3.2.0|", "3.12.0rc1", "3.12.0rc1"},
    {"usr/local/lib/libpython3.12.so.1.0", ELF "|3.12.1|3.1.2|", "3.12.1", "3.12.1"},
    {"usr/local/lib/libpython3.11.so.1.0", ELF "|1.2.13|/opt/python/3.11.7|/opt/python/3.11.7/lib|", "3.11.7",
     "3.11.7"},
    {"usr/bin/python3", ELF "|/opt/python/3.11.7|", NULL, NULL},
    {"usr/bin/python3", ELF "|3.12.1|3.1.2|", NULL, NULL},       /* which? */
    {"usr/bin/python3.12", ELF "|x3.12.1|3.12.1 |", NULL, NULL}, /* no text of its own */
    {"usr/bin/node", ELF "|node.js/v20.1.0|", "20.1.0", "node.js/v20.1.0"},
    {"usr/bin/postgres", ELF "|PostgreSQL 16.1 on x86_64-pc-linux-musl|", "16.1", "PostgreSQL 16.1"},
    {"usr/sbin/mariadbd", ELF "|10.4.0|10.11.6-MariaDB-log|", "10.11.6", "10.11.6-MariaDB-log"},
    {"usr/sbin/mysqld", ELF "|/build/mysql-8.0.35/sql/x.cc|", "8.0.35", "/mysql-8.0.35/sql/x.cc"},
    {"usr/sbin/haproxy", ELF "|gcc version 12.2.0| version 2.8.3-86e043a, released 2023/09/07|", "2.8.3",
     "version 2.8.3-86e043a"},
    {"usr/bin/redis-server", ELF "|2.8.0|7.2.4|7.0.0|127.0.0.1|7.2.41700000000|255.255.255.0|", "7.2.4", "7.2.4"},
    {"usr/sbin/sshd", ELF "|OpenSSH_9.2|OpenSSH_9.2p1 Debian|", "9.2p1", "OpenSSH_9.2p1"},
    {"usr/lib/libruby.so.3.3", ELF "|ruby 3.3.0 (2023-12-25 revision 5124f9ac75)|", "3.3.0", "ruby 3.3.0"},
    {"usr/bin/ruby", ELF "|ruby 3.1.2p20 (2022-04-12)|", "3.1.2", "ruby 3.1.2p20"},
    {"usr/bin/memcached", ELF "|memcached 1.6.18\n|", "1.6.18", "memcached 1.6.18"},
    {"usr/bin/curl", ELF "|curl/8.5.0-DEV'; rm %s|", "8.5.0", "curl/8.5.0-DEV"},
    {"usr/bin/curl", ELF "|curl/99999999999999999999999999999999999999999999.1.1|", NULL, NULL},
};

/* The texts kept of BYTES under PATH, or an empty array. FILL: bytes before them, to cross the edges of what is read at
 * once. */
static GByteArray *collect(const char *path, const char *bytes, gsize fill)
{
  const CrCollector *collector = cr_language_programs.collectors[0];
  g_autoptr(GString) content = g_string_new(bytes);
  for (gsize i = 0; i < content->len; i++)
    if (content->str[i] == '|')
      content->str[i] = '\0';
  g_autofree char *space = g_malloc0(fill + 1);
  g_string_insert_len(content, 4, space, (gssize)fill);
  CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = CR_ENTRY_FILE, .size = content->len};
  GByteArray *out = g_byte_array_new();
  if (!collector->wants(&entry, (const guint8 *)content->str, MIN(content->len, CR_COLLECT_HEAD_BYTES)))
    return out;
  g_autoptr(GBytes) data = g_bytes_new(content->str, content->len);
  g_autoptr(CrFile) file = cr_file_new_bytes(data);
  CrSink *sink = cr_sink_new_array(out);
  g_assert_true(collector->collect(&entry, file, sink, NULL));
  cr_sink_free(sink);
  return out;
}

static void check(guint i, gsize fill)
{
  g_autoptr(GByteArray) out = collect(cases[i].path, cases[i].bytes, fill);
  g_test_message("%s: %s", cases[i].path, cases[i].bytes);
  if (!cases[i].version) {
    g_assert_cmpuint(out->len, ==, 0);
    return;
  }
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GBytes) facts = g_bytes_new(out->data, out->len);
  const char *texts[3] = {NULL};
  gsize at = 0;
  g_assert_true(cr_language_read_texts(facts, &at, arena, texts, 3));
  g_assert_cmpstr(texts[1], ==, cases[i].version);
  g_assert_cmpstr(texts[2], ==, cases[i].said);
  g_assert_cmpuint(at, ==, out->len); /* one program */
}

static void test_texts(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
    check(i, 0);
}

/* A text across the edge of a piece is seen once and whole. */
static void test_edges(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
    for (gsize back = 0; back < 120; back += 7)
      check(i, (1 << 20) - back);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/programs/texts", test_texts);
  g_test_add_func("/programs/edges", test_edges);
  return g_test_run();
}
