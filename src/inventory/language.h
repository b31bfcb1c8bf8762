/* SPDX-License-Identifier: Apache-2.0 */
/* The family of languages: packages that no package database of the operating system records, each in metadata of its
 * own (dist-info, package.json, pom.properties, …). Private to inventory/: a member is one file, one const struct, one
 * line in languages.c.
 *
 * The metadata is judged where the bytes are: a member's collector boils each file down to a few texts during the pass,
 * and `read` makes packages of them. What a package of the operating system owns is not asked for: it belongs to the
 * distribution and is counted there. Each copy is one package, however often the image has the same. */
#pragma once
#include "inventory/inventory.h"

typedef struct CrLanguage CrLanguage;

/* All reading of one language in one tree. */
typedef struct {
  const CrLanguage *language;
  CrInventory *inventory;
  CrTree *tree;
  CrArena *arena; /* the inventory's: everything that packages point to */
  CrProblems *problems;
  GHashTable *seen; /* languages.c's, for `one_name` */
} CrLanguageWork;

struct CrLanguage {
  const char *name;                     /* "python" */
  gboolean one_name;                    /* a file with several names (hard links) is read under the first only */
  const CrCollector *const *collectors; /* NULL-terminated. `read` is called for what the first of them kept; its name
                                           may be that of a collector that another module exports */
  /* NODE, a file with FACTS of the first collector that no package of the system owns: cr_language_add what it records.
   */
  void (*read)(CrLanguageWork *work, const CrNode *node, GBytes *facts);
};

/* Take over one package: a shallow copy of PACKAGE, whose strings are constants or in WORK's arena. To be filled: type,
 * name, version, and licence, origin, arch where they are known; paths NULL means NODE's own path, layer is NODE's.
 * NAMESPACE and ALIAS are for the purl: what stands before the name, and the name behind it (NULL: split NAME at its
 * last '/', or at the ':' of Maven). NULL: there are too many packages already (a problem was added). */
CrPackage *cr_language_add(CrLanguageWork *work, const CrNode *node, const CrPackage *package);
/* PATH belongs to PACKAGE; with '/' at its end, all below it that nothing nearer claims. What a package of the system
 * owns stays with that. The first claim wins. */
void cr_language_own(CrLanguageWork *work, const CrPackage *package, const char *path);

/* ---- for collectors: texts, in the order of the member's own enum; NULL and "" are the same ---- */

void cr_language_write_texts(CrSink *sink, const char *const *texts, guint count);
/* COUNT texts of FACTS from *AT on (0 at first), in ARENA; NULL where empty. FALSE: no more. */
gboolean cr_language_read_texts(GBytes *facts, gsize *at, CrArena *arena, const char **texts, guint count);

/* Reads "NAME: value" lines up to the first blank one; VALUES[i] (free with g_free) is the first value of NAMES[i]. */
void cr_language_read_headers(const char *text, gsize size, const char *const *names, char **values, guint count);
/* Text of the file as a whole, at most LIMIT bytes of it; NULL when it cannot be read. */
const char *cr_language_get_text(CrFile *file, gsize limit, gsize *size);
/* Does PATH end in END, at the start of a component? */
gboolean cr_language_is_file(const CrEntry *entry, const char *end);
/* Is TEXT something that a registry would take for a name or a version: printable, no blanks, not long? */
gboolean cr_language_is_word(const char *text);
/* FOLDER ("" or with '/' at its end) and RELATIVE joined, ".." at the start resolved; NULL above the root or with ".."
 * further on. An absolute RELATIVE counts from the root. */
const char *cr_language_join(CrArena *arena, const char *folder, const char *relative);
/* The text in quotes of either kind behind the first BEFORE that has one behind it on its line; NULL: none. g_free. */
char *cr_language_find_quoted(const char *text, gsize size, const char *before);
/* Does a file whose path ends in RECORD already tell of a package NAME of this TYPE? */
gboolean cr_language_is_recorded(const CrLanguageWork *work, const char *type, const char *name, const char *record);
/* The folder of PATH with '/' at its end, "" in the root; UP folders further up. */
const char *cr_language_get_folder(CrArena *arena, const char *path, guint up);

/* The members, one a line. */
extern const CrLanguage cr_language_python;
extern const CrLanguage cr_language_node;
extern const CrLanguage cr_language_build;
extern const CrLanguage cr_language_java;
extern const CrLanguage cr_language_programs;
extern const CrLanguage cr_language_ruby;
extern const CrLanguage cr_language_php;
extern const CrLanguage cr_language_dotnet;
extern const CrLanguage cr_language_wordpress;
extern const CrLanguage cr_language_drupal;
