/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/feed.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/order.h"
#include "base/stream.h"

static const CrFeed *const feeds[] = {
    &cr_feed_osv,  &cr_feed_debian,    &cr_feed_alpine,       &cr_feed_kev,
    &cr_feed_epss, &cr_feed_endoflife, &cr_feed_vulnrichment, NULL,
};

const CrFeed *const *cr_feeds_get(void)
{
  return feeds;
}

const CrFeed *cr_feeds_find(const char *name)
{
  for (guint i = 0; feeds[i]; i++)
    if (!strcmp(feeds[i]->name, name))
      return feeds[i];
  return NULL;
}

CrFeedFile *cr_feed_file_new(const CrFeed *feed, const char *name, const char *state, const char *path,
                             const char *address, const char *licence)
{
  CrFeedFile *file = g_new0(CrFeedFile, 1);
  file->feed = feed;
  file->name = g_strdup(name);
  file->state = g_strdup(state);
  file->path = g_strdup(path);
  file->address = g_strdup(address);
  file->licence = licence;
  return file;
}

void cr_feed_file_free(CrFeedFile *file)
{
  if (!file)
    return;
  g_free(file->name);
  g_free(file->state);
  g_free(file->path);
  g_free(file->address);
  g_free(file->ecosystem);
  g_free(file);
}

gboolean cr_feed_wants(const CrFeedWants *wants, const char *base)
{
  gsize length = strlen(base);
  for (guint i = 0; wants->ecosystems && wants->ecosystems[i]; i++) {
    const char *name = wants->ecosystems[i];
    if (!strncmp(name, base, length) && (name[length] == ':' || !name[length]))
      return TRUE;
  }
  return wants->all;
}

char **cr_feed_list_folder(const CrFeedWants *wants, const char *sub, const char *suffix)
{
  GPtrArray *names = g_ptr_array_new();
  g_autofree char *dir = g_build_filename(wants->folder, sub, NULL);
  g_autoptr(GDir) handle = g_dir_open(dir, 0, NULL);
  for (const char *name = handle ? g_dir_read_name(handle) : NULL; name; name = g_dir_read_name(handle))
    if (g_str_has_suffix(name, suffix) && *name != '.' && g_utf8_validate(name, -1, NULL))
      g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(suffix)));
  g_ptr_array_sort(names, cr_compare_texts);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

/* ---- reading ---- */

static CrStream *open_text(int fd)
{
  return cr_stream_new_decompress(cr_stream_new_fd(fd, 0, G_MAXUINT64), NULL);
}

gboolean cr_feed_read_whole(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error)
{
  g_autoptr(CrStream) stream = open_text(fd);
  g_autoptr(GBytes) bytes = cr_stream_read_all(stream, CR_LIMIT_FEED_RECORD_BYTES, error);
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes && cr_feed_sink_give(sink, file->name, data, size, error);
}

/* Lines are handed on by so many bytes, whole ones only. */
#define LINES_BYTES (64U * 1024U)

gboolean cr_feed_read_lines(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error)
{
  g_autoptr(CrStream) stream = open_text(fd);
  g_autoptr(GByteArray) kept = g_byte_array_new();
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0) {
    g_byte_array_append(kept, data, (guint)n);
    if (kept->len < LINES_BYTES)
      continue;
    const guint8 *end = memrchr(kept->data, '\n', kept->len);
    if (!end) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "a line is longer than %u bytes", LINES_BYTES);
      return FALSE;
    }
    guint size = (guint)(end - kept->data) + 1;
    if (!cr_feed_sink_give(sink, file->name, kept->data, size, error))
      return FALSE;
    g_byte_array_remove_range(kept, 0, size);
  }
  return n == 0 && (!kept->len || cr_feed_sink_give(sink, file->name, kept->data, kept->len, error));
}

/* A splitter that knows of JSON only strings and brackets: what is inside a member is the parser's to judge. */
typedef struct {
  guint depth;
  gboolean text, escaped, ended;
  gboolean in_value;
  GByteArray *name, *value;
  CrFeedMember give;
  gpointer data;
} Splitter;

static gboolean end_value(Splitter *splitter, GError **error)
{
  splitter->in_value = FALSE;
  g_byte_array_append(splitter->name, (const guint8 *)"", 1);
  gboolean ok = splitter->give(splitter->data, (const char *)splitter->name->data, splitter->value->data,
                               splitter->value->len, error);
  g_byte_array_set_size(splitter->name, 0);
  g_byte_array_set_size(splitter->value, 0);
  return ok;
}

static gboolean refuse(GError **error, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is no JSON object: %s", why);
  return FALSE;
}

/* Where in DATA the next byte is that means something to the splitter in this state. */
static gsize find_mark(const Splitter *splitter, const guint8 *data, gsize size)
{
  gsize i = 0;
  if (splitter->text)
    while (i < size && data[i] != '"' && data[i] != '\\')
      i++;
  else
    while (i < size && data[i] != '"' && data[i] != '{' && data[i] != '}' && data[i] != '[' && data[i] != ']' &&
           data[i] != ',' && data[i] != ':')
      i++;
  return i;
}

/* One byte that means something. KEEP: it belongs to the value. */
static gboolean take_mark(Splitter *splitter, guint8 byte, gboolean *keep, GError **error)
{
  *keep = splitter->in_value;
  if (splitter->text) {
    splitter->escaped = byte == '\\';
    splitter->text = byte != '"';
    return TRUE;
  }
  if (splitter->ended)
    return refuse(error, "something follows it");
  if (byte == '"') {
    splitter->text = TRUE;
  } else if (byte == '{' || byte == '[') {
    if (!splitter->depth++ && byte == '[')
      return refuse(error, "it begins with '['");
  } else if (byte == '}' || byte == ']') {
    if (!splitter->depth)
      return refuse(error, "a bracket closes nothing");
    splitter->depth--;
    splitter->ended = !splitter->depth;
    *keep = splitter->in_value && splitter->depth;
    if (splitter->ended && splitter->in_value)
      return end_value(splitter, error);
  } else if (splitter->depth == 1 && byte == ':') {
    splitter->in_value = TRUE;
  } else if (splitter->depth == 1 && byte == ',' && splitter->in_value) {
    *keep = FALSE;
    return end_value(splitter, error);
  }
  return TRUE;
}

static gboolean append_piece(Splitter *splitter, const guint8 *data, gsize size, GError **error)
{
  GByteArray *into = splitter->in_value                       ? splitter->value
                     : splitter->text && splitter->depth == 1 ? splitter->name
                                                              : NULL;
  if (!into) {
    for (gsize i = 0; i < size; i++)
      if (!strchr(" \t\r\n", data[i]) || !data[i])
        return refuse(error, splitter->ended ? "something follows it" : "something stands before a name");
    return TRUE;
  }
  gsize limit = splitter->in_value ? CR_LIMIT_FEED_RECORD_BYTES : CR_LIMIT_ADVISORY_TEXT;
  if (into->len + size > limit) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "a record is larger than %" G_GSIZE_FORMAT " bytes", limit);
    return FALSE;
  }
  g_byte_array_append(into, data, (guint)size);
  return TRUE;
}

static gboolean split(Splitter *splitter, const guint8 *data, gsize size, GError **error)
{
  for (gsize i = 0; i < size;) {
    if (splitter->escaped) {
      if (!append_piece(splitter, data + i++, 1, error))
        return FALSE;
      splitter->escaped = FALSE;
      continue;
    }
    gsize n = find_mark(splitter, data + i, size - i);
    if (n && !append_piece(splitter, data + i, n, error))
      return FALSE;
    i += n;
    if (i == size)
      break;
    gboolean was_value = splitter->in_value, keep = FALSE;
    if (!take_mark(splitter, data[i], &keep, error) ||
        (keep && was_value && !append_piece(splitter, data + i, 1, error)))
      return FALSE;
    i++;
  }
  return TRUE;
}

static gboolean give_to_sink(gpointer sink, const char *name, const void *data, gsize size, GError **error)
{
  return cr_feed_sink_give(sink, name, data, size, error);
}

gboolean cr_feed_read_members(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error)
{
  g_autoptr(CrStream) stream = open_text(fd);
  g_autoptr(GByteArray) name = g_byte_array_new();
  g_autoptr(GByteArray) value = g_byte_array_new();
  Splitter splitter = {.name = name, .value = value, .give = give_to_sink, .data = sink};
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!split(&splitter, data, (gsize)n, error))
      return FALSE;
  if (n == 0 && !splitter.ended)
    return refuse(error, "it ends too early");
  return n == 0;
}

gboolean cr_feed_split_members(const char *text, gsize size, CrFeedMember give, gpointer data, GError **error)
{
  g_autoptr(GByteArray) name = g_byte_array_new();
  g_autoptr(GByteArray) value = g_byte_array_new();
  Splitter splitter = {.name = name, .value = value, .give = give, .data = data};
  return split(&splitter, (const guint8 *)text, size, error) && (splitter.ended || refuse(error, "it ends too early"));
}
