/* SPDX-License-Identifier: Apache-2.0 */
/* Packages → the compiled list (list-format.h). One pass: each record goes to the file as its stanza ends; in memory
 * stay the names and where each record is, 8 MiB for Debian's main. */
#include "vendor/list-compile-private.h"

#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/reader.h"

/* ---- one stanza ---- */

static const char *const field_names[CR_LIST_FIELDS] = {
    [CR_LIST_NAME] = "Package",
    [CR_LIST_VERSION] = "Version",
    [CR_LIST_ARCH] = "Architecture",
    [CR_LIST_FILENAME] = "Filename",
    [CR_LIST_SHA256] = "SHA256",
    [CR_LIST_DEPENDS] = "Depends",
    [CR_LIST_PRE_DEPENDS] = "Pre-Depends",
    [CR_LIST_RECOMMENDS] = "Recommends",
    [CR_LIST_SUGGESTS] = "Suggests",
    [CR_LIST_CONFLICTS] = "Conflicts",
    [CR_LIST_BREAKS] = "Breaks",
    [CR_LIST_REPLACES] = "Replaces",
    [CR_LIST_PROVIDES] = "Provides",
    [CR_LIST_ENHANCES] = "Enhances",
    [CR_LIST_MULTI_ARCH] = "Multi-Arch",
    [CR_LIST_SECTION] = "Section",
    [CR_LIST_PRIORITY] = "Priority",
    [CR_LIST_MAINTAINER] = "Maintainer",
    [CR_LIST_ORIGIN] = "Origin",
    [CR_LIST_BUILT_USING] = "Built-Using",
    [CR_LIST_STATIC_BUILT_USING] = "Static-Built-Using",
    [CR_LIST_CHECKSUM] = "Checksum",
    [CR_LIST_BUILT] = "Built",
    [CR_LIST_OFFERS] = "Offers",
    [CR_LIST_ADVISORY] = "Advisory",
    [CR_LIST_FIXES] = "Fixes",
    [CR_LIST_CAPABILITIES] = "Capabilities",
    [CR_LIST_FILES] = "Files",
    [CR_LIST_SUPPLEMENTS] = "Supplements",
    [CR_LIST_SOURCE] = "Source",
    [CR_LIST_SIZE] = "Size",
    [CR_LIST_INSTALLED_SIZE] = "Installed-Size",
    [CR_LIST_ESSENTIAL] = "Essential",
    [CR_LIST_IMPORTANT] = "Important",
    [CR_LIST_PROTECTED] = "Protected",
    [CR_LIST_PHASED] = "Phased-Update-Percentage",
};

static int find_field(const char *name, gsize length)
{
  static const char cargo[] = "X-Cargo-Built-Using";
  if (length == strlen(cargo) && !g_ascii_strncasecmp(name, cargo, length))
    return CR_LIST_STATIC_BUILT_USING;
  char first = g_ascii_toupper(name[0]);
  for (int i = 0; i < CR_LIST_FIELDS; i++)
    if (field_names[i] && field_names[i][0] == first && strlen(field_names[i]) == length &&
        g_ascii_strncasecmp(field_names[i], name, length) == 0)
      return i;
  return -1;
}

static gboolean is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static CrCompiledField trim(const char *text, gsize length)
{
  while (length && is_blank(text[0])) {
    text++;
    length--;
  }
  while (length && is_blank(text[length - 1]))
    length--;
  return (CrCompiledField){.text = length ? text : NULL, .length = length};
}

static gboolean refuse(const CrListCompiler *compiler, const char *what, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the stanza at line %u %s", compiler->line, what);
  return FALSE;
}

/* Split into fields; of a field that stands twice the last counts, as in apt. */
static gboolean split_fields(CrListCompiler *compiler, const char *text, gsize size, GError **error)
{
  memset(compiler->fields, 0, sizeof compiler->fields);
  const char *end = text + size;
  int field = -1;
  gboolean any = FALSE;
  for (const char *line = text; line < end;) {
    const char *stop = memchr(line, '\n', (gsize)(end - line));
    stop = stop ? stop : end;
    if (line[0] == ' ' || line[0] == '\t') {
      if (!any)
        return refuse(compiler, "begins with a continued line", error);
      if (field >= 0) /* the value goes on to the end of this line */
        compiler->fields[field].length = (gsize)(stop - compiler->fields[field].text);
    } else if (stop > line) {
      const char *colon = memchr(line, ':', (gsize)(stop - line));
      if (!colon || colon == line)
        return refuse(compiler, "has a line without a field name", error);
      any = TRUE;
      field = find_field(line, (gsize)(colon - line));
      if (field >= 0)
        compiler->fields[field] = (CrCompiledField){.text = colon + 1, .length = (gsize)(stop - colon - 1)};
    }
    line = stop + 1;
  }
  for (guint i = 0; i < CR_LIST_FIELDS; i++)
    if (compiler->fields[i].text)
      compiler->fields[i] = trim(compiler->fields[i].text, compiler->fields[i].length);
  return TRUE;
}

static guint64 parse_number(CrCompiledField field, guint64 max)
{
  guint64 value = 0;
  for (gsize i = 0; i < field.length; i++) {
    if (!g_ascii_isdigit(field.text[i]))
      return 0;
    value = value * 10 + (guint64)(field.text[i] - '0');
    if (value > max)
      return max;
  }
  return value;
}

static gboolean is_yes(CrCompiledField field)
{
  return field.length == 3 && g_ascii_strncasecmp(field.text, "yes", 3) == 0;
}

static gboolean equals(CrCompiledField a, CrCompiledField b)
{
  return a.length == b.length && (!a.length || memcmp(a.text, b.text, a.length) == 0);
}

/* A name or a version is one word, so that it can be a file name, an argument, a line of a report. */
static gboolean is_word(CrCompiledField field)
{
  for (gsize i = 0; i < field.length; i++)
    if ((guchar)field.text[i] <= ' ' || field.text[i] == 0x7f)
      return FALSE;
  return field.length > 0 && field.length <= CR_LIMIT_PATH_BYTES;
}

/* "Source: name (version)" (Policy §5.6.1); as in apt a name ends at a blank. What equals the binary's own is left out.
 */
static void split_source(CrCompiledField *fields)
{
  CrCompiledField source = fields[CR_LIST_SOURCE];
  if (!source.text)
    return;
  const char *open = memchr(source.text, '(', source.length);
  CrCompiledField name = {.text = source.text}, version = {0};
  while (name.length < source.length && name.text + name.length != open && !is_blank(name.text[name.length]))
    name.length++;
  if (open) {
    gsize left = source.length - (gsize)(open + 1 - source.text);
    const char *close = memchr(open + 1, ')', left);
    version = trim(open + 1, close ? (gsize)(close - open - 1) : left);
  }
  if (is_word(name) && !equals(name, fields[CR_LIST_NAME]))
    fields[CR_LIST_SOURCE_NAME] = name;
  if (is_word(version) && !equals(version, fields[CR_LIST_VERSION]))
    fields[CR_LIST_SOURCE_VERSION] = version;
}

static gboolean is_sha256(CrCompiledField field)
{
  if (field.length != 64)
    return FALSE;
  for (gsize i = 0; i < 64; i++)
    if (!g_ascii_isxdigit(field.text[i]))
      return FALSE;
  return TRUE;
}

static gboolean check_fields(const CrListCompiler *compiler, GError **error)
{
  const CrCompiledField *fields = compiler->fields;
  if (!is_word(fields[CR_LIST_NAME]))
    return refuse(compiler, "names no package", error);
  if (!is_word(fields[CR_LIST_VERSION]))
    return refuse(compiler, "has no version", error);
  if (!is_word(fields[CR_LIST_ARCH]))
    return refuse(compiler, "has no architecture", error);
  if (fields[CR_LIST_SHA256].text && !is_sha256(fields[CR_LIST_SHA256]))
    return refuse(compiler, "has a SHA256 that is none", error);
  return TRUE;
}

/* ---- names ---- */

static CrCompiledName *intern(CrListCompiler *compiler, const char *text, gsize length)
{
  g_string_truncate(compiler->key, 0);
  g_string_append_len(compiler->key, text, (gssize)length);
  CrCompiledName *name = g_hash_table_lookup(compiler->names, compiler->key->str);
  if (!name) {
    name = cr_arena_new0(compiler->arena, CrCompiledName);
    name->text = cr_arena_strndup(compiler->arena, text, length);
    g_hash_table_insert(compiler->names, (gpointer)name->text, name);
  }
  return name;
}

/* Provides: name [(= version)], … */
static gboolean add_provides(CrListCompiler *compiler, guint32 record, GError **error)
{
  CrCompiledField provides = compiler->fields[CR_LIST_PROVIDES];
  if (!provides.text)
    return TRUE;
  const char *end = provides.text + provides.length;
  for (const char *at = provides.text; at < end;) {
    const char *comma = memchr(at, ',', (gsize)(end - at));
    comma = comma ? comma : end;
    CrCompiledField item = trim(at, (gsize)(comma - at));
    gsize length = 0;
    while (length < item.length && !is_blank(item.text[length]) && item.text[length] != '(' && item.text[length] != ':')
      length++;
    if (compiler->providers->len >= CR_LIMIT_LIST_PROVIDES)
      return refuse(compiler, "is one too many that provides others", error);
    if (length) {
      CrCompiledProvider provider = {.name = intern(compiler, item.text, length), .record = record};
      g_array_append_val(compiler->providers, provider);
    }
    at = comma + 1;
  }
  return TRUE;
}

/* Offers: name[=version] … */
static gboolean add_offers(CrListCompiler *compiler, guint32 record, GError **error)
{
  CrCompiledField offers = compiler->fields[CR_LIST_OFFERS];
  const char *end = offers.text + offers.length;
  for (const char *at = offers.text; at && at < end;) {
    gsize word = 0, length = 0;
    while (at + word < end && !is_blank(at[word]))
      word++;
    while (length < word && !strchr("<>=~", at[length]))
      length++;
    if (compiler->providers->len >= CR_LIMIT_LIST_PROVIDES)
      return refuse(compiler, "is one too many that provides others", error);
    if (length) {
      CrCompiledProvider provider = {.name = intern(compiler, at, length), .record = record};
      g_array_append_val(compiler->providers, provider);
    }
    at += word + 1;
  }
  return TRUE;
}

/* ---- mentions ---- */

typedef struct {
  CrListCompiler *compiler;
  char kind;
} Mentioning;

static gboolean add_mention(const char *name, gsize length, gpointer data)
{
  const Mentioning *mentioning = data;
  GArray *mentions = mentioning->compiler->mentions;
  guint64 hash = cr_list_hash_mention(mentioning->kind, name, length);
  guint64 mention = hash << 32 | mentioning->compiler->records->len;
  if (mentions->len <= CR_LIMIT_LIST_PROVIDES)
    g_array_append_val(mentions, mention);
  return mentions->len <= CR_LIMIT_LIST_PROVIDES;
}

/* Only records of rpm have Capabilities: their Replaces are Obsoletes. */
static gboolean add_mentions(CrListCompiler *compiler, GError **error)
{
  static const struct {
    CrListField field;
    CrListMention kind;
  } rows[] = {{CR_LIST_CAPABILITIES, CR_LIST_MENTION_PROVIDES},
              {CR_LIST_FILES, CR_LIST_MENTION_PROVIDES},
              {CR_LIST_REPLACES, CR_LIST_MENTION_OBSOLETES},
              {CR_LIST_SUPPLEMENTS, CR_LIST_MENTION_SUPPLEMENTS}};
  for (guint i = 0; compiler->fields[CR_LIST_CAPABILITIES].text && i < G_N_ELEMENTS(rows); i++) {
    CrCompiledField field = compiler->fields[rows[i].field];
    Mentioning mentioning = {.compiler = compiler, .kind = (char)rows[i].kind};
    if (field.text)
      cr_list_foreach_mention(field.text, field.length, add_mention, &mentioning);
  }
  return compiler->mentions->len <= CR_LIMIT_LIST_PROVIDES ||
         refuse(compiler, "is one too many that provides others", error);
}

/* ---- records ---- */

static void append_text(GByteArray *out, CrCompiledField field)
{
  guint at = out->len;
  g_byte_array_append(out, (const guint8 *)field.text, (guint)field.length);
  g_byte_array_append(out, (const guint8 *)"", 1);
  for (guint8 *byte = out->data + at; (byte = memchr(byte, '\n', (gsize)(out->data + out->len - byte))); byte++)
    *byte = ' ';
}

static void build_record(CrListCompiler *compiler)
{
  const CrCompiledField *fields = compiler->fields;
  GByteArray *out = compiler->record;
  guint64 mask = 0;
  guint64 flags = 0;
  for (guint i = 0; i < CR_LIST_TEXTS; i++)
    mask |= fields[i].text ? 1ULL << i : 0;
  if (is_yes(fields[CR_LIST_ESSENTIAL]))
    flags |= CR_LIST_FLAG_ESSENTIAL;
  if (is_yes(fields[CR_LIST_IMPORTANT]) || is_yes(fields[CR_LIST_PROTECTED]))
    flags |= CR_LIST_FLAG_IMPORTANT;
  if (fields[CR_LIST_PHASED].text)
    flags |= (parse_number(fields[CR_LIST_PHASED], 100) + 1) << CR_LIST_PHASED_SHIFT;
  g_byte_array_set_size(out, 0);
  cr_write_varint(out, mask);
  cr_write_varint(out, parse_number(fields[CR_LIST_SIZE], G_MAXINT64));
  cr_write_varint(out, parse_number(fields[CR_LIST_INSTALLED_SIZE], G_MAXINT64));
  cr_write_varint(out, flags);
  for (guint i = 0; i < CR_LIST_TEXTS; i++)
    if (fields[i].text)
      append_text(out, fields[i]);
  guint32 crc = GUINT32_TO_LE((guint32)crc32(0, out->data, out->len));
  g_byte_array_append(out, (const guint8 *)&crc, 4);
}

/* The record that comes next provides what no package can. */
static void add_mark(CrListCompiler *compiler, const char *name)
{
  CrCompiledProvider provider = {.name = intern(compiler, name, strlen(name)), .record = compiler->records->len};
  g_array_append_val(compiler->providers, provider);
}

static gboolean add_stanza(CrListCompiler *compiler, const char *text, gsize size, GError **error)
{
  if (memchr(text, '\0', size))
    return refuse(compiler, "holds a NUL byte", error);
  if (!split_fields(compiler, text, size, error) || !check_fields(compiler, error))
    return FALSE;
  if (compiler->records->len >= CR_LIMIT_LIST_PACKAGES)
    return refuse(compiler, "is one too many", error);
  CrCompiledField *fields = compiler->fields;
  split_source(fields);
  build_record(compiler);
  CrCompiledRecord record = {.name = intern(compiler, fields[CR_LIST_NAME].text, fields[CR_LIST_NAME].length),
                             .offset = (guint32)compiler->written,
                             .bytes = compiler->record->len};
  CrCompiledField source = fields[fields[CR_LIST_SOURCE_NAME].text ? CR_LIST_SOURCE_NAME : CR_LIST_NAME];
  g_hash_table_add(compiler->sources, intern(compiler, source.text, source.length));
  if (!add_provides(compiler, compiler->records->len, error) || !add_offers(compiler, compiler->records->len, error) ||
      !add_mentions(compiler, error))
    return FALSE;
  if (is_yes(fields[CR_LIST_ESSENTIAL]))
    add_mark(compiler, CR_LIST_ESSENTIALS);
  if (fields[CR_LIST_ENHANCES].text && fields[CR_LIST_CHECKSUM].text) /* apk's alone have both */
    add_mark(compiler, CR_LIST_INSTALL_IF);
  g_array_append_val(compiler->records, record);
  return cr_list_compiler_put(compiler, compiler->record->data, compiler->record->len, error);
}

/* ---- stanzas out of a stream ---- */

/* The end of the stanza that begins at TEXT: where its empty line starts, or NULL if it is not all there. Searching
 * goes on at *FROM, so that bytes are looked at once however small the pieces come. */
static const char *find_stanza_end(const char *text, gsize size, gsize *from)
{
  for (const char *at = text + *from; at < text + size; at++) {
    at = memchr(at, '\n', (gsize)(text + size - at));
    if (!at)
      break;
    if (at + 1 < text + size && at[1] == '\n')
      return at;
  }
  *from = size ? size - 1 : 0;
  return NULL;
}

static guint count_lines(const char *text, gsize size)
{
  guint lines = 0;
  for (const char *at = text; (at = memchr(at, '\n', (gsize)(text + size - at))); at++)
    lines++;
  return lines;
}

/* All whole stanzas of PENDING; what is left is moved to its start. */
static gboolean take_stanzas(CrListCompiler *compiler, GByteArray *pending, gsize *searched, GError **error)
{
  gsize at = 0;
  for (;;) {
    const char *text = (const char *)pending->data + at;
    gsize left = pending->len - at;
    if (left && text[0] == '\n') { /* further empty lines between stanzas */
      compiler->line++;
      at++;
      *searched = 0;
      continue;
    }
    const char *end = left ? find_stanza_end(text, left, searched) : NULL;
    if (!end)
      break;
    if (!add_stanza(compiler, text, (gsize)(end - text), error))
      return FALSE;
    gsize used = (gsize)(end - text) + 2;
    compiler->line += count_lines(text, used);
    at += used;
    *searched = 0;
  }
  if (at)
    g_byte_array_remove_range(pending, 0, (guint)at);
  if (pending->len > CR_LIMIT_STANZA_BYTES)
    return refuse(compiler, "is longer than any package's", error);
  return TRUE;
}

static gboolean read_stanzas(CrListCompiler *compiler, CrStream *stream, GError **error)
{
  g_autoptr(GByteArray) pending = g_byte_array_new();
  guint64 total = 0;
  gsize searched = 0;
  for (;;) {
    const guint8 *data = NULL;
    gssize n = cr_stream_next(stream, &data, error);
    if (n < 0)
      return FALSE;
    if (n == 0)
      break;
    total += (guint64)n;
    if (total > CR_LIMIT_LIST_BYTES) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "the list is larger than %" G_GUINT64_FORMAT " bytes",
                  (guint64)CR_LIMIT_LIST_BYTES);
      return FALSE;
    }
    g_byte_array_append(pending, data, (guint)n);
    if (!take_stanzas(compiler, pending, &searched, error))
      return FALSE;
  }
  return !pending->len || add_stanza(compiler, (const char *)pending->data, pending->len, error);
}

/* ---- the whole ---- */

static gboolean compile(CrListCompiler *compiler, CrStream *stream, GError **error)
{
  CrListHead head = {0};
  return cr_list_compiler_put(compiler, &head, sizeof head, error) && read_stanzas(compiler, stream, error) &&
         cr_list_compiler_put_tables(compiler, &head, error) && cr_list_compiler_write_head(compiler, &head, error);
}

gboolean cr_list_compile(CrStream *stream, const CrCache *cache, const char *name, GError **error)
{
  g_autoptr(CrStream) owned = stream;
  CrCacheFile *file = cr_cache_create(cache, "archives", error);
  if (!file)
    return FALSE;
  CrListCompiler compiler = {
      .file = file,
      .out = g_byte_array_sized_new(CR_LIST_WRITE_BYTES + 64 * CR_KIB),
      .arena = cr_arena_new(),
      .names = g_hash_table_new(g_str_hash, g_str_equal),
      .key = g_string_new(NULL),
      .records = g_array_new(FALSE, FALSE, sizeof(CrCompiledRecord)),
      .providers = g_array_new(FALSE, FALSE, sizeof(CrCompiledProvider)),
      .mentions = g_array_new(FALSE, FALSE, sizeof(guint64)),
      .sources = g_hash_table_new(NULL, NULL),
      .line = 1,
      .record = g_byte_array_new(),
  };
  gboolean ok = compile(&compiler, owned, error);
  if (ok)
    ok = cr_cache_file_publish(file, name, error);
  else
    cr_cache_file_discard(file);
  g_byte_array_unref(compiler.out);
  g_byte_array_unref(compiler.record);
  g_string_free(compiler.key, TRUE);
  g_array_unref(compiler.records);
  g_array_unref(compiler.providers);
  g_array_unref(compiler.mentions);
  g_hash_table_unref(compiler.names);
  g_hash_table_unref(compiler.sources);
  cr_arena_free(compiler.arena);
  return ok;
}
