/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's part of careen.yaml (CONTRACT.md §5): which images there are and how each is made, which containers may
 * be re-created, by what policy, who is told. Strict: an unknown key, a word that is none, a window that never opens
 * are CR_ERROR_USAGE with line and column. Relative paths are from the file's own folder. */
#pragma once
#include "base/yaml.h"
#include "fleet/policy.h"
#include "recipe/recipe.h"

typedef struct {
  const char *name;           /* "shop/web:4" */
  const CrBuildRecipe *build; /* NULL: foreign, patch or pull */
  const char *parent;         /* `from:`, where the recipe cannot tell; or NULL */
  const char *successor;      /* `successor:` of a base that is no longer watched: what to propose, or NULL */
  const char *push;           /* registry name the result is pushed to, or NULL */
  const char *smoke;          /* command that proves a result, or NULL */
  const CrPolicy *policy;     /* its own, merged over the fleet's; never NULL */
  gboolean own_policy;        /* …as a map of its own */
  CrPlace place;
} CrImageConfig;

typedef enum {
  CR_REPORT_ALWAYS,
  CR_REPORT_ON_ERROR,
  CR_REPORT_ON_CHANGE
} CrReportWhen; /* always, only-on-error, on-change */

/* One who is told: `mail: root`, `webhook: URL`, `ntfy: URL`, `command: [prog, arg]`, `journal: yes`. */
typedef struct {
  const char *kind;
  const char *target; /* address or URL; NULL for command */
  CrStrv command;
  const char *secret_file; /* token or password, or NULL */
  CrStrv headers;
} CrNotifyTarget;

typedef struct {
  GPtrArray *targets; /* CrNotifyTarget* */
  CrReportWhen report;
  const char *sender;                         /* or NULL: root */
  const char *smtp;                           /* "smtp://host:port", or NULL: sendmail */
  const char *smtp_user, *smtp_password_file; /* both or neither */
} CrNotifyConfig;

typedef struct {
  CrArena *arena;
  const char *file;                       /* or NULL: there is none; everything is its default then */
  GPtrArray *images;                      /* CrImageConfig*, as in the file */
  CrStrv containers;                      /* names and globs */
  CrStrv compose, dockerfiles, manifests; /* paths, folders, globs, as absolute paths */
  CrStrv registries;      /* repositories whose images count as the fleet's, "registry/shop/…" globs */
  const CrPolicy *policy; /* never NULL */
  GHashTable *policies;   /* name → CrPolicy* of `policies:`, for the label careen.policy */
  CrNotifyConfig notify;
  GPtrArray *windows, *arrays; /* CrWindow*, GPtrArray*: what policies point to */
} CrFleetConfig;

/* FILE or NULL: the first of the usual places, or none. */
CrFleetConfig *cr_fleet_config_load(const char *file, GError **error);
CrFleetConfig *cr_fleet_config_parse(const char *text, gsize size, const char *name, const char *folder,
                                     GError **error);
/* Of a document that is read already; its other keys are not looked at. */
CrFleetConfig *cr_fleet_config_read(const CrYamlDoc *doc, const char *file, const char *folder, GError **error);
/* The first of the usual places that is there, or NULL. Free with g_free. */
char *cr_fleet_config_find_file(void);
void cr_fleet_config_free(CrFleetConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFleetConfig, cr_fleet_config_free)
/* The image NAME (normalised: "nginx" is "nginx:latest", docker.io/library/ is left out) or NULL. */
const CrImageConfig *cr_fleet_config_find_image(const CrFleetConfig *config, const char *name);
