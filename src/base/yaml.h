/* SPDX-License-Identifier: Apache-2.0 */
/* YAML in: careen's own files, and Compose's and Kubernetes'. libfyaml underneath; nothing outside yaml.c knows that.
 *
 * Reading gives a tree in which every node knows its place, so that a message can say line and column. An alias is the
 * node of its anchor and not a copy of it (a document of a kilobyte cannot become a gigabyte), and "<<" merges as YAML
 * 1.1 has it. Caps of base/limits.h apply; text must be UTF-8 without NUL. */
#pragma once
#include <glib.h>

typedef enum { CR_YAML_NULL, CR_YAML_TEXT, CR_YAML_LIST, CR_YAML_MAP } CrYamlType;
typedef struct CrYaml CrYaml;       /* a node; lives as long as its document */
typedef struct CrYamlDoc CrYamlDoc; /* owns all nodes of a file: one document or, behind "---", several */

/* NAME is the file's, for messages. CR_ERROR_USAGE with line and column; CR_ERROR_LIMIT. */
CrYamlDoc *cr_yaml_parse(const char *text, gsize size, const char *name, GError **error);
/* The same of a file. It must be there: CR_ERROR_USAGE when it is not or cannot be read. */
CrYamlDoc *cr_yaml_load(const char *path, GError **error);
void cr_yaml_doc_free(CrYamlDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrYamlDoc, cr_yaml_doc_free)

guint cr_yaml_doc_get_count(const CrYamlDoc *doc);
/* Root of document I; a NULL node (type CR_YAML_NULL) where it is empty, NULL when there is no such document. */
const CrYaml *cr_yaml_doc_get_root(const CrYamlDoc *doc, guint i);

/* Nothing stands behind the first document: else CR_ERROR_USAGE names the place of what does. */
gboolean cr_yaml_doc_is_single(const CrYamlDoc *doc, GError **error);

CrYamlType cr_yaml_get_type(const CrYaml *node); /* NULL counts as CR_YAML_NULL */
/* Elements of a list or members of a map, else 0. */
guint cr_yaml_get_length(const CrYaml *node);
/* Element I of a list, value of member I of a map (in the file's order), or NULL. */
const CrYaml *cr_yaml_get_element(const CrYaml *node, guint i);
/* Key of member I of a map, as a node for its place, or NULL. Keys are always text. */
const CrYaml *cr_yaml_get_key(const CrYaml *map, guint i);
/* Value of member NAME, or NULL. */
const CrYaml *cr_yaml_find(const CrYaml *map, const char *name);
/* What a scalar says, unquoted: numbers and booleans are text too. NULL for other nodes and for null (~, nothing). */
const char *cr_yaml_get_text(const CrYaml *node);
gboolean cr_yaml_is_quoted(const CrYaml *node);
/* A list or map in brackets or braces. */
gboolean cr_yaml_is_flow(const CrYaml *node);
/* Its own tag ("!reset"), or NULL: none, or one of YAML's ("!!str"). */
const char *cr_yaml_get_tag(const CrYaml *node);
/* From 1. */
guint cr_yaml_get_line(const CrYaml *node);
guint cr_yaml_get_column(const CrYaml *node);

/* "'careen.yaml' line 3, column 7". Free with g_free. */
char *cr_yaml_format_place(const CrYamlDoc *doc, const CrYaml *node);
/* Set CR_ERROR_USAGE "cannot read PLACE: …" and give FALSE. */
gboolean cr_yaml_refuse(const CrYamlDoc *doc, const CrYaml *node, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
