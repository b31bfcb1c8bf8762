/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of re-creation share: recreate.c asks them in this order. Private to container/. */
#pragma once
#include "container/recreate.h"

typedef struct {
  const CrRecreateRequest *request;
  const char *id;                        /* of the old container */
  const CrJson *config, *host, *mounts;  /* its Config, HostConfig, Mounts */
  const CrJson *old_config, *new_config; /* of the images; old NULL: the image is gone */
  const char *mode;                      /* HostConfig.NetworkMode */
  CrJsonWriter *writer;                  /* the body of POST /containers/create */
  CrRecreation *out;
} CrRecreateDraft;

/* recreate-config.c: the members of Config, without the braces. */
void cr_recreate_write_config(CrRecreateDraft *draft);
/* recreate-host.c: the value of HostConfig. */
void cr_recreate_write_host(CrRecreateDraft *draft);
/* recreate-network.c: NetworkingConfig with its key, or nothing; what must be connected later. */
void cr_recreate_write_networks(CrRecreateDraft *draft);
/* The NetworkMode that it must be created with: constant, of the request, or of DRAFT. */
const char *cr_recreate_find_mode(CrRecreateDraft *draft);
/* recreate-problems.c: what is refused or said. */
void cr_recreate_find_problems(CrRecreateDraft *draft);
/* Members of CHANGES, by path, that are more than folders around others and not explained by where they are: only their
 * kind and time may excuse them. Free with g_ptr_array_unref. */
GPtrArray *cr_recreate_list_data(const CrRecreateDraft *draft, const CrJson *changes);
/* recreate-podman.c: options that only `podman run` knows, by the words of Config.CreateCommand. */
void cr_recreate_find_podman_problems(CrRecreateDraft *draft);
/* What --ip, --ip6 and --mac-address said, or NULL; borrowed. */
void cr_recreate_find_podman_addresses(const CrRecreateDraft *draft, const char **ip, const char **ip6,
                                       const char **mac);

/* Does a word of its command line end in PAIR: "-e" "A=1", "--env=A=1"? */
gboolean cr_recreate_is_podman_word(const CrRecreateDraft *draft, const char *pair);

/* How one member of Config or HostConfig is said again. */
typedef struct {
  const char *name;
  void (*write)(CrRecreateDraft *draft, const char *name, const CrJson *value);
} CrRecreateRule;
/* FALSE: none of RULES (COUNT) is for NAME, which goes on as it is. */
gboolean cr_recreate_apply_rule(CrRecreateDraft *draft, const CrRecreateRule *rules, guint count, const char *name,
                                const CrJson *value);
/* As it is; and not at all. */
void cr_recreate_write_raw(CrRecreateDraft *draft, const char *name, const CrJson *value);
void cr_recreate_write_nothing(CrRecreateDraft *draft, const char *name, const CrJson *value);

/* ---- small things ---- */

void cr_recreate_expect(CrRecreateDraft *draft, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* null, nothing, "", [], {}, 0 and false: an engine says one where it was told another. */
gboolean cr_recreate_is_nothing(const CrJson *node);
gboolean cr_recreate_is_same(const CrJson *a, const CrJson *b);
/* The name of member I; "" of what is no object: an engine may say anything. */
const char *cr_recreate_get_name(const CrJson *object, guint i);
/* Without its own namespace nothing of the network can be set: container:, host, none. */
gboolean cr_recreate_has_networks(const char *mode);
gboolean cr_recreate_is_joined(const char *mode); /* container:ID */
/* Is NAME what the engine called it after ID (the first 12, or all)? */
gboolean cr_recreate_is_id(const char *name, const char *id);
/* Where "SOURCE:DESTINATION:MODE" of Binds leads, without a slash at the end. Free with g_free. */
char *cr_recreate_get_destination(const char *bind);
/* "/a:/b/alias" as HostConfig.Links of inspect has it, as "a:alias" for create. Free with g_free. */
char *cr_recreate_format_link(const char *link);

/* ---- recreate-compose.c ---- */

/* Is CONTAINER's config-hash another one when it has another image and those of NAMES (id → name, may be NULL) are
 * others? Of Compose 1 always: it has the image's id in it. */
gboolean cr_compose_needs_hash(const CrContainer *container, GHashTable *names);
/* That hash, as its own Compose would write it now that its image's name is the new image and the others are made;
 * NULL: nothing to rewrite, or it cannot be known. */
char *cr_compose_ask_hash(CrDaemon *daemon, const CrContainer *container, GHashTable *names);
/* Compose 2 copies a config or secret in whose text is in the project or the environment. Where its files can be read
 * and have none, nobody did. */
gboolean cr_compose_may_inject(const CrContainer *container);
