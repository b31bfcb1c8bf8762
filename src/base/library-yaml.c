/* SPDX-License-Identifier: Apache-2.0 */
/* libfyaml: only files that people write need it. */
#include <libfyaml.h>

#include "base/library.h"

static const char *const names[] = {"libfyaml.so.0", NULL};
static CrLibrary library = {.names = names, .purpose = "reads YAML", .package = "libfyaml0"};

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)
#define FORWARD_VOID(name, parameters, arguments)  CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)

/* clang-format off */
FORWARD_VOID(fy_diag_cfg_default, (struct fy_diag_cfg *config), (config))
FORWARD(struct fy_diag *, fy_diag_create, (const struct fy_diag_cfg *config), (config))
FORWARD_VOID(fy_diag_destroy, (struct fy_diag *diag), (diag))
FORWARD_VOID(fy_diag_set_collect_errors, (struct fy_diag *diag, bool collect), (diag, collect))
FORWARD(struct fy_diag_error *, fy_diag_errors_iterate, (struct fy_diag *diag, void **at), (diag, at))
FORWARD(bool, fy_diag_got_error, (struct fy_diag *diag), (diag))
FORWARD(struct fy_parser *, fy_parser_create, (const struct fy_parse_cfg *config), (config))
FORWARD_VOID(fy_parser_destroy, (struct fy_parser *parser), (parser))
FORWARD(int, fy_parser_set_string, (struct fy_parser *parser, const char *text, size_t size), (parser, text, size))
FORWARD(bool, fy_parser_get_stream_error, (struct fy_parser *parser), (parser))
FORWARD(struct fy_document *, fy_parse_load_document, (struct fy_parser *parser), (parser))
FORWARD_VOID(fy_parse_document_destroy, (struct fy_parser *parser, struct fy_document *document), (parser, document))
FORWARD(struct fy_node *, fy_document_root, (struct fy_document *document), (document))
FORWARD(enum fy_node_type, fy_node_get_type, (struct fy_node *node), (node))
FORWARD(enum fy_node_style, fy_node_get_style, (struct fy_node *node), (node))
FORWARD(struct fy_node *, fy_node_resolve_alias, (struct fy_node *node), (node))
FORWARD(const char *, fy_node_get_tag, (struct fy_node *node, size_t *size), (node, size))
FORWARD(const char *, fy_node_get_scalar, (struct fy_node *node, size_t *size), (node, size))
FORWARD(struct fy_token *, fy_node_get_scalar_token, (struct fy_node *node), (node))
FORWARD(const struct fy_mark *, fy_token_start_mark, (struct fy_token *token), (token))
FORWARD(int, fy_node_sequence_item_count, (struct fy_node *node), (node))
FORWARD(struct fy_node *, fy_node_sequence_iterate, (struct fy_node *node, void **at), (node, at))
FORWARD(int, fy_node_mapping_item_count, (struct fy_node *node), (node))
FORWARD(struct fy_node_pair *, fy_node_mapping_iterate, (struct fy_node *node, void **at), (node, at))
FORWARD(struct fy_node *, fy_node_pair_key, (struct fy_node_pair *pair), (pair))
FORWARD(struct fy_node *, fy_node_pair_value, (struct fy_node_pair *pair), (pair))
/* clang-format on */
