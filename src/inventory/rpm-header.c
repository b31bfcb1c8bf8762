/* SPDX-License-Identifier: Apache-2.0 */
/* A header blob: two big-endian counts (index entries, bytes of data), the index of 16-byte entries (tag, type, offset,
 * count), the data. rpm's doc/manual/format_header.md. */
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/reader.h"
#include "inventory/rpm.h"

#define INTRO_BYTES 8U
#define ENTRY_BYTES 16U

typedef struct {
  guint32 tag, type, offset, count;
} Entry;

typedef struct {
  guint32 entries, data_bytes;
  const guint8 *index, *data;
} Blob;

static Entry get_entry(const Blob *blob, guint32 i)
{
  CrReader reader = cr_reader_init(blob->index, (gsize)blob->entries * ENTRY_BYTES, TRUE);
  cr_reader_seek(&reader, (guint64)i * ENTRY_BYTES);
  Entry entry = {.tag = cr_reader_u32(&reader)};
  entry.type = cr_reader_u32(&reader);
  entry.offset = cr_reader_u32(&reader);
  entry.count = cr_reader_u32(&reader);
  return entry;
}

static gboolean refuse(GError **error, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", why);
  return FALSE;
}

/* The outer bounds, before anybody else sees the bytes. */
static gboolean open_blob(const guint8 *bytes, gsize size, Blob *blob, GError **error)
{
  if (size > CR_LIMIT_RPM_HEADER_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "a record of %" G_GSIZE_FORMAT " bytes", size);
    return FALSE;
  }
  CrReader reader = cr_reader_init(bytes, size, TRUE);
  blob->entries = cr_reader_u32(&reader);
  blob->data_bytes = cr_reader_u32(&reader);
  if (cr_reader_failed(&reader) || blob->entries > CR_LIMIT_RPM_HEADER_ENTRIES)
    return refuse(error, "a record without a header");
  blob->index = cr_reader_take(&reader, (guint64)blob->entries * ENTRY_BYTES);
  blob->data = cr_reader_take(&reader, blob->data_bytes);
  if (cr_reader_failed(&reader) || cr_reader_left(&reader))
    return refuse(error, "a record whose size is not what its header says");
  return TRUE;
}

/* librpm makes an array of pointers of each list of strings: eight bytes for every one that a NUL byte can claim. */
static gboolean check_counts(const Blob *blob, GError **error)
{
  for (guint32 i = 0; i < blob->entries; i++) {
    Entry entry = get_entry(blob, i);
    if (entry.offset > blob->data_bytes)
      return refuse(error, "a record with a field outside of it");
    if (entry.type != RPM_BIN_TYPE && entry.type != RPM_CHAR_TYPE && entry.type != RPM_INT8_TYPE &&
        entry.count > CR_LIMIT_RPM_FILES) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "a record with a list of %u items", entry.count);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean cr_rpm_split_source(const char *file, CrArena *arena, const char **name, const char **version)
{
  const char *end = g_strrstr(file, ".src.rpm");
  if (!end)
    end = g_strrstr(file, ".nosrc.rpm");
  const char *release = end ? memrchr(file, '-', (gsize)(end - file)) : NULL;
  const char *dash = release ? memrchr(file, '-', (gsize)(release - file)) : NULL;
  if (!dash || dash == file || dash + 1 == release)
    return FALSE;
  *name = cr_arena_strndup(arena, file, (gsize)(dash - file));
  *version = cr_arena_strndup(arena, dash + 1, (gsize)(end - dash - 1));
  return TRUE;
}

static const char *copy_string(const CrRpmLibrary *rpm, Header header, rpmTagVal tag, CrArena *arena)
{
  const char *text = rpm->header_get_string(header, tag);
  return text && *text ? cr_arena_strdup(arena, text) : NULL;
}

/* A list in one tag, open for rpmtdNext; NULL when the record has none. */
static rpmtd open_list(const CrRpmLibrary *rpm, Header header, rpmTagVal tag)
{
  rpmtd list = rpm->td_new();
  if (rpm->header_get(header, tag, list, HEADERGET_MINMEM) == 1)
    return list;
  rpm->td_free(list);
  return NULL;
}

static void close_list(const CrRpmLibrary *rpm, rpmtd list)
{
  if (!list)
    return;
  rpm->td_free_data(list);
  rpm->td_free(list);
}

/* The names of LIST one after another; FALSE when it is no list of strings. */
static gboolean copy_names(const CrRpmLibrary *rpm, rpmtd list, CrArena *arena, CrRpmFiles *files)
{
  g_autoptr(GString) names = g_string_new(NULL);
  while (rpm->td_next(list) >= 0) {
    const char *name = rpm->td_get_string(list);
    if (!name)
      return FALSE;
    g_string_append_len(names, name, (gssize)strlen(name) + 1);
    files->count++;
  }
  char *copy = cr_arena_alloc(arena, names->len + 1);
  memcpy(copy, names->str, names->len);
  files->names = copy;
  return TRUE;
}

static gboolean copy_folders(const CrRpmLibrary *rpm, rpmtd list, CrArena *arena, CrRpmFiles *files)
{
  const char **folders = cr_arena_alloc(arena, (rpm->td_count(list) + 1) * sizeof *folders);
  while (rpm->td_next(list) >= 0) {
    const char *folder = rpm->td_get_string(list);
    if (!folder)
      return FALSE;
    folders[files->folder_count++] = cr_arena_strdup(arena, folder);
  }
  files->folders = folders;
  return TRUE;
}

static gboolean copy_indexes(const CrRpmLibrary *rpm, rpmtd list, CrArena *arena, CrRpmFiles *files)
{
  if (rpm->td_count(list) != files->count)
    return FALSE;
  guint32 *folder = cr_arena_alloc(arena, MAX(files->count, 1U) * sizeof *folder);
  for (guint i = 0; rpm->td_next(list) >= 0; i++) {
    guint64 at = rpm->td_get_number(list);
    if (i >= files->count || at >= files->folder_count)
      return FALSE;
    folder[i] = (guint32)at;
  }
  files->folder = folder;
  return TRUE;
}

/* Base names, folders and which folder each is in; rpm before version 4 had whole paths. */
static gboolean copy_files(const CrRpmLibrary *rpm, Header header, CrArena *arena, CrRpmHeader *out)
{
  static const char *const root[] = {""};
  CrRpmFiles *files = cr_arena_new0(arena, CrRpmFiles);
  rpmtd names = open_list(rpm, header, RPMTAG_BASENAMES);
  gboolean good = TRUE;
  if (names) {
    rpmtd folders = open_list(rpm, header, RPMTAG_DIRNAMES), indexes = open_list(rpm, header, RPMTAG_DIRINDEXES);
    good = folders && indexes && copy_names(rpm, names, arena, files) && copy_folders(rpm, folders, arena, files) &&
           copy_indexes(rpm, indexes, arena, files);
    close_list(rpm, folders);
    close_list(rpm, indexes);
  } else if ((names = open_list(rpm, header, RPMTAG_OLDFILENAMES))) {
    good = copy_names(rpm, names, arena, files);
    files->folders = root;
    files->folder_count = 1;
    files->folder = cr_arena_alloc(arena, MAX(files->count, 1U) * sizeof *files->folder);
  }
  close_list(rpm, names);
  out->files = good ? files : NULL;
  return good;
}

static gboolean copy_identity(const CrRpmLibrary *rpm, Header header, CrArena *arena, CrRpmHeader *out)
{
  const char *version = rpm->header_get_string(header, RPMTAG_VERSION);
  const char *release = rpm->header_get_string(header, RPMTAG_RELEASE);
  out->name = copy_string(rpm, header, RPMTAG_NAME, arena);
  out->arch = copy_string(rpm, header, RPMTAG_ARCH, arena);
  if (!out->name || !version || !*version)
    return FALSE;
  guint64 epoch = rpm->header_is_entry(header, RPMTAG_EPOCH) ? rpm->header_get_number(header, RPMTAG_EPOCH) : 0;
  g_autofree char *number = epoch ? g_strdup_printf("%" G_GUINT64_FORMAT ":", epoch) : g_strdup("");
  out->version = cr_arena_printf(arena, "%s%s%s%s", number, version, release ? "-" : "", release ? release : "");
  return TRUE;
}

static gboolean copy_rest(const CrRpmLibrary *rpm, Header header, CrArena *arena, CrRpmHeader *out)
{
  const char *source = rpm->header_get_string(header, RPMTAG_SOURCERPM);
  if (source)
    cr_rpm_split_source(source, arena, &out->source_name, &out->source_version);
  out->vendor = copy_string(rpm, header, RPMTAG_VENDOR, arena);
  out->packager = copy_string(rpm, header, RPMTAG_PACKAGER, arena);
  out->licence = copy_string(rpm, header, RPMTAG_LICENSE, arena);
  out->module = copy_string(rpm, header, RPMTAG_MODULARITYLABEL, arena);
  return copy_files(rpm, header, arena, out);
}

gboolean cr_rpm_header_parse(const guint8 *bytes, gsize size, gboolean whole, CrArena *arena, CrRpmHeader *out,
                             GError **error)
{
  *out = (CrRpmHeader){0};
  Blob blob;
  const CrRpmLibrary *rpm = cr_rpm_library_get(error);
  if (!rpm || !open_blob(bytes, size, &blob, error) || !check_counts(&blob, error))
    return FALSE;
  Header header = rpm->header_import((void *)bytes, (unsigned int)size, HEADERIMPORT_COPY);
  if (!header)
    return refuse(error, "a record that librpm refuses");
  gboolean named = copy_identity(rpm, header, arena, out);
  gboolean good = named && (!whole || copy_rest(rpm, header, arena, out));
  rpm->header_free(header);
  if (!named)
    return refuse(error, "a record without name or version");
  return good ? TRUE : refuse(error, "a record whose file list does not hold together");
}

static void visit_list(const CrRpmLibrary *rpm, Header header, rpmTagVal tag, const CrDatabasePackage *package,
                       CrRelationKind kind, CrDatabaseRelationVisit visit, gpointer data)
{
  rpmtd list = open_list(rpm, header, tag);
  while (list && rpm->td_next(list) >= 0) {
    const char *name = rpm->td_get_string(list);
    if (name && *name)
      visit(package, kind, name, strlen(name), FALSE, data);
  }
  close_list(rpm, list);
}

void cr_rpm_header_foreach_relation(const guint8 *bytes, gsize size, const CrDatabasePackage *package,
                                    CrDatabaseRelationVisit visit, gpointer data)
{
  Blob blob;
  const CrRpmLibrary *rpm = cr_rpm_library_get(NULL);
  if (!rpm || !open_blob(bytes, size, &blob, NULL) || !check_counts(&blob, NULL))
    return;
  Header header = rpm->header_import((void *)bytes, (unsigned int)size, HEADERIMPORT_COPY);
  if (!header)
    return;
  visit_list(rpm, header, RPMTAG_REQUIRENAME, package, CR_RELATION_NEEDS, visit, data);
  visit_list(rpm, header, RPMTAG_PROVIDENAME, package, CR_RELATION_PROVIDES, visit, data);
  rpm->header_free(header);
}

/* ---- relations with their versions ---- */

typedef struct {
  rpmTagVal name, flags, version;
  CrExactRelation kind;
} ExactTags;

static const char *get_operator(guint64 flags)
{
  static const char *const operators[] = {NULL, "<", ">", NULL, "=", "<=", ">=", NULL};
  return operators[(flags >> 1) & 7]; /* RPMSENSE_LESS, RPMSENSE_GREATER, RPMSENSE_EQUAL */
}

static void visit_exact(const CrRpmLibrary *rpm, Header header, const ExactTags *tags, const CrPackage *package,
                        CrExactRelationVisit visit, gpointer data)
{
  rpmtd names = open_list(rpm, header, tags->name);
  rpmtd flags = names ? open_list(rpm, header, tags->flags) : NULL;
  rpmtd versions = flags ? open_list(rpm, header, tags->version) : NULL;
  while (names && rpm->td_next(names) >= 0) {
    gboolean more = versions && rpm->td_next(flags) >= 0 && rpm->td_next(versions) >= 0;
    const char *name = rpm->td_get_string(names);
    const char *version = more ? rpm->td_get_string(versions) : NULL;
    const char *op = more ? get_operator(rpm->td_get_number(flags)) : NULL;
    if (!name || !*name || g_str_has_prefix(name, "rpmlib("))
      continue;
    g_autofree char *text = op && version && *version ? g_strdup_printf("%s %s %s", name, op, version) : NULL;
    visit(package, tags->kind, text ? text : name, data);
  }
  close_list(rpm, names);
  close_list(rpm, flags);
  close_list(rpm, versions);
}

void cr_rpm_header_foreach_exact_relation(const guint8 *bytes, gsize size, const CrPackage *package,
                                          CrExactRelationVisit visit, gpointer data)
{
  static const ExactTags rows[] = {
      {RPMTAG_PROVIDENAME, RPMTAG_PROVIDEFLAGS, RPMTAG_PROVIDEVERSION, CR_EXACT_PROVIDES},
      {RPMTAG_REQUIRENAME, RPMTAG_REQUIREFLAGS, RPMTAG_REQUIREVERSION, CR_EXACT_REQUIRES},
      {RPMTAG_CONFLICTNAME, RPMTAG_CONFLICTFLAGS, RPMTAG_CONFLICTVERSION, CR_EXACT_CONFLICTS},
      {RPMTAG_OBSOLETENAME, RPMTAG_OBSOLETEFLAGS, RPMTAG_OBSOLETEVERSION, CR_EXACT_OBSOLETES},
      {RPMTAG_RECOMMENDNAME, RPMTAG_RECOMMENDFLAGS, RPMTAG_RECOMMENDVERSION, CR_EXACT_RECOMMENDS},
      {RPMTAG_SUGGESTNAME, RPMTAG_SUGGESTFLAGS, RPMTAG_SUGGESTVERSION, CR_EXACT_SUGGESTS},
      {RPMTAG_SUPPLEMENTNAME, RPMTAG_SUPPLEMENTFLAGS, RPMTAG_SUPPLEMENTVERSION, CR_EXACT_SUPPLEMENTS},
      {RPMTAG_ENHANCENAME, RPMTAG_ENHANCEFLAGS, RPMTAG_ENHANCEVERSION, CR_EXACT_ENHANCES},
  };
  Blob blob;
  const CrRpmLibrary *rpm = cr_rpm_library_get(NULL);
  if (!rpm || !open_blob(bytes, size, &blob, NULL) || !check_counts(&blob, NULL))
    return;
  Header header = rpm->header_import((void *)bytes, (unsigned int)size, HEADERIMPORT_COPY);
  if (!header)
    return;
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    visit_exact(rpm, header, &rows[i], package, visit, data);
  rpm->header_free(header);
}

static gboolean digest_equals(const Blob *blob, guint32 entries, guint32 data_bytes, const EVP_MD *md, const char *hex,
                              gsize room)
{
  static const guint8 magic[8] = {0x8e, 0xad, 0xe8, 0x01};
  guint32 intro[2] = {GUINT32_TO_BE(entries), GUINT32_TO_BE(data_bytes)};
  guint8 value[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  gboolean made = context && EVP_DigestInit_ex(context, md, NULL) && EVP_DigestUpdate(context, magic, sizeof magic) &&
                  EVP_DigestUpdate(context, intro, sizeof intro) &&
                  EVP_DigestUpdate(context, blob->index, (gsize)entries * ENTRY_BYTES) &&
                  EVP_DigestUpdate(context, blob->data, data_bytes) && EVP_DigestFinal_ex(context, value, &length);
  EVP_MD_CTX_free(context);
  char text[2 * EVP_MAX_MD_SIZE + 1] = "";
  for (guint i = 0; made && i < length; i++)
    g_snprintf(text + (gsize)2 * i, 3, "%02x", value[i]);
  return !made || (room > strlen(text) && !memcmp(text, hex, strlen(text) + 1));
}

/* What was signed is the first region: as many entries as its trailer says, and the data up to and with the trailer. */
static gboolean find_region(const Blob *blob, guint32 *entries, guint32 *data_bytes)
{
  Entry first = blob->entries ? get_entry(blob, 0) : (Entry){0};
  if (first.tag != RPMTAG_HEADERIMMUTABLE || first.type != RPM_BIN_TYPE || first.count != ENTRY_BYTES)
    return FALSE;
  CrReader reader = cr_reader_init(blob->data, blob->data_bytes, TRUE);
  cr_reader_seek(&reader, (guint64)first.offset + 8);
  gint32 back = (gint32)cr_reader_u32(&reader);
  cr_reader_take(&reader, 4);
  if (cr_reader_failed(&reader) || back >= 0 || back % (gint32)ENTRY_BYTES ||
      (guint32)(-(gint64)back) / ENTRY_BYTES > blob->entries)
    return FALSE;
  *entries = (guint32)(-(gint64)back) / ENTRY_BYTES;
  *data_bytes = first.offset + ENTRY_BYTES;
  return TRUE;
}

gboolean cr_rpm_header_check_digest(const guint8 *bytes, gsize size)
{
  Blob blob;
  guint32 entries = 0, data_bytes = 0;
  if (!open_blob(bytes, size, &blob, NULL) || !find_region(&blob, &entries, &data_bytes))
    return TRUE;
  Entry sha1 = {0}, sha256 = {0};
  for (guint32 i = entries; i < blob.entries; i++) {
    Entry entry = get_entry(&blob, i);
    if (entry.tag == RPMTAG_SHA1HEADER)
      sha1 = entry;
    if (entry.tag == RPMTAG_SHA256HEADER)
      sha256 = entry;
  }
  Entry best = sha256.tag ? sha256 : sha1;
  if (best.type != RPM_STRING_TYPE || best.offset > blob.data_bytes)
    return TRUE;
  return digest_equals(&blob, entries, data_bytes, sha256.tag ? EVP_sha256() : EVP_sha1(),
                       (const char *)blob.data + best.offset, blob.data_bytes - best.offset);
}
