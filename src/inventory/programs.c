/* SPDX-License-Identifier: Apache-2.0 */
/* Well-known programs and libraries that were built from source: which they are and of which version, as the file
 * itself says in a text that its makers compile in ("nginx/1.25.3"). Nothing vouches for that: it is a guess, and its
 * evidence is the text. Only files under the names that these programs have are looked at, and where a text is not
 * certain (several bare numbers) nothing is said. */
#include "inventory/language.h"

#include <string.h>

#include "base/limits.h"
#include "base/number.h"
#include "inventory/private.h"
#include "model/version.h"

#define NAMES_MAX 6

/* Where the version stands. */
typedef enum {
  BEHIND,  /* behind the text BEFORE */
  ALONE,   /* a text of its own, behind BEFORE ("v" or nothing); it must be the only one */
  HIGHEST, /* likewise, of several the highest: its commands tell since which version they are there */
} Place;

typedef enum { NO_LETTERS, LETTERS, LETTERS_NEEDED } Letters;

typedef struct {
  const char *product;
  const char *steward;
  const char *names[NAMES_MAX]; /* of files; '*' at the end: and more */
  const char *before;           /* NULL: nothing */
  const char *after;            /* what must follow; NULL: nothing that could be more of a version, for ALONE the end */
  Place place;
  guint parts;     /* numbers it has at least */
  Letters letters; /* "1.1.1w", "9.2p1", "3.13.0rc1" */
  gboolean series; /* it starts with the numbers in the file's name: python3.11 */
} Program;

static const Program programs[] = {
    {"openresty", "openresty.org", {"nginx*", "openresty"}, .before = "openresty/", .parts = 4},
    {"nginx", "nginx.org", {"nginx*"}, .before = "nginx/", .parts = 3},
    {"httpd", "httpd.apache.org", {"httpd", "apache2"}, .before = "Apache/", .parts = 3},
    {"haproxy", "haproxy.org", {"haproxy"}, .place = ALONE, .before = " version ", .after = "-", .parts = 2},
    {"lighttpd", "lighttpd.net", {"lighttpd"}, .before = "lighttpd/", .parts = 3},
    {"varnish", "varnish-cache.org", {"varnishd"}, .before = "varnish-", .parts = 3},
    {"squid", "squid-cache.org", {"squid"}, .before = "squid/", .parts = 2},
    {"redis", "redis.io", {"redis-*"}, .place = HIGHEST, .parts = 3},
    {"valkey", "valkey.io", {"valkey-*"}, .place = HIGHEST, .parts = 3},
    {"memcached", "memcached.org", {"memcached"}, .before = "memcached ", .parts = 3},
    {"postgresql", "postgresql.org", {"postgres"}, .before = "PostgreSQL ", .after = " ", .parts = 2},
    {"mariadb", "mariadb.org", {"mariadb*", "mysqld", "mysql"}, .place = ALONE, .after = "-MariaDB", .parts = 3},
    {"mysql", "Oracle (mysql.com)", {"mysqld", "mysql"}, .before = "/mysql-", .after = "/", .parts = 3},
    {"sqlite", "sqlite.org", {"sqlite3", "libsqlite3.so*"}, .place = ALONE, .parts = 3},
    {"openssl",
     "openssl.org",
     {"openssl", "libcrypto.so*", "libssl.so*"},
     .before = "OpenSSL ",
     .after = " ",
     .parts = 3,
     .letters = LETTERS},
    {"libressl", "libressl.org", {"openssl", "libcrypto.so*", "libssl.so*"}, .before = "LibreSSL ", .parts = 3},
    {"openssh", "openssh.com", {"sshd*", "ssh"}, .before = "OpenSSH_", .parts = 2, .letters = LETTERS_NEEDED},
    {"dropbear", "matt.ucc.asn.au/dropbear", {"dropbear*", "dbclient"}, .before = "dropbear_", .parts = 2},
    {"curl", "curl.se", {"curl", "libcurl*"}, .before = "curl/", .parts = 3},
    {"zlib", "zlib.net", {"libz.so*"}, .before = " deflate ", .after = " ", .parts = 2},
    {"glibc", "sourceware.org/glibc", {"libc.so.6", "libc-2*"}, .before = "release version ", .after = ".", .parts = 2},
    /* Of hard links the first name in a layer has the bytes: of busybox's many, in order, one of these. */
    {"busybox",
     "busybox.net",
     {"busybox*", "[", "[[", "acpid", "add-shell", "addgroup"},
     .before = "BusyBox v",
     .parts = 2},
    {"bash", "gnu.org/software/bash", {"bash"}, .before = "@(#)Bash version ", .after = "(", .parts = 3},
    {"git", "git-scm.com", {"git"}, .before = "git/", .parts = 3},
    {"php", "php.net", {"php*", "libphp*"}, .before = "X-Powered-By: PHP/", .parts = 3, .letters = LETTERS},
    {"python", "python.org", {"python*", "libpython*"}, .place = ALONE, .parts = 3, .letters = LETTERS, .series = TRUE},
    {"node", "nodejs.org", {"node", "nodejs", "libnode.so*"}, .before = "node.js/v", .parts = 3},
    {"ruby", "ruby-lang.org", {"ruby*", "libruby*"}, .before = "ruby ", .after = "p", .parts = 3},
    {"ruby", "ruby-lang.org", {"ruby*", "libruby*"}, .before = "ruby ", .after = " (", .parts = 3},
    {"perl", "perl.org", {"perl*", "libperl.so*"}, .before = "/perl5/", .parts = 3},
    {"perl", "perl.org", {"perl*", "libperl.so*"}, .before = "/perl/", .parts = 3},
    {"lua", "lua.org", {"lua*", "liblua*"}, .before = "Lua ", .after = " ", .parts = 3},
    {"openjdk", "openjdk.org", {"libjvm.so"}, .before = "Server VM (", .parts = 1},
};

/* ---- the pass ---- */

/* Read in pieces with an overlap in which the longest text fits. */
#define PIECE_BYTES   (1 * CR_MIB)
#define SAID_BYTES    80U
#define VERSION_BYTES 40U
/* Bare versions in one file, each once: programs have some dozens ("since 2.8.0"). */
#define CANDIDATES_MAX 400U

enum { TEXT_PROGRAM, TEXT_VERSION, TEXT_SAID, TEXT_COUNT };

typedef struct {
  const Program *program;
  const char *name;      /* of the file */
  GPtrArray *candidates; /* char*: versions, each once; BEHIND stops at the first */
  char *said;            /* of the first candidate */
} Search;

static gboolean has_name(const Program *program, const char *name)
{
  for (guint i = 0; i < NAMES_MAX && program->names[i]; i++) {
    const char *pattern = program->names[i];
    gsize length = strlen(pattern) - 1;
    if (pattern[length] == '*' ? !strncmp(name, pattern, length) : !strcmp(name, pattern))
      return TRUE;
  }
  return FALSE;
}

static const char *get_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  if (head_bytes < 4 || memcmp(head, "\177ELF", 4) != 0)
    return FALSE;
  const char *name = get_name(entry->path);
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
    if (has_name(&programs[i], name))
      return TRUE;
  return FALSE;
}

/* Bytes of the version at DATA, 0: there is none. */
static gsize measure_version(const Program *program, const guint8 *data, gsize size)
{
  gsize n = 0;
  guint parts = 0;
  for (;;) {
    gsize start = n;
    while (n < size && n < VERSION_BYTES && g_ascii_isdigit(data[n]))
      n++;
    if (n == start)
      return 0;
    if (program->place == HIGHEST && n - start > 4) /* a time, not a version */
      return 0;
    parts++;
    if (n + 1 >= size || data[n] != '.' || !g_ascii_isdigit(data[n + 1]))
      break;
    n++;
  }
  gsize letters = 0;
  while (program->letters && letters < 8 && n < size && g_ascii_isalnum(data[n])) {
    letters++;
    n++;
  }
  gboolean whole = (program->place == HIGHEST ? parts == program->parts : parts >= program->parts) &&
                   (letters || program->letters != LETTERS_NEEDED);
  return whole && n < VERSION_BYTES ? n : 0;
}

/* Does what follows a version at DATA end it? */
static gboolean is_end(const Program *program, const guint8 *data, gsize size)
{
  if (program->after)
    return size >= strlen(program->after) && !memcmp(data, program->after, strlen(program->after));
  if (program->place != BEHIND)
    return size && !*data;
  return size && !g_ascii_isalnum(*data) && *data != '.';
}

/* The numbers in the file's name are those that the version starts with. */
static gboolean is_of_series(const Search *search, const char *version)
{
  const char *series = strpbrk(search->name, "0123456789");
  if (!search->program->series || !series)
    return TRUE;
  gsize length = strspn(series, "0123456789.");
  while (length && series[length - 1] == '.')
    length--;
  return !strncmp(version, series, length) && (version[length] == '.' || !version[length]);
}

static void keep(GPtrArray *list, const guint8 *text, gsize size)
{
  g_autofree char *copy = g_strndup((const char *)text, size);
  if (list->len < CANDIDATES_MAX && !g_ptr_array_find_with_equal_func(list, copy, g_str_equal, NULL))
    g_ptr_array_add(list, g_steal_pointer(&copy));
}

/* The text from START with the version of SIZE bytes at VERSION in it, up to the next blank. */
static char *quote(const guint8 *start, const guint8 *version, gsize size, const guint8 *end)
{
  const guint8 *stop = version + size;
  while (stop < end && (gsize)(stop - start) < SAID_BYTES && g_ascii_isgraph(*stop) && !strchr("'%,()", *stop))
    stop++;
  return g_strstrip(g_strndup((const char *)start, (gsize)(stop - start)));
}

/* A version may stand at VERSION, behind the text from START. */
static void look(Search *search, const guint8 *start, const guint8 *version, const guint8 *end)
{
  const Program *program = search->program;
  gsize size = measure_version(program, version, (gsize)(end - version));
  if (!size)
    return;
  if (is_end(program, version + size, (gsize)(end - version) - size)) {
    g_autofree char *text = g_strndup((const char *)version, size);
    if (!is_of_series(search, text))
      return;
    if (!search->said)
      search->said = quote(start, version, size, end);
    keep(search->candidates, version, size);
  }
}

static void look_behind(Search *search, const guint8 *data, gsize size)
{
  const guint8 *end = data + size, *at = data;
  gsize length = strlen(search->program->before);
  while (!search->candidates->len && (at = memmem(at, (gsize)(end - at), search->program->before, length))) {
    look(search, at, at + length, end);
    at += length;
  }
}

/* A text starts behind it. Where the file's name has told the series, the end of a path will do: the linker lays
 * "3.11.7" into the end of "/versions/3.11.7". */
static gboolean is_start(const Search *search, guint8 before)
{
  return !before || (search->program->series && strchr(search->name, '.') && (before == '/' || before == '-'));
}

/* From dot to dot: what stands around the first one of a text. */
static void look_alone(Search *search, const guint8 *data, gsize size)
{
  const guint8 *end = data + size, *at = data;
  const char *before = search->program->before ? search->program->before : "";
  gsize length = strlen(before);
  while ((at = memchr(at, '.', (gsize)(end - at)))) {
    const guint8 *version = at++;
    while (version > data && g_ascii_isdigit(version[-1]))
      version--;
    if ((gsize)(version - data) <= length || memcmp(version - length, before, length) != 0 ||
        !is_start(search, version[-1 - (gssize)length]))
      continue;
    look(search, version - length, version, end);
  }
}

static void look_through(Search *search, CrFile *file)
{
  guint64 size = cr_file_get_size(file);
  gsize overlap = SAID_BYTES + VERSION_BYTES;
  for (guint64 at = 0; at < size; at += PIECE_BYTES) {
    guint64 start = at > overlap ? at - overlap : 0;
    gsize piece = (gsize)(MIN(size, at + PIECE_BYTES + overlap) - start);
    const guint8 *data = cr_file_peek(file, start, piece);
    if (!data || (search->program->place == BEHIND && search->candidates->len))
      return;
    (search->program->place == BEHIND ? look_behind : look_alone)(search, data, piece);
  }
}

/* Index of the candidate to believe, or -1. */
static int choose(const Search *search)
{
  const GPtrArray *candidates = search->candidates;
  if (candidates->len <= 1 || search->program->place != HIGHEST)
    return candidates->len == 1 ? 0 : -1;
  guint highest = 0;
  for (guint i = 1; i < candidates->len; i++)
    if (cr_version_compare_semver(candidates->pdata[i], candidates->pdata[highest]) > 0)
      highest = i;
  return (int)highest;
}

static gboolean collect_program(const Program *program, const char *name, CrFile *file, CrSink *sink)
{
  g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
  Search search = {program, name, candidates, NULL};
  look_through(&search, file);
  g_autofree char *said = search.said;
  int chosen = choose(&search);
  if (chosen < 0)
    return FALSE;
  const char *version = candidates->pdata[chosen];
  g_autofree char *number = g_strdup_printf("%u", (guint)(program - programs));
  const char *const texts[TEXT_COUNT] = {number, version, program->place == HIGHEST ? version : said};
  cr_language_write_texts(sink, texts, TEXT_COUNT);
  return TRUE;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  const char *name = get_name(entry->path);
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
    if (has_name(&programs[i], name) && collect_program(&programs[i], name, file, sink))
      return TRUE;
  return TRUE;
}

/* Raise the version with every change of the table: facts name its rows. */
static const CrCollector collector = {"known-program", 4, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

/* ---- packages ---- */

/* A program, its libraries and its other names of one version are one package. */
static CrPackage *find_known(const CrLanguageWork *work, const char *name, const char *version)
{
  const GPtrArray *found = work->inventory->found;
  for (guint i = 0; i < found->len; i++) {
    CrPackage *package = found->pdata[i];
    if (!strcmp(package->type, "generic") && !strcmp(package->name, name) && !strcmp(package->version, version))
      return package;
  }
  return NULL;
}

static void read_program(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  const char *texts[TEXT_COUNT] = {NULL};
  gsize at = 0;
  guint64 number = 0;
  if (!cr_language_read_texts(facts, &at, work->arena, texts, TEXT_COUNT) || !texts[TEXT_PROGRAM] ||
      !cr_number_parse_unsigned(texts[TEXT_PROGRAM], 0, G_N_ELEMENTS(programs) - 1, &number) ||
      !cr_language_is_word(texts[TEXT_VERSION]) || !texts[TEXT_SAID])
    return;
  const Program *program = &programs[number];
  CrPackage *package = find_known(work, program->product, texts[TEXT_VERSION]);
  if (!package) {
    const CrPackage new = {.type = "generic",
                           .name = program->product,
                           .version = texts[TEXT_VERSION],
                           .maintainer = program->steward,
                           .control = texts[TEXT_SAID],
                           .control_bytes = strlen(texts[TEXT_SAID])};
    package = cr_language_add(work, node, &new);
  }
  cr_language_own(work, package, node->path);
}

const CrLanguage cr_language_programs = {.name = "programs", .collectors = collectors, .read = read_program};
