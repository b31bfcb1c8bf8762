/* SPDX-License-Identifier: Apache-2.0 */
/* libfyaml: only a configuration file needs it. */
#include <libfyaml.h>

#include "base/library.h"

static const char *const names[] = {"libfyaml.so.0", NULL};
static CrLibrary library = {.names = names, .purpose = "reads careen.yaml", .package = "libfyaml0"};

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)
#define FORWARD_VOID(name, parameters, arguments)  CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)

/* clang-format off */
FORWARD_VOID(fy_diag_cfg_default, (struct fy_diag_cfg *config), (config))
FORWARD(struct fy_diag *, fy_diag_create, (const struct fy_diag_cfg *config), (config))
FORWARD_VOID(fy_diag_destroy, (struct fy_diag *diag), (diag))
FORWARD_VOID(fy_diag_set_collect_errors, (struct fy_diag *diag, bool collect), (diag, collect))
FORWARD(struct fy_diag_error *, fy_diag_errors_iterate, (struct fy_diag *diag, void **at), (diag, at))
FORWARD(struct fy_document *, fy_document_build_from_string, (const struct fy_parse_cfg *config, const char *text, size_t size),
        (config, text, size))
FORWARD_VOID(fy_document_destroy, (struct fy_document *document), (document))
FORWARD(struct fy_node *, fy_document_root, (struct fy_document *document), (document))
FORWARD(enum fy_node_type, fy_node_get_type, (struct fy_node *node), (node))
FORWARD(const char *, fy_node_get_scalar0, (struct fy_node *node), (node))
FORWARD(struct fy_token *, fy_node_get_scalar_token, (struct fy_node *node), (node))
FORWARD(const struct fy_mark *, fy_token_start_mark, (struct fy_token *token), (token))
FORWARD(struct fy_node *, fy_node_sequence_iterate, (struct fy_node *node, void **at), (node, at))
FORWARD(struct fy_node_pair *, fy_node_mapping_iterate, (struct fy_node *node, void **at), (node, at))
FORWARD(struct fy_node *, fy_node_pair_key, (struct fy_node_pair *pair), (pair))
FORWARD(struct fy_node *, fy_node_pair_value, (struct fy_node_pair *pair), (pair))
/* clang-format on */
