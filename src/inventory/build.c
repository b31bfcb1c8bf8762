/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of Go programs and crates of Rust programs, by what the linker wrote into them (reach/elf-build.h). The
 * program itself stays a file that no package owns: its parts are replaced only by building it anew. */
#include <string.h>

#include "inventory/language.h"
#include "inventory/private.h"
#include "reach/elf-build.h"

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

CrSymbolState cr_inventory_find_go_symbol(CrInventory *inventory, const CrPackage *package, const char *package_path,
                                          const char *symbol)
{
  CrTree *tree = inventory->tree;
  g_autoptr(GBytes) facts = package->embedded && !strcmp(package->type, "golang")
                                ? cr_tree_find_facts(tree, package->paths[0], cr_build_collector.name)
                                : NULL;
  return facts ? cr_build_find_symbol(facts, package_path, symbol) : CR_SYMBOL_UNKNOWN;
}

const CrLanguage cr_language_build = {
    .name = "build information", .one_name = TRUE, .collectors = collectors, .read = read_build};
