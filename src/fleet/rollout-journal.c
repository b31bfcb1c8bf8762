/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/facts.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

static const char *const phases[] = {
    [CR_PHASE_CREATE] = "create",         [CR_PHASE_HOOK] = "hook",
    [CR_PHASE_SWITCH] = "switch",         [CR_PHASE_GATE] = "gate",
    [CR_PHASE_DEPENDENTS] = "dependents", [CR_PHASE_SOAK] = "soak",
    [CR_PHASE_COMMIT] = "commit",         [CR_PHASE_BACK] = "back",
};

const char *cr_phase_get_name(CrPhase phase)
{
  return phases[phase];
}

gboolean cr_phase_find(const char *name, CrPhase *phase)
{
  for (guint i = 0; i < G_N_ELEMENTS(phases); i++)
    if (!g_strcmp0(name, phases[i])) {
      *phase = (CrPhase)i;
      return TRUE;
    }
  return FALSE;
}

/* ---- the operation as text ---- */

/* The texts of a member, by name: written and read by the same table. */
static const struct {
  const char *name;
  gsize offset;
} fields[] = {
    {"name", G_STRUCT_OFFSET(CrRolloutMember, name)},
    {"old", G_STRUCT_OFFSET(CrRolloutMember, old_id)},
    {"new", G_STRUCT_OFFSET(CrRolloutMember, new_id)},
    {"image", G_STRUCT_OFFSET(CrRolloutMember, image)},
    {"image_id", G_STRUCT_OFFSET(CrRolloutMember, image_id)},
    {"before_image_id", G_STRUCT_OFFSET(CrRolloutMember, before_image_id)},
    {"state", G_STRUCT_OFFSET(CrRolloutMember, state)},
    {"policy", G_STRUCT_OFFSET(CrRolloutMember, policy)},
    {"new_policy", G_STRUCT_OFFSET(CrRolloutMember, new_policy)},
    {"home", G_STRUCT_OFFSET(CrRolloutMember, home)},
    {"ill", G_STRUCT_OFFSET(CrRolloutMember, ill)},
    {"unit", G_STRUCT_OFFSET(CrRolloutMember, unit)},
    {"uses", G_STRUCT_OFFSET(CrRolloutMember, uses)},
};

static const char **get_field(CrRolloutMember *member, guint i)
{
  return (const char **)G_STRUCT_MEMBER_P(member, fields[i].offset);
}

static char *format_state(const CrRolling *rolling)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "gate", rolling->gate_seconds);
  cr_json_key_integer(writer, "soak", rolling->soak_seconds);
  cr_json_key_integer(writer, "keep", rolling->keep_seconds);
  cr_json_key_boolean(writer, "rollback", rolling->rollback);
  cr_json_key_string(writer, "why", rolling->why);
  cr_json_key_boolean(writer, "blamed", rolling->blamed);
  cr_json_key_string(writer, "whose", rolling->whose);
  cr_json_key(writer, "members");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rolling->members->len; i++) {
    CrRolloutMember *member = rolling->members->pdata[i];
    cr_json_begin_object(writer);
    for (guint k = 0; k < G_N_ELEMENTS(fields); k++)
      cr_json_key_string(writer, fields[k].name, *get_field(member, k));
    cr_json_key_integer(writer, "step", member->step);
    cr_json_key_boolean(writer, "at_once", member->at_once);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

static gboolean read_member(CrRolling *rolling, const CrJson *node)
{
  CrRolloutMember *member = cr_arena_new0(rolling->arena, CrRolloutMember);
  for (guint k = 0; k < G_N_ELEMENTS(fields); k++)
    *get_field(member, k) = cr_arena_strdup(rolling->arena, cr_json_find_string(node, fields[k].name, NULL));
  member->step = cr_json_find_integer(node, "step", 0);
  member->at_once = cr_json_get_boolean(cr_json_find(node, "at_once"), FALSE);
  g_ptr_array_add(rolling->members, member);
  return member->name && member->old_id && member->image && member->image_id && member->before_image_id &&
         member->state;
}

static guint read_seconds(const CrJson *root, const char *name)
{
  return (guint)CLAMP(cr_json_find_integer(root, name, 0), 0, G_MAXINT);
}

static gboolean read_state(CrRolling *rolling, const CrJson *root)
{
  const CrJson *members = cr_json_find(root, "members");
  rolling->gate_seconds = read_seconds(root, "gate");
  rolling->soak_seconds = read_seconds(root, "soak");
  rolling->keep_seconds = read_seconds(root, "keep");
  rolling->rollback = cr_json_get_boolean(cr_json_find(root, "rollback"), TRUE);
  rolling->why = cr_arena_strdup(rolling->arena, cr_json_find_string(root, "why", NULL));
  rolling->blamed = cr_json_get_boolean(cr_json_find(root, "blamed"), FALSE);
  rolling->whose = cr_arena_strdup(rolling->arena, cr_json_find_string(root, "whose", NULL));
  for (guint i = 0; i < cr_json_get_length(members); i++)
    if (!read_member(rolling, cr_json_get_element(members, i)))
      return FALSE;
  return rolling->members->len > 0;
}

/* ---- life ---- */

static CrRolling *make(CrDaemon *daemon, CrRecord *record)
{
  CrRolling *rolling = g_new0(CrRolling, 1);
  rolling->result = g_new0(CrRollout, 1);
  rolling->result->arena = rolling->arena = cr_arena_new();
  rolling->result->problems = cr_problems_new();
  rolling->result->changes = g_ptr_array_new();
  rolling->result->with = g_ptr_array_new();
  rolling->members = g_ptr_array_new();
  rolling->daemon = daemon;
  rolling->record = record;
  return rolling;
}

CrRolling *cr_rolling_new(CrDaemon *daemon, const char *container, const CrRolloutOptions *options)
{
  CrRolling *rolling = make(daemon, options->record);
  rolling->gate_seconds = options->gate_seconds;
  rolling->soak_seconds = options->soak_seconds;
  rolling->keep_seconds = options->keep_seconds;
  rolling->rollback = options->rollback;
  rolling->say = options->say;
  rolling->data = options->data;
  rolling->operation = (CrOperation){
      .id = cr_arena_printf(rolling->arena, "%08x%04x", g_random_int(), g_random_int() & 0xffffU),
      .run = options->run,
      .step = options->step,
      .daemon = cr_arena_strdup(rolling->arena, cr_daemon_get_name(daemon)),
      .container = cr_arena_strdup(rolling->arena, container),
      .began = g_get_real_time() / G_USEC_PER_SEC,
      .open = TRUE,
  };
  rolling->result->container = rolling->operation.container;
  return rolling;
}

CrRolling *cr_rolling_load(CrDaemon *daemon, CrRecord *record, const CrOperation *operation, GError **error)
{
  g_autoptr(CrRolling) rolling = make(daemon, record);
  const char *state = operation->state ? operation->state : "";
  g_autoptr(CrJsonDoc) doc = cr_json_parse(state, strlen(state), "operation", NULL);
  CrArena *arena = rolling->arena;
  rolling->operation = *operation;
  rolling->operation.id = cr_arena_strdup(arena, operation->id);
  rolling->operation.daemon = cr_arena_strdup(arena, operation->daemon);
  rolling->operation.container = cr_arena_strdup(arena, operation->container);
  rolling->operation.outcome = cr_arena_strdup(arena, operation->outcome);
  rolling->result->container = rolling->operation.container;
  if (doc && cr_phase_find(operation->phase, &rolling->phase) && read_state(rolling, cr_json_get_root(doc)))
    return g_steal_pointer(&rolling);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read operation '%s' of container '%s' in the record",
              operation->id, operation->container);
  cr_rollout_free(rolling->result);
  return NULL;
}

void cr_rolling_free(CrRolling *rolling)
{
  g_ptr_array_unref(rolling->members);
  g_free(rolling);
}

CrRolloutMember *cr_rolling_get(const CrRolling *rolling, guint i)
{
  return rolling->members->pdata[i];
}

const CrRolloutMember *cr_rolling_find_blamed(const CrRolling *rolling)
{
  for (guint i = 0; rolling->blamed && rolling->whose && i < rolling->members->len; i++)
    if (!strcmp(cr_rolling_get(rolling, i)->name, rolling->whose))
      return cr_rolling_get(rolling, i);
  return rolling->blamed ? cr_rolling_get(rolling, 0) : NULL;
}

gboolean cr_rollout_member_uses(const CrRolloutMember *member, const CrRolloutMember *other)
{
  g_auto(GStrv) names = g_strsplit(member->uses ? member->uses : "", ",", -1);
  return g_strv_contains((const char *const *)names, other->name);
}

gboolean cr_rollout_member_changes(const CrRolloutMember *member)
{
  return strcmp(member->image_id, member->before_image_id) != 0;
}

void cr_rolling_note_members(CrRolling *rolling)
{
  CrRollout *result = rolling->result;
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (i && !cr_rollout_member_changes(member)) {
      g_auto(GStrv) used = g_strsplit(member->uses ? member->uses : "", ",", -1);
      g_autofree char *names = g_strjoinv(", ", used);
      g_ptr_array_add(result->with, (gpointer)cr_arena_printf(rolling->arena, "%s (uses %s)", member->name, names));
      continue;
    }
    CrRolloutChange *change = cr_arena_new0(rolling->arena, CrRolloutChange);
    *change = (CrRolloutChange){member->name, member->before_image_id, member->image_id};
    g_ptr_array_add(result->changes, change);
  }
}

const char *cr_rolling_format_name(const CrRolling *rolling, const CrRolloutMember *member, const char *kind)
{
  g_autofree char *name = cr_temporary_name_format(member->name, kind, rolling->operation.id);
  return cr_arena_strdup(rolling->arena, name);
}

/* ---- into the record ---- */

static gboolean put(CrRolling *rolling, GError **error)
{
  g_autofree char *state = format_state(rolling);
  CrOperation operation = rolling->operation;
  operation.phase = cr_phase_get_name(rolling->phase);
  operation.state = state;
  operation.changed = g_get_real_time() / G_USEC_PER_SEC;
  return cr_record_put_operation(rolling->record, &operation, error);
}

gboolean cr_rolling_enter(CrRolling *rolling, CrPhase phase, GError **error)
{
  rolling->phase = phase;
  return put(rolling, error);
}

/* `careen where` knows it at once. What decides is the operation: that this cannot be written is a note. */
static void sight_members(CrRolling *rolling)
{
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    g_autoptr(GError) error = NULL;
    if (!cr_facts_sight_one(rolling->record, rolling->daemon, "container", member->name, member->image_id,
                            member->state, &error))
      cr_problems_add_error(rolling->result->problems, CR_PROBLEM_NOTE, "record", error);
  }
}

gboolean cr_rolling_end(CrRolling *rolling, const char *outcome, GError **error)
{
  rolling->operation.open = FALSE;
  rolling->operation.outcome = cr_arena_strdup(rolling->arena, outcome);
  if (!put(rolling, error))
    return FALSE;
  if (!strcmp(outcome, "committed"))
    sight_members(rolling);
  return TRUE;
}

void cr_rolling_say(const CrRolling *rolling, const char *format, ...)
{
  if (!rolling->say)
    return;
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *line = g_strdup_printf("%s: %s", rolling->operation.container, text);
  rolling->say(line, rolling->data);
}
