/* SPDX-License-Identifier: Apache-2.0 */
/* careen where: every image, container and host on record that has it. */
#include "cli/look.h"
#include "fleet/where.h"

static int run(const CrCall *call, GError **error)
{
  if (!cr_look_check_gate(call, "where", "found", error))
    return -1;
  g_autoptr(CrRecord) record = cr_record_open(NULL, FALSE, error);
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  g_autoptr(CrWhere) where = record ? cr_where_new(record, cache, call->arguments[0], error) : NULL;
  if (!where)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_where_write_json(where, report);
  else
    cr_where_write_table(where, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  if (call->settings->fail_on && where->hits->len)
    return 1;
  return !where->images || where->looked < where->images ? 3 : 0;
}

static const CrExample examples[] = {
    {"careen where CVE-2024-3094", "which images have the flaw, where they run, and whether there is a fix"},
    {"careen where 'liblzma5<5.6.2'", "a package before a version, by its own order"},
    {"careen where '/usr/lib/*/liblzma.so.5*'", "a file, by the layer indexes"},
    {"careen where $(sha256sum <libfoo.so | cut -c-64)", "a file by what is in it, under any name"},
    {"careen where -f json log4j-core | jq -r '.hits[].seen[].name'", "names for a script"},
    {NULL, NULL},
};

const CrCommand cr_command_where = {
    .name = "where",
    .arguments = "CVE|PACKAGE[<VERSION]|PATH|SHA256",
    .min = 1,
    .max = 1,
    .summary = "every image and container on record that has it",
    .description =
        "The question of every bad Monday, answered from what was seen before: neither a daemon nor a network is "
        "asked. "
        "A flaw is found by any of its names; a package by its own name, its source's, or a language's, with <, <=, =, "
        ">= and > by that kind of package's order of versions; a path, also with * and ?, in the merged trees of the "
        "images; a digest of an image, a manifest, a layer, or of what is in a file: with the package that owns it, "
        "and "
        "also where an upper layer deletes or replaces it.\n\n"
        "What is on record comes from careen plan and apply, and from careen scan --remember. How many images were "
        "looked at, and how long ago, "
        "is said; what cannot be answered for, too.\n\n"
        "Exit codes: 0 found or not, 1 with --fail-on found, 3 not every image could be answered for.",
    .examples = examples,
    .run = run,
};
