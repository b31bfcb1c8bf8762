/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of Go programs and crates of Rust programs, by what the linker wrote into them (reach/elf-build.h). The
 * program itself stays a file that no package owns: its parts are replaced only by building it anew. */
#include <string.h>

#include "inventory/language.h"
#include "inventory/private.h"
#include "reach/elf-build.h"

/* A program with twenty modules and all of Go's own flaws asks for some thousands; a question costs 10 µs, or 100 where
 * programs take turns. */
#define QUESTIONS_MAX 200000U

static const CrCollector *const collectors[] = {&cr_build_collector, NULL};

static gboolean add_part(CrLanguageWork *work, const CrNode *node, const char *type, const CrBuildPart *part)
{
  if (!cr_language_is_word(part->name) || !cr_language_is_word(part->version))
    return TRUE;
  gboolean registry = !part->source || !strcmp(type, "golang") || !strcmp(part->source, "crates.io") ||
                      !strcmp(part->source, "registry");
  const CrPackage package = {.type = type,
                             .name = part->name,
                             .version = part->version,
                             .origin = part->is_main ? "main"
                                       : registry    ? NULL
                                                     : part->source,
                             .embedded = TRUE};
  return cr_language_add(work, node, &package) != NULL;
}

/* "go1.22.3 X:boringcrypto" → "1.22.3"; the library that every Go program has. */
static void add_standard_library(CrLanguageWork *work, const CrNode *node, const char *toolchain)
{
  if (!toolchain || !g_str_has_prefix(toolchain, "go") || !g_ascii_isdigit(toolchain[2])) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    "built with %s: no version of Go's standard library can be told from it",
                    toolchain ? toolchain : "a Go that does not name itself");
    return;
  }
  const CrBuildPart library = {.name = "stdlib",
                               .version = cr_arena_strndup(work->arena, toolchain + 2, strcspn(toolchain + 2, " "))};
  add_part(work, node, "golang", &library);
}

static void read_build(CrLanguageWork *work, const CrNode *node, GBytes *facts)
{
  const CrBuild *build = cr_build_parse(facts, work->arena);
  if (!build || build->kind == CR_BUILD_PACKED) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    build ? "packed with UPX: what it was built from cannot be read"
                          : "what the index keeps of it is damaged");
    return;
  }
  const char *type = build->kind == CR_BUILD_GO ? "golang" : "cargo";
  if (build->kind == CR_BUILD_GO)
    add_standard_library(work, node, build->toolchain);
  for (guint i = 0; i < build->count; i++)
    if (!add_part(work, node, type, &build->parts[i]))
      return;
}

/* ---- programs of the distribution ---- */

typedef struct {
  CrInventory *inventory;
  GHashTable *programs;
  GHashTable *seen; /* files: of hard links the first name counts */
} Finding;

static gboolean find_program(const CrNode *node, gpointer data)
{
  Finding *finding = data;
  CrInventory *inventory = finding->inventory;
  const CrPackage *owner = cr_inventory_find_recorded(inventory, node->path);
  if (!owner ||
      !g_hash_table_add(finding->seen, g_strdup_printf("%u %" G_GUINT64_FORMAT, node->content_layer, node->content_id)))
    return TRUE;
  g_autoptr(GBytes) facts = cr_tree_get_facts(inventory->tree, node, cr_build_collector.name);
  g_mutex_lock(&inventory->lock);
  CrProgram *program = cr_arena_new0(inventory->arena, CrProgram);
  program->path = node->path;
  program->build = facts ? cr_build_parse(facts, inventory->arena) : NULL;
  g_mutex_unlock(&inventory->lock);
  if (!program->build)
    return TRUE;
  GPtrArray *list = g_hash_table_lookup(finding->programs, owner);
  if (!list) {
    list = g_ptr_array_new_null_terminated(1, NULL, TRUE);
    g_hash_table_insert(finding->programs, (gpointer)owner, list);
  }
  g_ptr_array_add(list, program);
  return TRUE;
}

const CrProgram *const *cr_inventory_get_programs(CrInventory *inventory, const CrPackage *package)
{
  GHashTable *programs = g_atomic_pointer_get(&inventory->programs);
  if (!programs) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    programs = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    Finding finding = {inventory, programs, seen};
    cr_tree_foreach_facts(inventory->tree, cr_build_collector.name, find_program, &finding);
    g_atomic_pointer_set(&inventory->programs, programs);
  }
  const GPtrArray *list = g_hash_table_lookup(programs, package);
  return list ? (const CrProgram *const *)list->pdata : NULL;
}

/* Questions come by the hundred for one program. */
static GBytes *get_facts(CrInventory *inventory, const char *path)
{
  g_mutex_lock(&inventory->lock);
  if (g_strcmp0(inventory->asked, path) != 0) {
    g_free(inventory->asked);
    g_clear_pointer(&inventory->asked_facts, g_bytes_unref);
    inventory->asked = g_strdup(path);
    inventory->asked_facts = cr_tree_find_facts(inventory->tree, path, cr_build_collector.name);
  }
  GBytes *facts = inventory->asked_facts ? g_bytes_ref(inventory->asked_facts) : NULL;
  g_mutex_unlock(&inventory->lock);
  return facts;
}

static CrSymbolState find_symbol(CrInventory *inventory, const char *path, const char *package_path, const char *symbol)
{
  if (inventory->questions >= QUESTIONS_MAX) {
    cr_problems_add(inventory->problems, CR_PROBLEM_PARTIAL, "build information",
                    "more than %u functions were looked for in Go programs: of the rest it is not known whether they "
                    "are there",
                    QUESTIONS_MAX);
    return CR_SYMBOL_UNKNOWN;
  }
  inventory->questions++;
  g_autoptr(GBytes) facts = get_facts(inventory, path);
  return facts ? cr_build_find_symbol(facts, package_path, symbol) : CR_SYMBOL_UNKNOWN;
}

CrSymbolState cr_inventory_find_go_symbol(CrInventory *inventory, const CrPackage *package, const char *package_path,
                                          const char *symbol)
{
  if (package->embedded)
    return strcmp(package->type, "golang") ? CR_SYMBOL_UNKNOWN
                                           : find_symbol(inventory, package->paths[0], package_path, symbol);
  const CrProgram *const *programs = cr_inventory_get_programs(inventory, package);
  CrSymbolState whole = programs ? CR_SYMBOL_ABSENT : CR_SYMBOL_UNKNOWN;
  for (guint i = 0; programs && programs[i]; i++) {
    CrSymbolState state = programs[i]->build->kind == CR_BUILD_RUST
                              ? CR_SYMBOL_ABSENT
                              : find_symbol(inventory, programs[i]->path, package_path, symbol);
    if (state == CR_SYMBOL_PRESENT)
      return state;
    whole = state == CR_SYMBOL_UNKNOWN ? state : whole;
  }
  return whole;
}

const CrLanguage cr_language_build = {
    .name = "build information", .one_name = TRUE, .collectors = collectors, .read = read_build};
