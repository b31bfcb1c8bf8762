/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/rollout-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

#define MEMBER                                                                                                         \
  "{\"name\":\"web\",\"old\":\"aa\",\"new\":\"bb\",\"image\":\"web:1\",\"image_id\":\"sha256:2\","                     \
  "\"before_image_id\":\"sha256:1\",\"state\":\"paused\",\"policy\":\"{\\\"Name\\\":\\\"always\\\"}\","                \
  "\"new_policy\":null,\"home\":\"web.old-000000000001\",\"ill\":\"unhealthy\","                                       \
  "\"unit\":\"web.service\",\"uses\":\"db,cache\",\"step\":3,\"at_once\":true}"
#define USER                                                                                                           \
  "{\"name\":\"user\",\"old\":\"cc\",\"new\":null,\"image\":\"sha256:3\",\"image_id\":\"sha256:3\","                   \
  "\"before_image_id\":\"sha256:3\",\"state\":\"running\",\"uses\":\"web,db\",\"step\":0,\"at_once\":false}"
#define STATE(members)                                                                                                 \
  "{\"gate\":5,\"soak\":30,\"keep\":3600,\"rollback\":false,\"why\":\"it exited\",\"blamed\":true,\"whose\":\"web\","  \
  "\"members\":[" members "]}"

static CrOperation make_operation(const char *phase, const char *state)
{
  return (CrOperation){.id = "0123456789ab",
                       .run = 7,
                       .step = 2,
                       .daemon = "docker:unix:///x",
                       .container = "web",
                       .phase = phase,
                       .state = state,
                       .began = 100,
                       .open = TRUE};
}

static void test_phases(void)
{
  for (CrPhase phase = CR_PHASE_CREATE; phase <= CR_PHASE_BACK; phase++) {
    CrPhase found = CR_PHASE_CREATE;
    g_assert_true(cr_phase_find(cr_phase_get_name(phase), &found));
    g_assert_cmpint(found, ==, phase);
  }
  CrPhase none;
  g_assert_false(cr_phase_find("pull", &none));
  g_assert_false(cr_phase_find(NULL, &none));
}

/* What is written down is read again, and written the same. */
static void test_round(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-journal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "record.db", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(path, TRUE, &error);
  g_assert_no_error(error);
  CrOperation operation = make_operation("gate", STATE(MEMBER "," MEMBER));
  g_autoptr(CrRolling) rolling = cr_rolling_load(NULL, record, &operation, &error);
  g_assert_no_error(error);
  g_autoptr(CrRollout) result = rolling->result;
  g_assert_cmpstr(result->container, ==, "web");
  const CrRolloutMember *member = cr_rolling_get(rolling, 1);
  g_assert_cmpint(rolling->phase, ==, CR_PHASE_GATE);
  g_assert_cmpuint(rolling->soak_seconds, ==, 30);
  g_assert_false(rolling->rollback);
  g_assert_cmpstr(member->policy, ==, "{\"Name\":\"always\"}");
  g_assert_null(member->new_policy);
  g_assert_cmpstr(member->ill, ==, "unhealthy");
  g_assert_cmpstr(member->unit, ==, "web.service");
  g_assert_cmpint(member->step, ==, 3);
  g_assert_true(cr_rollout_member_uses(member, &(CrRolloutMember){.name = "cache"}));
  g_assert_false(cr_rollout_member_uses(member, &(CrRolloutMember){.name = "cach"}));
  g_assert_true(cr_rolling_find_blamed(rolling) == cr_rolling_get(rolling, 0));
  g_assert_true(member->at_once);
  g_assert_cmpstr(cr_rolling_format_name(rolling, member, "old"), ==, "web.old-0123456789ab");

  g_assert_true(cr_rolling_enter(rolling, CR_PHASE_BACK, &error));
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) open = cr_record_list_operations(record, "docker:unix:///x", TRUE, arena, &error);
  g_assert_cmpuint(open->len, ==, 1);
  const CrOperation *kept = open->pdata[0];
  g_assert_cmpstr(kept->phase, ==, "back");
  g_assert_cmpstr(kept->state, ==, operation.state);
  g_assert_cmpint(kept->run, ==, 7);

  g_assert_true(cr_rolling_end(rolling, "rolled-back", &error));
  g_autoptr(GPtrArray) none = cr_record_list_operations(record, NULL, TRUE, arena, &error);
  g_assert_cmpuint(none->len, ==, 0);
  g_clear_pointer(&record, cr_record_free);
  static const char *const files[] = {"record.db", "record.db-wal", "record.db-shm"};
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *file = g_build_filename(folder, files[i], NULL);
    g_unlink(file);
  }
  g_rmdir(folder);
}

/* What cannot be understood is an error, and nothing is done by it. */
static void test_damaged(void)
{
  static const struct {
    const char *phase, *state;
  } rows[] = {
      {"gate", NULL},
      {"gate", ""},
      {"gate", "{"},
      {"gate", "[]"},
      {"gate", STATE("")},
      {"gate", STATE("{}")},
      {"gate", STATE("{\"name\":\"web\"}")},
      {"gate", STATE("7")},
      {"dance", STATE(MEMBER)},
      {NULL, STATE(MEMBER)},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    CrOperation operation = make_operation(rows[i].phase, rows[i].state);
    g_assert_null(cr_rolling_load(NULL, NULL, &operation, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "'web'"));
  }
}

/* Who goes with it only because it uses one is told apart from whose image changes. */
static void test_members(void)
{
  g_autoptr(GError) error = NULL;
  CrOperation operation = make_operation("gate", STATE(MEMBER "," USER));
  g_autoptr(CrRolling) rolling = cr_rolling_load(NULL, NULL, &operation, &error);
  g_assert_no_error(error);
  g_autoptr(CrRollout) result = rolling->result;
  g_autofree char *nobody = cr_rollout_format_outcome(result);
  g_assert_null(nobody);
  cr_rolling_note_members(rolling);
  g_assert_cmpuint(result->changes->len, ==, 1);
  g_assert_cmpuint(result->with->len, ==, 1);
  g_autofree char *outcome = cr_rollout_format_outcome(result);
  g_assert_cmpstr(outcome, ==, "{\"with\":[\"user (uses web, db)\"]}");
  result->outcome = CR_ROLLOUT_REFUSED;
  g_autofree char *untouched = cr_rollout_format_outcome(result);
  g_assert_null(untouched);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/rollout-journal/phases", test_phases);
  g_test_add_func("/fleet/rollout-journal/round", test_round);
  g_test_add_func("/fleet/rollout-journal/damaged", test_damaged);
  g_test_add_func("/fleet/rollout-journal/members", test_members);
  return g_test_run();
}
