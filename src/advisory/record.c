/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/record.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"

/* ---- names ---- */

/* The byte before a name; the order is the format. */
static const char *const prefixes[] = {"", "CVE-", "DEBIAN-CVE-", "UBUNTU-CVE-", "ALPINE-CVE-"};

/* YEAR-NUMBER as it is usually written: no signs, zeros only to fill four digits. */
static gboolean parse_number(const char *text, guint32 *year, guint32 *number)
{
  for (guint i = 0; i < 4; i++)
    if (!g_ascii_isdigit(text[i]))
      return FALSE;
  if (text[4] != '-')
    return FALSE;
  const char *digits = text + 5;
  gsize length = strspn(digits, "0123456789");
  if (length < 4 || length > 9 || digits[length] || (length > 4 && *digits == '0'))
    return FALSE;
  *year = (guint32)((text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0'));
  *number = 0;
  for (gsize i = 0; i < length; i++)
    *number = *number * 10 + (guint32)(digits[i] - '0');
  return TRUE;
}

guint64 cr_cve_parse(const char *text)
{
  guint32 year = 0, number = 0;
  return !strncmp(text, "CVE-", 4) && parse_number(text + 4, &year, &number) ? (guint64)year << 32 | number : 0;
}

const char *cr_record_strip_prefix(const char *id)
{
  for (guint i = 2; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(id, prefixes[i]))
      return id + strlen(prefixes[i]) - strlen("CVE-");
  return id;
}

static void put_text(GByteArray *out, const char *text)
{
  if (!text)
    text = "";
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text) + 1);
}

static void put_name(GByteArray *out, const char *name)
{
  guint32 year = 0, number = 0;
  guint8 tag = 0;
  for (guint8 i = 1; i < G_N_ELEMENTS(prefixes) && !tag; i++)
    if (g_str_has_prefix(name, prefixes[i]) && parse_number(name + strlen(prefixes[i]), &year, &number))
      tag = i;
  g_byte_array_append(out, &tag, 1);
  if (!tag) {
    put_text(out, name);
    return;
  }
  cr_write_varint(out, year);
  cr_write_varint(out, number);
}

static const char *take_name(CrReader *reader, CrArena *arena)
{
  guint8 tag = cr_reader_u8(reader);
  if (!tag) {
    const char *text = cr_reader_string(reader);
    return text ? text : "";
  }
  guint64 year = cr_reader_varint(reader), number = cr_reader_varint(reader);
  if (tag >= G_N_ELEMENTS(prefixes) || year > 9999 || number > 999999999)
    cr_reader_fail(reader);
  if (cr_reader_failed(reader))
    return "";
  /* By hand: a kernel has 10,000 of them, and printf would be half of the time. */
  char digits[16];
  guint n = 0;
  for (guint64 left = number; left || n < 4; left /= 10)
    digits[n++] = (char)('0' + left % 10);
  gsize prefix = strlen(prefixes[tag]);
  char buffer[48];
  memcpy(buffer, prefixes[tag], prefix);
  char *at = buffer + prefix;
  for (guint64 unit = 1000; unit; unit /= 10)
    *at++ = (char)('0' + year / unit % 10);
  *at++ = '-';
  while (n)
    *at++ = digits[--n];
  return cr_arena_strndup(arena, buffer, (gsize)(at - buffer));
}

static const struct {
  const char *prefix, *source;
} sources[] = {
    {"DEBIAN-", "Debian"},
    {"UBUNTU-", "Ubuntu"},
    {"GHSA-", "GitHub"},
    {"PYSEC-", "PyPA"},
    {"GO-", "Go"},
    {"RUSTSEC-", "RustSec"},

    {"DSA-", "Debian"},
    {"DLA-", "Debian"},
    {"DTSA-", "Debian"},

    {"USN-", "Ubuntu"},
    {"LSN-", "Ubuntu"},
    {"ALPINE-", "Alpine"},
    {"ALSA-", "AlmaLinux"},
    {"ALBA-", "AlmaLinux"},
    {"ALEA-", "AlmaLinux"},
    {"RLSA-", "Rocky Linux"},
    {"RXSA-", "Rocky Linux"},
    {"RHSA-", "Red Hat"},
    {"RHBA-", "Red Hat"},
    {"RHEA-", "Red Hat"},
    {"DRUPAL-", "Drupal"},
    {"RUBYSEC-", "RubySec"},
    {"FOP-", "FriendsOfPHP"},
    {"MAL-", "OpenSSF"},
    {"SUSE-", "SUSE"},
    {"openSUSE-", "openSUSE"},
    {"MGASA-", "Mageia"},
    {"OESA-", "openEuler"},
    {"BIT-", "Bitnami"},
    {"CGA-", "Chainguard"},
    {"PSF-", "Python"},
    {"GSD-", "GSD"},
    {"OSV-", "OSS-Fuzz"},
    {"HSEC-", "Haskell"},
    {"RSEC-", "R"},
    {"EEF-", "Erlang"},
};

const char *cr_record_get_source(const char *feed, const char *id)
{
  if (!strcmp(feed, "debian-tracker"))
    return "Debian";
  if (g_str_has_prefix(feed, "alpine-secdb"))
    return "Alpine";
  for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
    if (g_str_has_prefix(id, sources[i].prefix))
      return sources[i].source;
  return "OSV";
}

/* ---- times ---- */

/* The usual arithmetic of the proleptic Gregorian calendar, by hand: GDateTime took as long as all the rest of a query.
 */
static gint64 days_from_civil(gint64 y, guint m, guint d)
{
  y -= m <= 2;
  gint64 era = y / 400;
  guint yoe = (guint)(y - era * 400), doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  return era * 146097 + (gint64)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static gboolean digits(const char *text, guint count, guint *value)
{
  *value = 0;
  for (guint i = 0; i < count; i++) {
    if (!g_ascii_isdigit(text[i]))
      return FALSE;
    *value = *value * 10 + (guint)(text[i] - '0');
  }
  return TRUE;
}

gboolean cr_record_parse_time(const char *text, gint64 *seconds)
{
  guint year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!text || !digits(text, 4, &year) || text[4] != '-' || !digits(text + 5, 2, &month) || text[7] != '-' ||
      !digits(text + 8, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
    return FALSE;
  if (text[10] == 'T' && (!digits(text + 11, 2, &hour) || text[13] != ':' || !digits(text + 14, 2, &minute) ||
                          text[16] != ':' || !digits(text + 17, 2, &second)))
    return FALSE;
  *seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return TRUE;
}

static const char *format_time(guint64 stored, CrArena *arena)
{
  if (!stored || stored > 253402300800ULL) /* year 9999 */
    return NULL;
  guint64 seconds = stored - 1;
  guint64 z = seconds / 86400 + 719468, era = z / 146097, doe = z - era * 146097;
  guint64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  guint64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  guint64 month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2), rest = seconds % 86400;
  const guint64 parts[] = {year / 100,  year % 100,     month,    doy - (153 * mp + 2) / 5 + 1,
                           rest / 3600, rest / 60 % 60, rest % 60};
  static const char between[] = {0, '-', '-', 'T', ':', ':', 'Z'};
  char buffer[24], *at = buffer;
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    *at++ = (char)('0' + parts[i] / 10 % 10);
    *at++ = (char)('0' + parts[i] % 10);
    if (between[i])
      *at++ = between[i];
  }
  return cr_arena_strndup(arena, buffer, (gsize)(at - buffer));
}

/* ---- a whole advisory ---- */

static void put_names(GByteArray *out, CrStrv names)
{
  guint count = 0;
  while (names && names[count])
    count++;
  cr_write_varint(out, count);
  for (guint i = 0; i < count; i++)
    put_name(out, names[i]);
}

static void put_texts(GByteArray *out, CrStrv texts)
{
  guint count = 0;
  while (texts && texts[count])
    count++;
  cr_write_varint(out, count);
  for (guint i = 0; i < count; i++)
    put_text(out, texts[i]);
}

static void put_time(GByteArray *out, const char *iso)
{
  gint64 seconds = 0;
  cr_write_varint(out, cr_record_parse_time(iso, &seconds) ? (guint64)seconds + 1 : 0);
}

static void put_body(const CrAdvisory *advisory, GByteArray *out)
{
  put_name(out, advisory->id);
  put_names(out, advisory->aliases);
  put_names(out, advisory->related);
  put_time(out, advisory->published);
  put_time(out, advisory->modified);
  put_text(out, advisory->vendor_status);
  put_text(out, advisory->urgency);
  put_texts(out, advisory->cvss);
  cr_write_varint(out, advisory->range_count);
  for (guint i = 0; i < advisory->range_count; i++) {
    const CrRange *range = &advisory->ranges[i];
    cr_write_varint(out, (guint64)range->count * 2 + (range->semver ? 1 : 0));
    for (guint j = 0; j < range->count; j++) {
      cr_write_varint(out, range->events[j].kind);
      put_text(out, range->events[j].version);
    }
  }
  put_texts(out, advisory->versions);
  cr_write_varint(out, advisory->symbol_count);
  for (guint i = 0; i < advisory->symbol_count; i++) {
    put_text(out, advisory->symbols[i].path);
    put_texts(out, advisory->symbols[i].symbols);
  }
  cr_write_varint(out, advisory->text);
}

void cr_record_encode(const CrAdvisory *advisory, GByteArray *out)
{
  guint start = out->len;
  put_body(advisory, out);
  /* The length goes before: it is known only now. */
  guint size = out->len - start, width = 0;
  guint8 head[10];
  for (guint left = size; left || !width; left >>= 7)
    head[width++] = (guint8)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  g_byte_array_set_size(out, out->len + width);
  memmove(out->data + start + width, out->data + start, size);
  memcpy(out->data + start, head, width);
}

/* A count of things of at least one byte each. */
static guint take_count(CrReader *reader)
{
  guint64 count = cr_reader_varint(reader);
  if (count > cr_reader_left(reader))
    cr_reader_fail(reader);
  return cr_reader_failed(reader) ? 0 : (guint)count;
}

static const char *take_text(CrReader *reader)
{
  const char *text = cr_reader_string(reader);
  return text && *text ? text : NULL;
}

static CrStrv take_list(CrReader *reader, CrArena *arena, gboolean names)
{
  guint count = take_count(reader);
  if (!count)
    return cr_strv_empty;
  const char **list = cr_arena_alloc(arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++) {
    const char *text = names ? take_name(reader, arena) : cr_reader_string(reader);
    list[i] = text ? text : "";
  }
  return list;
}

static void take_ranges(CrReader *reader, CrArena *arena, CrAdvisory *advisory)
{
  guint count = take_count(reader);
  CrRange *ranges = count ? cr_arena_alloc(arena, count * sizeof *ranges) : NULL;
  for (guint i = 0; i < count; i++) {
    guint64 packed = cr_reader_varint(reader);
    if (packed / 2 > cr_reader_left(reader))
      cr_reader_fail(reader);
    if (cr_reader_failed(reader))
      return;
    ranges[i].semver = (packed & 1) != 0;
    ranges[i].count = (guint)(packed / 2);
    CrEvent *events = cr_arena_alloc(arena, MAX(ranges[i].count, 1) * sizeof *events);
    for (guint j = 0; j < ranges[i].count; j++) {
      guint64 kind = cr_reader_varint(reader);
      const char *version = cr_reader_string(reader);
      if (kind > CR_EVENT_LIMIT)
        cr_reader_fail(reader);
      events[j] = (CrEvent){(CrEventKind)kind, version ? version : ""};
    }
    ranges[i].events = events;
  }
  advisory->ranges = ranges;
  advisory->range_count = count;
}

static void take_symbols(CrReader *reader, CrArena *arena, CrAdvisory *advisory)
{
  guint count = take_count(reader);
  CrAffectedSymbols *symbols = count ? cr_arena_alloc(arena, count * sizeof *symbols) : NULL;
  for (guint i = 0; i < count; i++) {
    const char *path = cr_reader_string(reader);
    symbols[i].path = path ? path : "";
    symbols[i].symbols = take_list(reader, arena, FALSE);
  }
  advisory->symbols = symbols;
  advisory->symbol_count = count;
}

gboolean cr_record_decode(const guint8 *data, gsize size, const CrAdvisory *template, CrArena *arena, GPtrArray *out)
{
  CrReader reader = cr_reader_init(data, size, FALSE);
  while (cr_reader_left(&reader)) {
    guint64 length = cr_reader_varint(&reader);
    const guint8 *bytes = cr_reader_take(&reader, length);
    CrReader body = cr_reader_init(bytes, (gsize)length, FALSE);
    CrAdvisory *advisory = cr_arena_new0(arena, CrAdvisory);
    *advisory = *template;
    advisory->id = take_name(&body, arena);
    advisory->aliases = take_list(&body, arena, TRUE);
    advisory->related = take_list(&body, arena, TRUE);
    advisory->published = format_time(cr_reader_varint(&body), arena);
    advisory->modified = format_time(cr_reader_varint(&body), arena);
    advisory->vendor_status = take_text(&body);
    advisory->urgency = take_text(&body);
    advisory->cvss = take_list(&body, arena, FALSE);
    take_ranges(&body, arena, advisory);
    advisory->versions = take_list(&body, arena, FALSE);
    take_symbols(&body, arena, advisory);
    advisory->text = cr_reader_varint(&body);
    if (!bytes || cr_reader_failed(&body))
      return FALSE;
    advisory->source = cr_record_get_source(advisory->feed, advisory->id);
    g_ptr_array_add(out, advisory);
  }
  return !cr_reader_failed(&reader);
}
