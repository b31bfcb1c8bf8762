/* SPDX-License-Identifier: Apache-2.0 */
/* Inside fleet/: how the graph is put together, in this order (fleet.c reads as the table of contents):
 *
 *   discover-local.c       what the daemons hold: names, ids, layers, labels
 *   discover-config.c      careen.yaml's `images:` and `from:`
 *   discover-recipes.c     `compose:`, `manifests:` and `dockerfiles:`; FROM and COPY --from of every recipe
 *   discover-containers.c  containers, what they run, and whether that is outdated
 *   discover-registry.c    what registries hold of what no daemon has
 *   discover-words.c       what images say of themselves, where nobody declared a parent: annotations, labels, layers
 *   permission.c           what careen may act on
 *   order.c                cycles, levels, children, the part that was asked for
 */
#pragma once
#include "fleet/fleet.h"
#include "fleet/unanswered.h"
#include "model/image.h"

/* One daemon's images. */
typedef struct {
  CrArena *arena;
  CrDaemon *daemon;
  GHashTable *by_name;       /* normalised name → CrLocalImage* */
  GHashTable *by_id;         /* "sha256:…" → CrLocalImage* */
  GHashTable *by_repository; /* normalised name without its tag → GPtrArray of CrLocalImage* */
  GPtrArray *images;         /* CrLocalImage*, by id */
} CrLocalDaemon;

typedef struct {
  CrLocalDaemon *of;     /* NULL: a registry's */
  CrImage *image;        /* id, repo_tags, repo_digests, layers, labels */
  CrStrv layers;         /* its diff_ids, or NULL: not known */
  CrStrv names, written; /* parallel: normalised, and as the daemon spells them; without careen's own marks */
  const char *kept;      /* REPOSITORY:careen-keep-TAG, by which careen keeps an old image; or NULL */
} CrLocalImage;

typedef struct {
  CrFleet *fleet;
  const CrFleetOptions *options;
  GPtrArray *locals;        /* CrLocalDaemon* */
  GHashTable *nodes;        /* "DAEMON-NUMBER NAME" → CrFleetImage* */
  GHashTable *of_node;      /* CrFleetImage* → CrLocalImage* that its name is now */
  GHashTable *of_registry;  /* CrFleetImage* → CrLocalImage* that its name is in its registry */
  CrUnanswered *unanswered; /* registries that did not answer for images that no engine has */
  guint not_asked;          /* images whose registry was not asked: --offline */
  GHashTable *recipes;      /* path of a Dockerfile that makes a named image → itself */
} CrFleetBuilder;

/* The node of NAME (any spelling) as DAEMON means it; NULL: as the first daemon that has it does. Made where there is
 * none yet. */
CrFleetImage *cr_fleet_get_node(CrFleetBuilder *builder, const char *name, CrDaemon *daemon);
/* The node of a local image: of its best name, or of its id where it has none. */
CrFleetImage *cr_fleet_get_local_node(CrFleetBuilder *builder, CrLocalImage *local);
/* What ID is in DAEMON, or NULL. */
CrLocalImage *cr_fleet_find_local(const CrFleetBuilder *builder, const CrDaemon *daemon, const char *id);
/* PARENT under CHILD; the first base stays, and so does the first of two of one kind. NULL: it was there already. */
CrFleetParent *cr_fleet_add_parent(CrFleetBuilder *builder, CrFleetImage *child, CrFleetImage *parent, const char *how,
                                   CrConfidence confidence, gboolean copied);

/* "careen.yaml line 3", or NULL. */
const char *cr_fleet_format_place(const CrFleet *fleet, const CrPlace *place);

void cr_fleet_discover_local(CrFleetBuilder *builder);
void cr_fleet_discover_config(CrFleetBuilder *builder);
void cr_fleet_discover_recipes(CrFleetBuilder *builder);
void cr_fleet_discover_containers(CrFleetBuilder *builder);
/* All at once; then one by one what turns up later, and in the end what was not asked, said. */
void cr_fleet_discover_registries(CrFleetBuilder *builder);
void cr_fleet_ask_registry(CrFleetBuilder *builder, CrFleetImage *image);
void cr_fleet_say_not_asked(CrFleetBuilder *builder);
void cr_fleet_discover_words(CrFleetBuilder *builder);
void cr_fleet_discover_permissions(CrFleetBuilder *builder);
/* The labels careen.hold and careen.enable of CONTAINER that forbid to make it again: "label careen.hold", in ARENA; or
 * NULL. */
const char *cr_fleet_find_forbidding_label(const CrContainer *container, CrArena *arena);
/* FALSE: `from:` of careen.yaml goes in a circle. */
gboolean cr_fleet_order(CrFleetBuilder *builder, GError **error);

/* NAME (normalised) by PATTERN: a name, or a glob. */
gboolean cr_fleet_matches(const char *pattern, const char *name);
