/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet as a graph: images, what each is built on, the containers that run them, the files that name them.
 *
 * From careen.yaml, Dockerfiles, Compose files, manifests and units (recipe/), from the daemons (container/), and from
 * what the images say of themselves (lineage/). An image is one node however often it is named; a parent that nobody
 * knows is not guessed silently: it has `how` and `confidence`, and an image without one is a root. Read once, constant
 * then. */
#pragma once
#include "container/daemon.h"
#include "fleet/config.h"
#include "model/problem.h"
#include "recipe/recipe.h"

typedef struct CrFleetImage CrFleetImage;

typedef enum { CR_CONFIDENCE_GUESS, CR_CONFIDENCE_LIKELY, CR_CONFIDENCE_CERTAIN } CrConfidence;
const char *cr_confidence_get_name(CrConfidence confidence);

typedef struct {
  CrFleetImage *image; /* never NULL: a node is made for it */
  const char *digest;  /* the one that was built on, where that is recorded; or NULL */
  const char *how;     /* "declared", "config", "annotation", "label", "layers", "history", "guess" */
  CrConfidence confidence;
  gboolean copied;      /* only files of it: COPY --from, a build stage */
  gboolean outdated;    /* what its name is now is not what is under this image: it was built on an older one */
  const char *built_on; /* …that is the local image with this id; or NULL: not known */
  CrStrv candidates;    /* other names of the same layers, sorted; or NULL. The one in `image` is the best of them */
  const char *place;    /* "web/Dockerfile line 3", or NULL */
} CrFleetParent;

typedef struct {
  const CrContainer *container;
  CrDaemon *daemon;
  CrFleetImage *image;   /* by the name that it follows; never NULL */
  gboolean outdated;     /* its image id is not what the name is now */
  gboolean may_recreate; /* by `containers:`, the labels careen.enable and careen.hold, and of all that use it, too */
  const char *why; /* why, or why not: "containers: shop-*", "not listed under containers:", "itself"; never NULL */
  const CrPolicy *policy; /* of its image, or of its label careen.policy; never NULL */
} CrFleetContainer;

/* What the registry says of a name that no daemon here has. */
typedef struct {
  const char *digest;             /* of what the name is there now: a manifest or an index */
  const char *id;                 /* of the image for our platform */
  const char *platform, *created; /* or NULL */
  const char *error;              /* why all of that is NULL: not asked, no answer, not there; else NULL */
  gboolean missing;               /* …the registry answered, and has none such */
} CrFleetRegistry;

/* The same name in two daemons is two images. */
struct CrFleetImage {
  const char *name;      /* normalised for people: "nginx:1.25", "registry.example/shop/web:4" */
  const char *reference; /* as its daemon spells it ("localhost/shop/web:4"), for acting; else the name */
  const char *id;        /* what the name is now in `daemon`; NULL: nowhere local */
  const char *digest;    /* of the manifest that it was pulled or pushed as, or that its registry has; or NULL */
  CrStrv layers;         /* diff_ids, lowest first; empty: not known */
  CrDaemon *daemon;      /* that has it, or NULL */
  const CrFleetRegistry *registry; /* NULL: its registry was not to be asked (a daemon has it, it is made here) */
  const char *source;              /* how to scan it: "docker:shop/web:4", "registry:debian:12"; never NULL */
  CrStrv also;                     /* other names that its id has in `daemon`; or NULL */
  gboolean ours;    /* careen.yaml lists it, or a recipe or Compose file that it names, or its container has the label
                       careen.enable=true: careen may act on it */
  const char *hold; /* "label careen.hold": nothing is done to it; or NULL */
  const CrImageConfig *config; /* or NULL */
  const CrBuildRecipe *build;  /* how it is made, or NULL: foreign */
  const char *owner;           /* who says so: "careen.yaml line 3", "compose.yaml line 7", or NULL */
  const CrPolicy *policy;      /* never NULL */
  GPtrArray *parents;          /* CrFleetParent*, the base first */
  GPtrArray *children;         /* CrFleetImage*, those whose base it is, by name */
  GPtrArray *containers;       /* CrFleetContainer* */
  GPtrArray *uses;             /* const CrImageUse* */
  guint level;                 /* 0: a root; else one more than its highest parent's */
};

/* All that one daemon has, in the graph or not: what is not among it is not there. */
typedef struct {
  GHashTable *names, *ids; /* of images, names normalised; NULL: they could not be listed, or not all of them */
  GHashTable *containers;  /* names; NULL: they could not be listed */
} CrFleetHeld;

typedef struct {
  CrArena *arena;
  const CrFleetConfig *config;
  gboolean narrowed;     /* only a part of it was asked for: what is not here may be there all the same */
  GPtrArray *images;     /* CrFleetImage*, parents before children, then by name */
  GPtrArray *containers; /* CrFleetContainer*, by daemon and name */
  GPtrArray *daemons;    /* CrDaemon* */
  GPtrArray *held;       /* CrFleetHeld*, parallel to `daemons` */
  GPtrArray *local;      /* cr_source_list_local, for what looks into its images; NULL: no daemon was asked */
  CrProblems *problems;  /* a daemon that does not answer, a recipe that cannot be read, a cycle (cut, and said) */
  /* what the above points into, and cr_fleet_find_image looks in */
  GPtrArray *nodes, *containers_behind, *recipes_behind;
  GHashTable *by_name;
} CrFleet;

typedef struct {
  const CrSourceOptions *source;
  gboolean no_daemons; /* files only */
  gboolean registries; /* ask them for what no daemon has; with source->offline it is said that they were not */
  gboolean all;        /* every local image with a name, not only what files, containers and images name */
  CrStrv only;         /* names or globs of images, or NULL: what is related to them stays */
} CrFleetOptions;

/* CONFIG and OPTIONS must outlive it. NULL only where nothing at all can be known (a name of `only` that nothing has, a
 * cycle in careen.yaml itself: CR_ERROR_USAGE). */
CrFleet *cr_fleet_new(const CrFleetConfig *config, const CrFleetOptions *options, GError **error);
void cr_fleet_free(CrFleet *fleet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFleet, cr_fleet_free)
/* NAME in any spelling; "podman:NAME" where two daemons have it. Or NULL. */
CrFleetImage *cr_fleet_find_image(const CrFleet *fleet, const char *name);
/* Is PLACE where a problem of an engine stands ("docker", "podman"), or of all of them ("daemons")? */
gboolean cr_fleet_is_engine(const char *place);
/* PATH for people: the part of it from careen.yaml's folder on, where it is below that. */
const char *cr_fleet_shorten_path(const CrFleet *fleet, const char *path);
/* The base: the parent that is not only copied from, or NULL. */
const CrFleetParent *cr_fleet_image_get_base(const CrFleetImage *image);
/* Who uses whom, over the whole fleet: CrFleetContainer* → GPtrArray of the CrFleetContainer* that use its network,
 * volumes, namespaces or a link to it; of what careen keeps from earlier changes none. Free with g_hash_table_unref. */
GHashTable *cr_fleet_index_users(const CrFleet *fleet);
/* Both are made here, and IMAGE is certainly on an older one of its base than that is now. */
gboolean cr_fleet_image_is_behind(const CrFleetImage *image);
/* "nginx" → "nginx:latest", "docker.io/library/nginx:1" → "nginx:1", podman's "localhost/web:1" → "web:1"; digests
 * stay, and what is no name stays as it is. Free with g_free. */
char *cr_fleet_normalise_name(const char *name);
/* "host:5000/shop/web:4" → "host:5000/shop/web@DIGEST"; a digest that NAME has gives way. Free with g_free. */
char *cr_fleet_pin_name(const char *name, const char *digest);
