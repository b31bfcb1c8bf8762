/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/suppress.h"

#include "advisory/suppress-rules.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"

#include <string.h>

static const CrVexFormat *const formats[] = {&cr_vex_openvex, &cr_vex_csaf, &cr_vex_cyclonedx};

typedef struct {
  CrVexStatement statement;
  CrPurl component; /* parsed, where there is one */
  CrPurl product;   /* likewise; type NULL where the product is no package URL */
  guint order;      /* of reading: the later of two with one time holds */
  guint document;   /* in the order they were read */
} Statement;

struct CrSuppressions {
  CrArena *arena;
  GPtrArray *rules;      /* CrIgnoreRule* */
  GPtrArray *statements; /* Statement* */
  GPtrArray *documents;  /* const char*: files with statements */
  GHashTable *by_name;   /* name of a flaw → GPtrArray of Statement* */
};

CrSuppressions *cr_suppressions_new(void)
{
  CrSuppressions *suppressions = g_new0(CrSuppressions, 1);
  suppressions->arena = cr_arena_new();
  suppressions->rules = g_ptr_array_new();
  suppressions->statements = g_ptr_array_new();
  suppressions->documents = g_ptr_array_new();
  suppressions->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  return suppressions;
}

void cr_suppressions_free(CrSuppressions *suppressions)
{
  if (!suppressions)
    return;
  g_hash_table_unref(suppressions->by_name);
  g_ptr_array_unref(suppressions->statements);
  g_ptr_array_unref(suppressions->documents);
  g_ptr_array_unref(suppressions->rules);
  cr_arena_free(suppressions->arena);
  g_free(suppressions);
}

CrArena *cr_suppressions_get_arena(CrSuppressions *suppressions)
{
  return suppressions->arena;
}

gboolean cr_suppressions_is_empty(const CrSuppressions *suppressions)
{
  return !suppressions->rules->len && !suppressions->statements->len;
}

/* ---- reading ---- */

gboolean cr_suppressions_add_rules(CrSuppressions *suppressions, const char *path, gboolean alone, GError **error)
{
  return cr_ignore_rules_load(path, alone, suppressions->arena, suppressions->rules, error);
}

gboolean cr_suppressions_add_vex(CrSuppressions *suppressions, const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_VEX_BYTES, error);
  if (!bytes)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autofree char *what = g_strdup_printf("'%s'", path);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, what, error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
    if (!formats[i]->is(root))
      continue;
    g_ptr_array_add(suppressions->documents, (gpointer)cr_arena_strdup(suppressions->arena, path));
    if (formats[i]->read(root, suppressions, error))
      return TRUE;
    g_prefix_error(error, "cannot read '%s' as %s: ", path, formats[i]->name);
    return FALSE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
              "cannot read '%s': it is no VEX document of a known form (OpenVEX, CSAF, CycloneDX)", path);
  return FALSE;
}

gboolean cr_vex_parse_status(const char *word, CrVexStatus *status)
{
  static const struct {
    const char *word;
    CrVexStatus status;
  } words[] = {
      {"not_affected", CR_VEX_NOT_AFFECTED},
      {"known_not_affected", CR_VEX_NOT_AFFECTED},
      {"false_positive", CR_VEX_NOT_AFFECTED},
      {"fixed", CR_VEX_FIXED},
      {"first_fixed", CR_VEX_FIXED},
      {"resolved", CR_VEX_FIXED},
      {"resolved_with_pedigree", CR_VEX_FIXED},
      {"affected", CR_VEX_AFFECTED},
      {"known_affected", CR_VEX_AFFECTED},
      {"exploitable", CR_VEX_AFFECTED},
      {"under_investigation", CR_VEX_UNDER_INVESTIGATION},
      {"in_triage", CR_VEX_UNDER_INVESTIGATION},
  };
  for (guint i = 0; word && i < G_N_ELEMENTS(words); i++) {
    if (strcmp(words[i].word, word) != 0)
      continue;
    *status = words[i].status;
    return TRUE;
  }
  return FALSE;
}

void cr_suppressions_add_statement(CrSuppressions *suppressions, const CrVexStatement *given)
{
  Statement *statement = cr_arena_new0(suppressions->arena, Statement);
  statement->statement = *given;
  statement->order = suppressions->statements->len;
  statement->document = suppressions->documents->len;
  if (given->component && !cr_purl_parse(given->component, suppressions->arena, &statement->component))
    return; /* names its product in a way that no package here has */
  if (given->product && g_str_has_prefix(given->product, "pkg:") &&
      !cr_purl_parse(given->product, suppressions->arena, &statement->product))
    return;
  g_ptr_array_add(suppressions->statements, statement);
  for (guint i = 0; given->names[i]; i++) {
    GPtrArray *list = g_hash_table_lookup(suppressions->by_name, given->names[i]);
    if (!list) {
      list = g_ptr_array_new();
      g_hash_table_insert(suppressions->by_name, (gpointer)given->names[i], list);
    }
    g_ptr_array_add(list, statement);
  }
}

/* ---- does a statement mean this package of this image? ---- */

gboolean cr_suppress_purl_means(const CrPurl *wanted, const CrPackage *package, CrArena *arena)
{
  CrPurl own;
  if (!cr_purl_parse(package->purl, arena, &own) || strcmp(own.type, wanted->type) != 0 ||
      g_strcmp0(own.namespace, wanted->namespace) != 0)
    return FALSE;
  const char *arch = cr_purl_find_qualifier(wanted, "arch");
  gboolean source = arch && (!strcmp(arch, "source") || !strcmp(arch, "src"));
  if (strcmp(wanted->name, source ? package->source_name : own.name) != 0)
    return FALSE;
  if (wanted->version && g_strcmp0(wanted->version, source ? package->source_version : own.version) != 0)
    return FALSE;
  for (guint i = 0; wanted->qualifiers[i]; i += 2) {
    const char *mine = cr_purl_find_qualifier(&own, wanted->qualifiers[i]);
    if ((source && !strcmp(wanted->qualifiers[i], "arch")) || !mine) /* what we do not state cannot differ */
      continue;
    if (strcmp(mine, wanted->qualifiers[i + 1]) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean is_digest_of(const char *digest, const CrImage *image)
{
  if (!digest)
    return FALSE;
  if (!g_strcmp0(digest, image->digest) || !g_strcmp0(digest, image->id))
    return TRUE;
  for (guint i = 0; image->repo_digests && image->repo_digests[i]; i++)
    if (g_str_has_suffix(image->repo_digests[i], digest))
      return TRUE;
  return FALSE;
}

/* "docker.io/library/nginx" is what people call "nginx". */
static const char *skip_hub(const char *repository)
{
  static const char *const fronts[] = {"index.docker.io/", "docker.io/", "library/", NULL};
  for (guint i = 0; fronts[i]; i++)
    if (g_str_has_prefix(repository, fronts[i]))
      repository += strlen(fronts[i]);
  return repository;
}

/* pkg:oci/web?repository_url=docker.io/shop/web&tag=4, without a digest: what it leaves out fits every image. */
static gboolean oci_names(const CrPurl *purl, const CrImage *image)
{
  if (!image->name)
    return FALSE;
  g_autofree char *repository = g_strndup(image->name, strcspn(image->name, "@"));
  char *slash = strrchr(repository, '/'), *colon = strrchr(slash ? slash : repository, ':');
  const char *tag = colon ? colon + 1 : NULL;
  if (colon)
    *colon = 0;
  const char *wanted = cr_purl_find_qualifier(purl, "repository_url"), *of = cr_purl_find_qualifier(purl, "tag");
  if (of && g_strcmp0(of, tag) != 0)
    return FALSE;
  return wanted ? !g_ascii_strcasecmp(skip_hub(wanted), skip_hub(repository))
                : !g_ascii_strcasecmp(purl->name, slash ? slash + 1 : repository);
}

/* A product is this image when it has its digest; or its name, and no digest at all. */
static gboolean product_means(const Statement *statement, const CrImage *image)
{
  const char *product = statement->statement.product;
  if (!product)
    return TRUE;
  if (g_str_has_prefix(product, "sha256:"))
    return is_digest_of(product, image);
  if (statement->product.type && !strcmp(statement->product.type, "oci") && statement->product.version)
    return is_digest_of(statement->product.version, image);
  if (statement->product.type && !strcmp(statement->product.type, "oci"))
    return oci_names(&statement->product, image);
  return !g_strcmp0(product, image->name) || !g_strcmp0(product, image->ref);
}

static gboolean statement_means(const Statement *statement, const CrImage *image, const CrPackage *package,
                                CrArena *arena)
{
  if (!product_means(statement, image))
    return FALSE;
  return !statement->statement.component || cr_suppress_purl_means(&statement->component, package, arena);
}

static gboolean is_newer(const Statement *one, const Statement *other)
{
  int order = g_strcmp0(one->statement.time, other->statement.time);
  return order ? order > 0 : one->order > other->order;
}

static const Statement *find_newest(const CrSuppressions *suppressions, const char *name, const CrImage *image,
                                    const CrPackage *package, const Statement *best, GHashTable *met, CrArena *arena)
{
  const GPtrArray *list = g_hash_table_lookup(suppressions->by_name, name);
  for (guint i = 0; list && i < list->len; i++) {
    const Statement *statement = list->pdata[i];
    if (!statement_means(statement, image, package, arena))
      continue;
    g_hash_table_add(met, GUINT_TO_POINTER(statement->document));
    if (!best || is_newer(statement, best))
      best = statement;
  }
  return best;
}

static const char *judge_by_vex(const CrSuppressions *suppressions, const CrImage *image, const CrFinding *finding,
                                GHashTable *met, CrArena *arena)
{
  if (!finding->package || !finding->package->purl)
    return NULL;
  const Statement *best = find_newest(suppressions, finding->id, image, finding->package, NULL, met, arena);
  for (guint i = 0; finding->aliases && finding->aliases[i]; i++)
    best = find_newest(suppressions, finding->aliases[i], image, finding->package, best, met, arena);
  if (!best || best->statement.status < CR_VEX_NOT_AFFECTED)
    return NULL;
  const CrVexStatement *statement = &best->statement;
  return cr_arena_printf(arena, "%s by the VEX of %s%s%s", statement->status == CR_VEX_FIXED ? "fixed" : "not affected",
                         statement->author ? statement->author : "an unnamed author", statement->why ? ": " : "",
                         statement->why ? statement->why : "");
}

void cr_suppressions_apply(CrSuppressions *suppressions, const CrImage *image, GPtrArray *findings, const GDate *today,
                           CrArena *arena, CrProblems *problems)
{
  g_autoptr(GHashTable) met = g_hash_table_new(NULL, NULL); /* documents with a statement about one of FINDINGS */
  g_autoptr(CrArena) scratch = cr_arena_new();              /* parsed package URLs; what is kept is copied */
  for (guint i = 0; i < findings->len; i++) {
    CrFinding *finding = findings->pdata[i];
    const char *why = cr_ignore_rules_judge(suppressions->rules, finding, today, scratch);
    if (!why)
      why = judge_by_vex(suppressions, image, finding, met, scratch);
    if (why)
      finding->suppressed = cr_arena_strdup(arena, why);
  }
  cr_ignore_rules_tell(suppressions->rules, today, problems);
  for (guint i = 0; i < suppressions->documents->len; i++)
    if (!g_hash_table_contains(met, GUINT_TO_POINTER(i + 1)))
      cr_problems_add(problems, CR_PROBLEM_NOTE, suppressions->documents->pdata[i],
                      "no statement of this VEX document is about a finding of this image");
}
