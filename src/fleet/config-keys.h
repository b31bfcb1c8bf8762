/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the reading of careen.yaml's fleet keys: each key is a row with the function that reads its value, so that
 * unknown ones are errors everywhere, and the man page lists what there is. */
#pragma once
#include "base/yaml.h"
#include "fleet/config.h"

typedef struct {
  const CrYamlDoc *doc;
  CrArena *arena;
  const char *file, *folder;
  GPtrArray *windows;         /* CrWindow*, which the config owns… */
  GPtrArray *arrays;          /* …and so it does these of its policies */
  GHashTable *image_policies; /* CrImageConfig* → const CrYaml* */
  const CrYaml *policy_node, *policies_node;
  CrStrv hold; /* `hold:` beside `policy:`, which every policy has too */
  GError **error;
} Reading;

/* Read VALUE of the key NAME into the struct INTO. FALSE with the reading's error. */
typedef struct {
  const char *name;
  gboolean (*read)(Reading *reading, const CrYaml *value, const char *name, gpointer into);
  const char *what; /* for the man page */
} CrConfigKey;

gboolean cr_config_refuse(Reading *reading, const CrYaml *node, const char *format, ...) G_GNUC_PRINTF(3, 4);
char *cr_config_place(const Reading *reading, const CrYaml *node);
/* Values of one shape each; NAME is the key's, for messages. Strings are in the arena. */
gboolean cr_config_text(Reading *reading, const CrYaml *node, const char *name, const char **out);
gboolean cr_config_path(Reading *reading, const CrYaml *node, const char *name, const char **out);
gboolean cr_config_switch(Reading *reading, const CrYaml *node, const char *name, gboolean *out);
gboolean cr_config_number(Reading *reading, const CrYaml *node, const char *name, guint least, guint most, guint *out);
gboolean cr_config_time(Reading *reading, const CrYaml *node, const char *name, guint *seconds);
/* One of WORDS (NULL-terminated); *OUT is its place. */
gboolean cr_config_choice(Reading *reading, const CrYaml *node, const char *name, const char *const *words, guint *out);
gboolean cr_config_list(Reading *reading, const CrYaml *node, const char *name, gboolean paths, CrStrv *out);
/* A map of KEYS (ended by one without a name), each read INTO. */
gboolean cr_config_map(Reading *reading, const CrYaml *map, const char *name, const CrConfigKey *keys, gpointer into);

/* config-policy.c, config-notify.c */
gboolean cr_config_read_policy(Reading *reading, const CrYaml *node, const char *name, CrPolicy *policy);
gboolean cr_config_read_notify(Reading *reading, const CrYaml *node, const char *name, CrNotifyConfig *notify);
const CrConfigKey *cr_config_get_policy_keys(void);
const CrConfigKey *cr_config_get_notify_keys(void);
const CrConfigKey *cr_fleet_config_get_keys(void);
/* Rows of the maps below: for the man page. */
const CrConfigKey *cr_config_get_image_keys(void);
const CrConfigKey *cr_config_get_build_keys(void);
const CrConfigKey *cr_config_get_minimum_keys(void);
