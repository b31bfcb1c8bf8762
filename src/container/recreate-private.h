/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of container/recreate-*.c share. Private to them.
 *
 *   recreate.c           the body of the request, put together
 *   recreate-config.c    Config: what the user set, without what the old image set
 *   recreate-host.c      HostConfig: whole, with the few things that must be said otherwise; volumes kept by name
 *   recreate-network.c   NetworkingConfig, by API version
 *   recreate-compose.c   Compose's labels
 *   recreate-podman.c    options that Podman's API cannot be told
 *   recreate-problems.c  what forbids it, and what is worth saying
 *   recreate-compare.c   old and new, side by side
 *   recreate-load.c      everything that is needed, asked of the engine; and the new one created */
#pragma once
#include "container/recreate.h"

typedef struct {
  const CrRecreateRequest *request;
  const CrJson *config, *host;           /* of the container */
  const CrJson *old_config, *new_config; /* of the images; old NULL: gone */
  const char *network_mode;
  gboolean shares_network; /* container:<id>: nothing of a network is its own */
  gboolean has_networks;   /* neither host, none nor another's */
  char short_id[13];
  CrJsonWriter *writer;
  CrRecreation *out;
} CrRecreating;

/* null, "", 0, false, [] and {} are nothing: engines write any of them for what is not set. */
gboolean cr_recreate_is_nothing(const CrJson *node);
/* The same value; nothing is like nothing. Members in any order. */
gboolean cr_recreate_is_same(const CrJson *a, const CrJson *b);
/* PATH ("Config.Cmd") may differ between the old and the new one. */
void cr_recreate_expect(const CrRecreating *it, const char *path);

void cr_recreate_write_config(const CrRecreating *it); /* members into the open object of the body */
void cr_recreate_write_host(const CrRecreating *it);   /* the value of HostConfig */
void cr_recreate_write_networks(const CrRecreating *it);
/* Is something mounted at PATH of the container that is neither anonymous nor the image's? */
gboolean cr_recreate_is_mounted(const CrRecreating *it, const char *path);

/* The value that label NAME gets instead of VALUE, or NULL: as it is. Free with g_free. */
char *cr_recreate_change_label(const CrRecreating *it, const char *name, const char *value);
/* The hash that Compose 1 will compute for the service of LABELS with the image as it is named now, or NULL with why in
 * *WHY (both free with g_free). */
char *cr_compose_find_hash(const CrJson *labels, const char *docker_host, char **why);

void cr_recreate_find_problems(const CrRecreating *it);
/* The first option before the image in COMMAND (Config.CreateCommand) that the API cannot be told, or NULL. *STATIC_IP,
 * *STATIC_IP6, *MAC (each may be left NULL): what --ip, --ip6 and --mac-address say; borrowed. */
const char *cr_podman_find_obstacle(const CrJson *command, const char **static_ip, const char **static_ip6,
                                    const char **mac);
