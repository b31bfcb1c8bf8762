/* SPDX-License-Identifier: Apache-2.0 */
/* Java archives: what each says of itself and of what was put into it. Maven writes pom.properties, a shaded archive
 * has those of all its parts; else the manifest (JAR specification, OSGi), at last the name of the file. Archives in
 * archives (war, ear, Spring Boot) are looked into. The facts are records of the texts below; a record with a problem
 * tells what was not read. Every archive has at least one, so that unowned.c knows it. */
#include "inventory/language.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "inventory/private.h"
#include "inventory/stanza.h"
#include "inventory/zip.h"

/* Where META-INF is looked for: at the start, and in the directory at the end. */
#define JAR_LOOK (256 * CR_KIB)

enum { TEXT_INNER, TEXT_GROUP, TEXT_ARTIFACT, TEXT_VERSION, TEXT_LICENCE, TEXT_PROBLEM, TEXT_COUNT };

static gboolean has_ending(const char *name, gsize size)
{
  static const char *const ends[] = {".jar", ".war", ".ear", ".rar", ".hpi", ".jpi"};
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (size > 4 && !g_ascii_strncasecmp(name + size - 4, ends[i], 4))
      return TRUE;
  return FALSE;
}

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  return (head_bytes > 30 && !memcmp(head, "PK\3\4", 4)) || has_ending(entry->path, entry->path_bytes);
}

/* ---- one archive ---- */

typedef struct {
  CrSink *sink;
  guint64 budget; /* bytes that may still be unpacked, or read as directories: archives may lie over each other */
  guint archives; /* that may still be opened */
  guint problems; /* told so far */
} Looking;

typedef struct {
  char *texts[TEXT_COUNT];
} Found;

static void found_clear(gpointer data)
{
  Found *found = data;
  for (guint i = 0; i < TEXT_COUNT; i++)
    g_free(found->texts[i]);
}

typedef struct {
  GArray *poms; /* Found */
  Found manifest;
  gboolean has_manifest;
  char *title, *symbolic, *vendor;
  char *common; /* the folder that all classes lie in, "org/example/"; NULL: no class yet */
} Archive;

static void write_found(Looking *looking, const char *inner, const Found *found)
{
  const char *texts[TEXT_COUNT];
  memcpy(texts, found->texts, sizeof texts);
  texts[TEXT_INNER] = inner;
  cr_language_write_texts(looking->sink, texts, TEXT_COUNT);
}

static void write_problem(Looking *looking, const char *inner, const char *member, const char *why)
{
  if (++looking->problems > CR_LIMIT_JAR_PROBLEMS)
    return;
  g_autofree char *text = member ? g_strdup_printf("%s: %s", member, why) : g_strdup(why);
  Found found = {{[TEXT_PROBLEM] = text}};
  write_found(looking, inner, &found);
}

static void read_pom(Archive *archive, GBytes *bytes)
{
  static const struct {
    const char *key;
    guint text;
  } keys[] = {{"groupId", TEXT_GROUP}, {"artifactId", TEXT_ARTIFACT}, {"version", TEXT_VERSION}};
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  CrSlice rest = cr_slice(data, size), line;
  Found found = {{NULL}};
  while (cr_slice_next_line(&rest, &line)) {
    line = cr_slice_trim(line);
    gsize key = 0;
    while (key < line.size && line.at[key] != '=' && line.at[key] != ':')
      key++;
    for (guint i = 0; key < line.size && i < G_N_ELEMENTS(keys); i++)
      if (cr_slice_is(cr_slice_trim((CrSlice){line.at, key}), keys[i].key) && !found.texts[keys[i].text]) {
        CrSlice value = cr_slice_trim((CrSlice){line.at + key + 1, line.size - key - 1});
        found.texts[keys[i].text] = g_strndup(value.at, value.size);
      }
  }
  gboolean whole = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
    whole &= cr_language_is_word(found.texts[keys[i].text]);
  if (whole)
    g_array_append_val(archive->poms, found);
  else
    found_clear(&found);
}

/* Lines of a manifest go on behind a line end and a blank. */
static char *unfold(const char *data, gsize size, gsize *bytes)
{
  GString *out = g_string_sized_new(size);
  for (gsize i = 0; i < size; i++) {
    gsize end = i + (data[i] == '\r' && i + 1 < size && data[i + 1] == '\n');
    if ((data[i] == '\n' || data[i] == '\r') && end + 1 < size && data[end + 1] == ' ')
      i = end + 1;
    else if (data[i] == '\r' && end == i)
      g_string_append_c(out, '\n');
    else
      g_string_append_c(out, data[i]);
  }
  *bytes = out->len;
  return g_string_free(out, FALSE);
}

static char *first_word(char **values, const guint *order, guint count)
{
  for (guint i = 0; i < count; i++) {
    const char *value = values[order[i]];
    if (value && cr_language_is_word(value) && !strchr(value, '$')) /* "${project.version}" */
      return g_steal_pointer(&values[order[i]]);
  }
  return NULL;
}

static void read_manifest(Archive *archive, GBytes *bytes)
{
  enum { SYMBOLIC, TITLE, VENDOR, IMPLEMENTATION, BUNDLE, LICENCE, COUNT };
  static const char *const names[COUNT] = {"Bundle-SymbolicName",    "Implementation-Title", "Implementation-Vendor-Id",
                                           "Implementation-Version", "Bundle-Version",       "Bundle-License"};
  static const guint versions[] = {IMPLEMENTATION, BUNDLE}, vendor[] = {VENDOR}, title[] = {TITLE},
                     symbolic[] = {SYMBOLIC};
  char *values[COUNT] = {NULL};
  gsize size = 0, length = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *text = unfold(data ? data : "", size, &length);
  archive->has_manifest = TRUE;
  cr_language_read_headers(text, length, names, values, COUNT);
  if (values[SYMBOLIC]) /* "name;singleton:=true" */
    g_strstrip(g_strdelimit(values[SYMBOLIC], ";", 0));
  archive->manifest.texts[TEXT_VERSION] = first_word(values, versions, G_N_ELEMENTS(versions));
  archive->vendor = first_word(values, vendor, 1);
  archive->title = first_word(values, title, 1);
  archive->symbolic = first_word(values, symbolic, 1);
  if (values[LICENCE] && strlen(values[LICENCE]) <= 100)
    archive->manifest.texts[TEXT_LICENCE] = g_steal_pointer(&values[LICENCE]);
  for (guint i = 0; i < COUNT; i++)
    g_free(values[i]);
}

/* "…/log4j-core-2.14.1.jar": artifact and version. */
static void split_file_name(const char *path, char **artifact, char **version)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  const char *dot = strrchr(name, '.'), *end = dot ? dot : name + strlen(name), *split = NULL;
  for (const char *at = name; at + 1 < end && !split; at++)
    if (*at == '-' && g_ascii_isdigit(at[1]))
      split = at;
  *artifact = g_strndup(name, (gsize)((split ? split : end) - name));
  *version = split ? g_strndup(split + 1, (gsize)(end - split - 1)) : NULL;
}

/* The pom.properties of the archive itself: the only one, or the one whose name the file has. */
static Found *find_own_pom(const Archive *archive, const char *artifact)
{
  Found *best = archive->poms->len == 1 ? &g_array_index(archive->poms, Found, 0) : NULL;
  for (guint i = 0; i < archive->poms->len; i++) {
    Found *pom = &g_array_index(archive->poms, Found, i);
    if (!strcmp(pom->texts[TEXT_ARTIFACT], artifact))
      return pom;
  }
  return best;
}

/* The folder of all classes is mostly the group, and the artifact's last word behind it. */
static char *guess_group(const Archive *archive, const char *artifact)
{
  g_autofree char *group = g_strdup(archive->common ? archive->common : "");
  if (*group)
    group[strlen(group) - 1] = 0;
  g_strdelimit(group, "/", '.');
  char *last = strrchr(group, '.');
  if (last && strstr(artifact, last + 1) && strchr(group, '.') != last)
    *last = 0;
  return strchr(group, '.') && cr_language_is_word(group) ? g_steal_pointer(&group) : NULL;
}

static void note_class(Archive *archive, const CrZipEntry *entry)
{
  if (entry->name_bytes < 7 || memcmp(entry->name + entry->name_bytes - 6, ".class", 6) != 0 ||
      !memcmp(entry->name, "META-INF", MIN(entry->name_bytes, 8)) || !memchr(entry->name, '/', entry->name_bytes))
    return;
  if (!archive->common)
    archive->common = g_strndup(entry->name, entry->name_bytes);
  gsize same = 0, end = 0;
  for (; same < entry->name_bytes && archive->common[same] == entry->name[same]; same++)
    end = entry->name[same] == '/' ? same + 1 : end;
  archive->common[end] = 0;
}

/* A part of Java's runtime, which no registry has. */
static gboolean is_runtime(const Archive *archive)
{
  static const char *const folders[] = {"jdk/", "java/", "sun/"};
  for (guint i = 0; archive->common && i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(archive->common, folders[i]))
      return TRUE;
  return FALSE;
}

/* Without one: the manifest's words, the file's name, the classes' folder. */
static void guess_identity(Archive *archive, const char *artifact, const char *version)
{
  Found *own = &archive->manifest;
  const char *symbolic = archive->symbolic;
  if (!version && !symbolic && is_runtime(archive)) {
    g_clear_pointer(&own->texts[TEXT_VERSION], g_free);
    return;
  }
  if (version) {
    g_free(own->texts[TEXT_VERSION]);
    own->texts[TEXT_VERSION] = g_strdup(version);
  }
  const char *name = version || !archive->title ? artifact : archive->title;
  if (!own->texts[TEXT_VERSION] || !cr_language_is_word(name)) {
    g_clear_pointer(&own->texts[TEXT_VERSION], g_free);
    return;
  }
  own->texts[TEXT_ARTIFACT] = g_strdup(name);
  gsize length = symbolic ? strlen(symbolic) : 0, part = strlen(name);
  if (archive->vendor)
    own->texts[TEXT_GROUP] = g_strdup(archive->vendor);
  else if (length > part + 1 && symbolic[length - part - 1] == '.' && !strcmp(symbolic + length - part, name))
    own->texts[TEXT_GROUP] = g_strndup(symbolic, length - part - 1);
  else
    own->texts[TEXT_GROUP] = guess_group(archive, name);
}

static void write_archive(Looking *looking, Archive *archive, const char *path, const char *inner)
{
  g_autofree char *artifact = NULL, *version = NULL;
  split_file_name(path, &artifact, &version);
  Found *own = find_own_pom(archive, artifact);
  if (own) {
    own->texts[TEXT_LICENCE] = g_steal_pointer(&archive->manifest.texts[TEXT_LICENCE]);
    write_found(looking, inner, own);
  } else {
    guess_identity(archive, artifact, version);
    write_found(looking, inner, &archive->manifest);
  }
  for (guint i = 0; i < archive->poms->len; i++)
    if (&g_array_index(archive->poms, Found, i) != own)
      write_found(looking, inner, &g_array_index(archive->poms, Found, i));
}

static void look_into(Looking *looking, CrFile *file, guint64 start, guint64 size, const char *path, const char *inner,
                      guint depth);

static gboolean is_pom(const CrZipEntry *entry)
{
  static const char folder[] = "META-INF/maven/", name[] = "/pom.properties";
  return entry->name_bytes > sizeof folder + sizeof name && !memcmp(entry->name, folder, sizeof folder - 1) &&
         !memcmp(entry->name + entry->name_bytes - (sizeof name - 1), name, sizeof name - 1);
}

/* A stored archive is read where it is, a packed one is unpacked into memory. */
static void look_at_nested(Looking *looking, CrZip *zip, CrFile *file, const CrZipEntry *entry, const char *inner,
                           guint depth)
{
  g_autofree char *name = g_strndup(entry->name, entry->name_bytes);
  g_autofree char *place = *inner ? g_strdup_printf("%s!/%s", inner, name) : g_strdup(name);
  g_autoptr(GError) error = NULL;
  guint64 offset = 0;
  if (depth >= CR_LIMIT_JAR_DEPTH || !looking->archives || !looking->budget) {
    write_problem(looking, inner, name, "not looked into: too many archives in archives");
    return;
  }
  looking->archives--;
  if (entry->method == 0 && !entry->encrypted) {
    if (cr_zip_find_data(zip, entry, &offset, &error))
      look_into(looking, file, offset, entry->packed_bytes, name, place, depth + 1);
  } else {
    guint64 limit = MIN(looking->budget, CR_LIMIT_JAR_NESTED_BYTES >> depth); /* each is held while the next is */
    g_autoptr(GBytes) bytes = cr_zip_read(zip, entry, (gsize)limit, &error);
    g_autoptr(CrFile) unpacked = bytes ? cr_file_new_bytes(bytes) : NULL;
    if (bytes)
      looking->budget -= g_bytes_get_size(bytes);
    if (unpacked)
      look_into(looking, unpacked, 0, g_bytes_get_size(bytes), name, place, depth + 1);
  }
  if (error)
    write_problem(looking, inner, name, error->message);
}

static void look_at_entry(Looking *looking, Archive *archive, CrZip *zip, CrFile *file, const CrZipEntry *entry,
                          const char *inner, guint depth)
{
  static const char manifest[] = "META-INF/MANIFEST.MF";
  gboolean is_manifest =
      entry->name_bytes == sizeof manifest - 1 && !g_ascii_strncasecmp(entry->name, manifest, sizeof manifest - 1);
  if (has_ending(entry->name, entry->name_bytes) && entry->bytes) {
    look_at_nested(looking, zip, file, entry, inner, depth);
    return;
  }
  note_class(archive, entry);
  if (!is_manifest && !is_pom(entry))
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = cr_zip_read(zip, entry, (gsize)MIN(looking->budget, CR_LIMIT_SMALL_FILE), &error);
  if (!bytes) {
    g_autofree char *name = g_strndup(entry->name, entry->name_bytes);
    write_problem(looking, inner, name, error->message);
    return;
  }
  looking->budget -= g_bytes_get_size(bytes);
  if (!is_manifest)
    read_pom(archive, bytes);
  else if (!archive->has_manifest)
    read_manifest(archive, bytes);
}

static void look_into(Looking *looking, CrFile *file, guint64 start, guint64 size, const char *path, const char *inner,
                      guint depth)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrZip) zip = cr_zip_open(file, start, size, &error);
  Archive archive = {.poms = g_array_new(FALSE, TRUE, sizeof(Found))};
  g_array_set_clear_func(archive.poms, found_clear);
  CrZipEntry entry;
  if (zip)
    looking->budget -= MIN(looking->budget, cr_zip_get_directory_bytes(zip));
  while (zip && cr_zip_next(zip, &entry, &error) && archive.poms->len < CR_LIMIT_BUILD_PARTS)
    look_at_entry(looking, &archive, zip, file, &entry, inner, depth);
  write_archive(looking, &archive, path, inner);
  if (error)
    write_problem(looking, inner, NULL, error->message);
  g_array_unref(archive.poms);
  found_clear(&archive.manifest);
  g_free(archive.title);
  g_free(archive.symbolic);
  g_free(archive.vendor);
  g_free(archive.common);
}

/* ---- the collector ---- */

static gboolean has_manifest(CrFile *file, guint64 offset, gsize size)
{
  const guint8 *data = cr_file_peek(file, offset, size);
  return data && memmem(data, size, "META-INF/", strlen("META-INF/"));
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)error;
  guint64 size = cr_file_get_size(file);
  gsize look = (gsize)MIN(size, JAR_LOOK);
  Looking looking = {.sink = sink, .budget = CR_LIMIT_JAR_BYTES, .archives = CR_LIMIT_JAR_ARCHIVES};
  if (has_manifest(file, 0, look) || has_manifest(file, size - look, look))
    look_into(&looking, file, 0, size, entry->path, "", 0);
  return TRUE;
}

const CrCollector cr_jar_collector = {"jar", 3, wants, collect};
static const CrCollector *const collectors[] = {&cr_jar_collector, NULL};

/* ---- reading ---- */

static void add_found(CrLanguageWork *work, const CrNode *node, const char *const *texts, gboolean own)
{
  CrArena *arena = work->arena;
  const char **paths = cr_arena_alloc(arena, 3 * sizeof *paths);
  paths[0] = node->path;
  if (texts[TEXT_INNER])
    paths[1] = cr_arena_printf(arena, "%s!/%s", node->path, texts[TEXT_INNER]);
  const CrPackage package = {.type = "maven",
                             .name = texts[TEXT_GROUP]
                                         ? cr_arena_printf(arena, "%s:%s", texts[TEXT_GROUP], texts[TEXT_ARTIFACT])
                                         : texts[TEXT_ARTIFACT],
                             .version = texts[TEXT_VERSION],
                             .licence = texts[TEXT_LICENCE],
                             .paths = paths,
                             .embedded = TRUE};
  const CrPackage *added = cr_language_add(work, node, &package);
  if (own)
    cr_language_own(work, added, node->path);
}

static void read_jar(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  const char *texts[TEXT_COUNT];
  gboolean first = TRUE;
  for (gsize at = 0; cr_language_read_texts(facts, &at, work->arena, texts, TEXT_COUNT);) {
    gboolean outer = !texts[TEXT_INNER];
    if (texts[TEXT_PROBLEM]) {
      g_autofree char *where = outer ? g_strdup(node->path) : g_strdup_printf("%s!/%s", node->path, texts[TEXT_INNER]);
      cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, where, "not all of the archive was read: %s",
                      texts[TEXT_PROBLEM]);
      continue;
    }
    if (texts[TEXT_ARTIFACT] && texts[TEXT_VERSION])
      add_found(work, node, texts, first && outer);
    first &= !outer; /* what follows of the outer archive are its parts */
  }
}

const CrLanguage cr_language_java = {.name = "java", .one_name = TRUE, .collectors = collectors, .read = read_jar};
