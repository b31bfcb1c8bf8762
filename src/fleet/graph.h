/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's graph, written: for people (graph-text.c), for programs (graph-json.c: careen.graph/1), for Graphviz
 * (graph-dot.c) and as a picture (graph-svg.c, laid out here). Names come from anywhere and are escaped in each. */
#pragma once
#include "base/json.h"
#include "fleet/fleet.h"
#include "report/text.h"

/* PLAIN: no character beyond ASCII in the lines of the tree. ALL: also what files say of images that containers run,
 * and why containers are not re-created. */
void cr_graph_write_text(const CrFleet *fleet, CrText *text, gboolean plain, gboolean all);
void cr_graph_write_json(const CrFleet *fleet, CrJsonWriter *writer);
/* Their names, kinds and versions, behind the key "daemons". */
void cr_graph_write_daemons(const CrFleet *fleet, CrJsonWriter *writer);
void cr_graph_write_dot(const CrFleet *fleet, GString *out);
void cr_graph_write_svg(const CrFleet *fleet, GString *out);

/* ---- parts of them ---- */

typedef struct {
  guint images, ours, roots, containers, outdated, old_bases;
} CrGraphCount;
CrGraphCount cr_graph_count(const CrFleet *fleet);
/* "6 images, 4 ours, on 1 root; 3 containers, 1 outdated". Free with g_free. */
char *cr_graph_format_count(const CrFleet *fleet);
/* "1a2b3c4d5e6f" of "sha256:…". Free with g_free. */
char *cr_graph_shorten_id(const char *id);
/* The name, or "without a name 1a2b3c4d5e6f". Free with g_free. */
char *cr_graph_format_name(const CrFleetImage *image);
/* "by its layers, likely; or debian:12.5", or NULL: it is declared and certain. Free with g_free. */
char *cr_graph_format_edge(const CrFleetParent *edge);
/* "running, healthy". Free with g_free. */
char *cr_graph_format_state(const CrContainer *container);
