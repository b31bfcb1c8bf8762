/* SPDX-License-Identifier: Apache-2.0 */
/* file:// as if a server stood behind it, so that a mirror on disk needs no code of its own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/http-private.h"

static const char *find_request_header(const CrHttpRequest *request, const char *name)
{
  gsize length = strlen(name);
  for (const char *const *header = request->headers; header && *header; header++) {
    if (g_ascii_strncasecmp(*header, name, length) == 0 && (*header)[length] == ':')
      return *header + length + 1 + strspn(*header + length + 1, " ");
  }
  return NULL;
}

gint64 cr_http_parse_date(const char *text)
{
  struct tm tm = {0};
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char month[4] = "";
  const char *comma = strchr(text, ',');
  if (!comma || sscanf(comma + 1, " %2d %3s %4d %2d:%2d:%2d", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min,
                       &tm.tm_sec) != 6)
    return 0;
  const char *at = strstr(months, month);
  g_autoptr(GDateTime) time =
      at && strlen(month) == 3
          ? g_date_time_new_utc(tm.tm_year, (int)((at - months) / 3) + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec)
          : NULL;
  return time ? g_date_time_to_unix(time) : 0;
}

static char *format_http_date(gint64 seconds)
{
  static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
  if (!time)
    return NULL;
  g_autofree char *rest = g_date_time_format(time, "%Y %H:%M:%S GMT");
  return g_strdup_printf("%s, %02d %s %s", days[g_date_time_get_day_of_week(time) - 1],
                         g_date_time_get_day_of_month(time), months[g_date_time_get_month(time) - 1], rest);
}

static CrHttpResponse *answer_empty(int status, const CrHttpRequest *request, CrStream **stream)
{
  g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
  *stream = cr_stream_new_bytes(empty);
  return cr_http_response_new(status, request->url);
}

static CrHttpResponse *answer(int fd, const struct stat *st, const CrHttpRequest *request, CrStream **stream,
                              GError **error)
{
  const char *since = find_request_header(request, "If-Modified-Since");
  gboolean fresh = since && cr_http_parse_date(since) >= st->st_mtime;
  gboolean head = g_strcmp0(request->method, "HEAD") == 0;
  gboolean part = request->resume_from > 0;
  gboolean beyond = part && request->resume_from >= (guint64)st->st_size;
  if (fresh || head || beyond) {
    close(fd);
    fd = -1;
  } else if (request->max_bytes && (guint64)st->st_size - request->resume_from > request->max_bytes) {
    close(fd);
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read '%s': it is larger than %" G_GUINT64_FORMAT " bytes",
                request->url, request->max_bytes);
    return NULL;
  } else if (part && lseek(fd, (off_t)request->resume_from, SEEK_SET) < 0) {
    cr_error_set_errno(error, errno, "cannot read '%s'", request->url);
    close(fd);
    return NULL;
  }
  CrHttpResponse *response;
  if (fd < 0) {
    response = answer_empty(fresh ? 304 : beyond ? 416 : 200, request, stream);
  } else {
    *stream = cr_stream_new_pipe(fd, TRUE);
    response = cr_http_response_new(part ? 206 : 200, request->url);
  }
  g_hash_table_insert(response->headers, g_strdup("last-modified"), format_http_date(st->st_mtime));
  g_hash_table_insert(
      response->headers, g_strdup("content-length"),
      g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)st->st_size - (beyond ? 0 : request->resume_from)));
  return response;
}

CrHttpResponse *cr_http_open_file(const CrHttpRequest *request, CrStream **stream, GError **error)
{
  g_autofree char *path = g_filename_from_uri(request->url, NULL, NULL);
  if (!path) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': not a file on this machine", request->url);
    return NULL;
  }
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return answer_empty(404, request, stream);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot read '%s'", request->url);
    return NULL;
  }
  if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return answer_empty(404, request, stream);
  }
  return answer(fd, &st, request, stream, error);
}
