/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../remove.h"
#include "record/observe.h"

static CrRecord *open_in(const char *folder, gboolean write)
{
  g_autofree char *path = g_build_filename(folder, "state", "record.db", NULL);
  g_autoptr(GError) error = NULL;
  CrRecord *record = cr_record_open(path, write, &error);
  g_assert_no_error(error);
  return record;
}

static void refuses(const char *path, gboolean write, int code, const char *why)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_record_open(path, write, &error));
  g_assert_error(error, CR_ERROR, code);
  if (!strstr(error->message, why))
    g_error("'%s' does not say '%s'", error->message, why);
}

/* ---- the file ---- */

static void test_open(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "state", "record.db", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) empty = open_in(folder, FALSE); /* not there: nothing is on record, and nothing is made */
  g_autoptr(GPtrArray) runs = cr_record_list_runs(empty, NULL, 0, arena, NULL);
  g_assert_cmpuint(runs->len, ==, 0);
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  GStatBuf st;
  g_assert_cmpint(g_stat(path, &st), ==, 0);
  g_assert_cmpuint(st.st_mode & 0777, ==, 0600);
  g_assert_true(cr_record_set_mark(record, "bad", "sha256:1", "unhealthy", NULL));
  g_autoptr(CrRecord) reader = open_in(folder, FALSE);
  g_assert_cmpstr(cr_record_find_mark(reader, "bad", "sha256:1", arena, NULL), ==, "unhealthy");
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_record_set_mark(reader, "bad", "sha256:2", "x", &error)); /* reading only */
  g_assert_nonnull(error);
}

/* Opened twice in one process, as a watcher has it: the first stays open for all others when the second is closed. */
static void test_twice(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *log = g_build_filename(folder, "state", "record.db-wal", NULL);
  g_autoptr(CrRecord) first = open_in(folder, TRUE);
  g_assert_true(cr_record_set_mark(first, "bad", "sha256:1", "unhealthy", NULL));
  cr_record_free(open_in(folder, TRUE));
  g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
  char *argv[] = {self, (char *)"--open", folder, NULL};
  int status = 0;
  g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
  g_assert_true(
      g_file_test(log, G_FILE_TEST_EXISTS)); /* who closes last removes it, and that is not the other process */
}

static void run_sql(const char *path, const char *text)
{
  sqlite3 *db = NULL;
  g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), ==, SQLITE_OK);
  g_assert_cmpint(sqlite3_exec(db, text, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close(db);
}

/* A view in the place of a table would answer without an end. */
static void test_view(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "record.db", NULL);
  cr_record_free(cr_record_open(path, TRUE, NULL));
  run_sql(path, "ALTER TABLE runs RENAME TO kept; CREATE VIEW runs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
                "SELECT x + 1 FROM n) SELECT x AS id FROM n");
  refuses(path, FALSE, CR_ERROR_INPUT, "views or triggers");
  refuses(path, TRUE, CR_ERROR_INPUT, "views or triggers");
}

static gboolean become_reader(void)
{
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {{1U << CAP_DAC_READ_SEARCH, 1U << CAP_DAC_READ_SEARCH, 0}, {0, 0, 0}};
  return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setresuid(12345, 12345, 12345) == 0 &&
         syscall(SYS_capset, &head, sets) == 0;
}

/* The page's way: root's record, its log not yet in the file, by a user who may read it for a capability alone. */
static void test_reader(void)
{
  if (geteuid() != 0) {
    g_test_skip("needs root");
    return;
  }
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "state", "record.db", NULL);
  CrRecord *record = open_in(folder, TRUE);
  cr_record_free(record);
  pid_t child = fork();
  if (child == 0) {
    if (!become_reader())
      _exit(2);
    g_autoptr(CrRecord) seen = cr_record_open(path, FALSE, NULL);
    _exit(seen ? 0 : 1);
  }
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
    g_test_skip("needs CAP_DAC_READ_SEARCH, which a container's root need not have");
  else
    g_assert_cmpint(status, ==, 0);
}

static void test_not_ours(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *other = g_build_filename(folder, "other.db", NULL),
                  *newer = g_build_filename(folder, "newer.db", NULL);
  g_autofree char *text = g_build_filename(folder, "text.db", NULL), *below = g_build_filename(text, "record.db", NULL);
  run_sql(other, "CREATE TABLE bookmarks(x)");
  refuses(other, TRUE, CR_ERROR_INPUT, "of another program");
  refuses(other, FALSE, CR_ERROR_INPUT, "of another program");
  g_autoptr(CrRecord) made = cr_record_open(newer, TRUE, NULL);
  g_assert_nonnull(made);
  run_sql(newer, "PRAGMA user_version=2000");
  refuses(newer, TRUE, CR_ERROR_USAGE, "a newer careen wrote it");
  g_assert_true(g_file_set_contents(text,
                                    "this is no database, and long enough to be looked at as one, it is only text "
                                    "that goes on and on until a header could have been read from it.",
                                    -1, NULL));
  refuses(text, TRUE, CR_ERROR_INPUT, "file is not a database");
  refuses(below, TRUE, CR_ERROR_ENVIRONMENT, "cannot write the record");
  refuses(below, FALSE, CR_ERROR_ENVIRONMENT, "cannot read the record");
}

/* A record of the first careen that had one is brought to today's, and nothing of it is lost. */
static void test_migration(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "record.db", NULL), *sql = NULL;
  g_autofree char *fixture = g_test_build_filename(G_TEST_DIST, "data", "record", "version-1.sql", NULL);
  g_assert_true(g_file_get_contents(fixture, &sql, NULL, NULL));
  run_sql(path, sql);
  refuses(path, FALSE, CR_ERROR_USAGE, "of an older careen");
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = cr_record_open(path, TRUE, NULL);
  g_assert_nonnull(record);
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, "web", 0, arena, NULL);
  g_assert_cmpuint(runs->len, ==, 1);
  g_assert_null(cr_record_find_plan(record, 1, arena));
  g_assert_true(cr_record_put_plan(record, 1, "{}", NULL));
  g_assert_cmpstr(cr_record_find_plan(record, 1, arena), ==, "{}");
  g_assert_cmpstr(cr_record_find_run(record, 1, arena, NULL)->command, ==, "apply");
  g_assert_null(cr_record_find_run(record, 2, arena, NULL));
  g_autoptr(GPtrArray) operations = cr_record_list_operations(record, NULL, FALSE, arena, NULL);
  g_assert_cmpuint(operations->len, ==, 2);
  g_autoptr(CrRecord) again = cr_record_open(path, FALSE, NULL);
  g_assert_nonnull(again);
}

/* A careen that was killed before its first write left it. */
static void test_blank(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autofree char *state = g_build_filename(folder, "state", NULL), *path = g_build_filename(state, "record.db", NULL);
  g_assert_cmpint(g_mkdir(state, 0700), ==, 0);
  g_assert_true(g_file_set_contents(path, "", 0, NULL));
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) empty = open_in(folder, FALSE);
  g_autoptr(GPtrArray) runs = cr_record_list_runs(empty, NULL, 0, arena, NULL);
  g_assert_cmpuint(runs->len, ==, 0);
  run_sql(path, "PRAGMA journal_mode=WAL"); /* a little later */
  g_autoptr(CrRecord) later = open_in(folder, FALSE);
  g_assert_nonnull(later);
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  g_assert_true(cr_record_set_mark(record, "bad", "sha256:1", "unhealthy", NULL));
}

/* ---- runs, steps, operations, marks ---- */

static void test_run(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  gint64 first = 0, second = 0;
  g_assert_true(cr_record_begin_run(record, "apply", 0, &first, NULL));
  g_assert_true(cr_record_begin_run(record, "rollback", first, &second, NULL));
  CrStep step = {.run = first, .number = 1, .id = "patch a:1", .kind = "patch", .subject = "a:1", .reason = "2 fixes"};
  step.state = CR_STEP_STARTED;
  step.started = 5;
  step.intent = "{\"name\": \"a:1\"}";
  g_assert_true(cr_record_put_step(record, &step, NULL));
  g_autoptr(GPtrArray) open = cr_record_list_steps(record, 0, arena, NULL);
  g_assert_cmpuint(open->len, ==, 1); /* what a crash would leave */
  step.state = CR_STEP_DONE;
  step.after = "sha256:2";
  g_assert_true(cr_record_put_step(record, &step, NULL));
  g_assert_true(cr_record_end_run(record, first, "done", "1 image patched", NULL));
  g_autoptr(GPtrArray) none = cr_record_list_steps(record, 0, arena, NULL);
  g_assert_cmpuint(none->len, ==, 0);
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, first, arena, NULL);
  g_assert_cmpuint(steps->len, ==, 1);
  const CrStep *found = steps->pdata[0];
  g_assert_cmpstr(found->intent, ==, "{\"name\": \"a:1\"}");
  g_assert_cmpstr(found->after, ==, "sha256:2");
  g_assert_null(found->before);
  g_assert_cmpint(found->state, ==, CR_STEP_DONE);
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 0, arena, NULL);
  g_assert_cmpuint(runs->len, ==, 2);
  g_assert_cmpint(((const CrRun *)runs->pdata[0])->undoes, ==, first); /* the newest first */
  g_assert_cmpint(((const CrRun *)runs->pdata[0])->ended, ==, 0);
  g_assert_cmpstr(((const CrRun *)runs->pdata[1])->outcome, ==, "done");
  g_autoptr(GPtrArray) of = cr_record_list_runs(record, "a:1", 1, arena, NULL);
  g_assert_cmpuint(of->len, ==, 1);
  g_assert_cmpint(((const CrRun *)of->pdata[0])->id, ==, first);
}

static void test_left(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  gint64 id = 0;
  g_assert_true(cr_record_begin_run(record, "apply", 0, &id, NULL));
  CrStep step = {.run = id, .number = 1, .id = "patch a:1", .kind = "patch", .subject = "a:1", .intent = "{}"};
  step.state = CR_STEP_STARTED;
  g_assert_true(cr_record_put_step(record, &step, NULL));
  pid_t other = fork(); /* who holds a lease may be the one that does it */
  if (!other) {
    g_autoptr(CrRecord) own = open_in(folder, TRUE);
    _exit(cr_record_take_lease(own, "daemon", NULL) ? pause() : 1);
  }
  gint64 pid = 0, since = 0;
  const char *command = NULL;
  while (!cr_record_find_lease(record, NULL, arena, &pid, &since, &command) && waitpid(other, NULL, WNOHANG) == 0)
    g_usleep(1000);
  g_assert_cmpint(pid, ==, other);
  g_assert_true(cr_record_end_killed(record, "killed", NULL));
  g_autoptr(GPtrArray) running = cr_record_list_steps(record, 0, arena, NULL);
  g_assert_cmpuint(running->len, ==, 1);
  g_assert_cmpint(kill(other, SIGKILL), ==, 0);
  g_assert_cmpint(waitpid(other, NULL, 0), ==, other);
  g_assert_true(cr_record_end_killed(record, "killed", NULL));
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 0, arena, NULL);
  g_assert_cmpstr(((const CrRun *)runs->pdata[0])->outcome, ==, "interrupted");
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, id, arena, NULL);
  g_assert_cmpint(((const CrStep *)steps->pdata[0])->state, ==, CR_STEP_FAILED);
  g_assert_cmpstr(((const CrStep *)steps->pdata[0])->error, ==, "killed");
}

static void test_operation(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  CrOperation operation = {.id = "0a1b2c3d4e5f", .daemon = "docker:unix:///run/docker.sock", .container = "web"};
  operation.phase = "created";
  operation.state = "{}";
  operation.began = operation.changed = 7;
  operation.open = TRUE;
  g_assert_true(cr_record_put_operation(record, &operation, NULL));
  operation.id = "1a1b2c3d4e5f";
  operation.daemon = "podman:local";
  g_assert_true(cr_record_put_operation(record, &operation, NULL));
  g_autoptr(GPtrArray) docker = cr_record_list_operations(record, "docker:unix:///run/docker.sock", TRUE, arena, NULL);
  g_assert_cmpuint(docker->len, ==, 1);
  operation.phase = "committed";
  operation.open = FALSE;
  operation.outcome = "committed";
  g_assert_true(cr_record_put_operation(record, &operation, NULL));
  g_autoptr(GPtrArray) open = cr_record_list_operations(record, NULL, TRUE, arena, NULL);
  g_autoptr(GPtrArray) all = cr_record_list_operations(record, NULL, FALSE, arena, NULL);
  g_assert_cmpuint(open->len, ==, 1);
  g_assert_cmpuint(all->len, ==, 2);
  g_assert_cmpstr(((const CrOperation *)all->pdata[1])->outcome, ==, "committed");
}

static void test_marks(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  g_assert_null(cr_record_find_mark(record, "bad", "x", arena, NULL));
  g_assert_true(cr_record_set_mark(record, "bad", "x", "1", NULL));
  g_assert_true(cr_record_set_mark(record, "bad", "a", "it's \"2\"", NULL));
  g_assert_true(cr_record_set_mark(record, "told", "x", "3", NULL));
  g_assert_true(cr_record_set_mark(record, "bad", "x", "4", NULL));
  gint64 since = 0;
  g_assert_cmpstr(cr_record_find_mark(record, "bad", "x", arena, &since), ==, "4");
  g_assert_cmpint(since, >, 0);
  g_autoptr(GPtrArray) marks = cr_record_list_marks(record, "bad", arena, NULL);
  g_assert_cmpuint(marks->len, ==, 2);
  g_assert_cmpstr(((const CrMark *)marks->pdata[0])->value, ==, "it's \"2\"");
  g_assert_true(cr_record_set_mark(record, "bad", "x", NULL, NULL));
  g_assert_null(cr_record_find_mark(record, "bad", "x", arena, NULL));
}

/* ---- one at a time ---- */

static void test_lease(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  int ready[2], go[2];
  g_assert_cmpint(pipe(ready), ==, 0);
  g_assert_cmpint(pipe(go), ==, 0);
  pid_t child = fork();
  char byte = 0;
  if (!child) {
    g_autoptr(CrRecord) own = open_in(folder, TRUE);
    g_assert_true(cr_record_take_lease(own, "docker", NULL));
    g_assert_true(cr_record_take_lease(own, "watch:docker:unix:///run/docker.sock", NULL));
    g_assert_cmpint(write(ready[1], "x", 1), ==, 1);
    g_assert_cmpint(read(go[0], &byte, 1), >=, 0);
    _exit(0); /* without giving it back */
  }
  g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_record_take_lease(record, "docker", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_autofree char *pid = g_strdup_printf("process %d ", (int)child);
  g_assert_true(strstr(error->message, pid) != NULL);
  gint64 who = 0, since = 0;
  const char *command = NULL;
  g_assert_true(cr_record_find_lease(record, "docker", arena, &who, &since, &command));
  g_assert_cmpint(who, ==, child);
  g_assert_true(cr_record_find_lease(record, NULL, arena, &who, &since, &command)); /* any */
  g_assert_true(cr_record_find_lease(record, "watch", arena, &who, &since, &command));
  g_assert_cmpint(who, ==, child);
  g_assert_true(cr_record_take_lease(record, "podman", NULL));
  g_assert_cmpint(write(go[1], "x", 1), ==, 1);
  g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
  g_assert_true(cr_record_take_lease(record, "docker", NULL)); /* a dead holder's is taken over */
  g_assert_true(cr_record_take_lease(record, "docker", NULL));
  cr_record_drop_lease(record, "docker");
  g_assert_false(cr_record_find_lease(record, "docker", arena, &who, &since, &command));
  g_assert_false(cr_record_find_lease(record, NULL, arena, &who, &since, &command)); /* our own is none */
}

/* ---- what was seen ---- */

static GPtrArray *one(gpointer item)
{
  GPtrArray *list = g_ptr_array_new();
  g_ptr_array_add(list, item);
  return list;
}

static gint64 count(CrRecord *record, const char *table)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  g_assert_cmpint(sqlite3_open_v2(cr_record_get_path(record), &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_autofree char *text = g_strconcat("SELECT count(*) FROM ", table, NULL);
  g_assert_cmpint(sqlite3_prepare_v2(db, text, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
  gint64 rows = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return rows;
}

static void test_observation(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  static const char *const layers[] = {"sha256:a", "sha256:b", NULL}, *const bases[] = {"debian:12", NULL},
                           *const aliases[] = {"GHSA-1", NULL};
  CrSeenPackage package = {.type = "deb",
                           .name = "libssl3",
                           .source = "openssl",
                           .version = "3.0.1",
                           .arch = "amd64",
                           .reach = "loaded",
                           .candidate = "3.0.2",
                           .security = TRUE};
  CrSeenFlaw flaw = {.id = "CVE-1",
                     .package = "libssl3",
                     .installed = "3.0.1",
                     .status = "fixable",
                     .severity = "high",
                     .reach = "loaded",
                     .aliases = aliases,
                     .exploited = TRUE};
  g_autoptr(GPtrArray) packages = one(&package), flaws = one(&flaw);
  CrObservation it = {.image_id = "sha256:1",
                      .name = "web:1",
                      .os = "debian 12",
                      .verdict = "patch",
                      .when = 9,
                      .layers = layers,
                      .bases = bases,
                      .packages = packages,
                      .flaws = flaws};
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  it.image_id = "sha256:2"; /* another image with the same package: shared */
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  g_assert_cmpint(count(record, "packages"), ==, 1);
  g_assert_cmpint(count(record, "flaws"), ==, 1);
  g_assert_cmpint(count(record, "image_packages"), ==, 2);
  package.version = "3.0.2"; /* seen again: the new one replaces the old */
  it.verdict = "current";
  g_ptr_array_set_size(flaws, 0);
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  g_assert_cmpint(count(record, "image_packages"), ==, 2);
  g_assert_cmpint(count(record, "image_flaws"), ==, 1);
  const CrObservation *found = cr_record_find_observation(record, "sha256:2", arena, NULL);
  g_assert_cmpstr(found->verdict, ==, "current");
  g_assert_cmpstr(found->layers[1], ==, "sha256:b");
  g_assert_null(found->layers[2]);
  g_assert_cmpstr(found->bases[0], ==, "debian:12");
  g_assert_null(found->digest);
  g_assert_null(cr_record_find_observation(record, "sha256:3", arena, NULL));
}

/* A report of RECORD that was not written by careen: nothing of it, and no crash. */
static void damage(CrRecord *record, const char *what)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *text = g_strdup_printf("UPDATE reports SET %s", what);
  run_sql(cr_record_get_path(record), text);
  const CrSeenReport *report = cr_record_find_report(record, "sha256:1", arena, NULL);
  g_assert_nonnull(report);
  g_assert_null(report->text);
}

static void test_report(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  CrSeenReport report = {
      .phase = "lts", .until = "2028-06-30", .updates = 3, .urgent = 2, .complete = TRUE, .text = "{}"};
  CrObservation it = {.image_id = "sha256:1", .name = "web:1", .verdict = "patch", .when = 9, .report = &report};
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  it.image_id = "sha256:2";
  it.report = NULL;
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  it.image_id = "sha256:1"; /* seen again, with another report and other numbers */
  report.updates = 4;
  report.text = "{\"os\":{}}";
  it.report = &report;
  g_assert_true(cr_record_put_observation(record, &it, NULL));
  const CrSeenReport *found = cr_record_find_report(record, "sha256:1", arena, NULL);
  g_assert_cmpuint(found->updates, ==, 4);
  g_assert_cmpuint(found->urgent, ==, 2);
  g_assert_true(found->complete);
  g_assert_cmpstr(found->until, ==, "2028-06-30");
  g_assert_null(found->steward);
  g_assert_cmpstr(found->text, ==, "{\"os\":{}}");
  g_assert_null(cr_record_find_report(record, "sha256:2", arena, NULL));
  g_autoptr(GPtrArray) all = cr_record_list_reports(record, arena, NULL);
  g_assert_cmpuint(all->len, ==, 1);
  g_assert_null(((const CrSeenReport *)all->pdata[0])->text);
  damage(record, "size=1");
  damage(record, "size=-1");
  damage(record, "size=1099511627776");
  damage(record, "size=9, report=x'789c'");
  damage(record, "report=x''");
  g_assert_true(cr_record_put_observation(record, &it, NULL)); /* mended by the next look */
  g_assert_nonnull(cr_record_find_report(record, "sha256:1", arena, NULL)->text);
}

static GHashTable *names(const char *first, const char *second)
{
  GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_add(set, (gpointer)first);
  if (second)
    g_hash_table_add(set, (gpointer)second);
  return set;
}

static void test_sightings(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  CrSighting a = {"here", "container", "docker", "a", "sha256:1", "running", 10, 10};
  CrSighting b = {"here", "container", "docker", "b", "sha256:1", "exited", 10, 10};
  CrSighting c = {"here", "image", "docker", "b", "sha256:2", NULL, 10, 10};
  CrSighting d = {"there", "container", "docker", "b", "sha256:2", NULL, 10, 10};
  g_autoptr(GPtrArray) list = one(&a);
  g_ptr_array_add(list, &b);
  g_ptr_array_add(list, &c);
  g_ptr_array_add(list, &d);
  g_assert_true(cr_record_put_sightings(record, list, NULL));
  g_assert_cmpint(count(record, "sightings"), ==, 4);
  a.first = a.last = 20;
  g_autoptr(GPtrArray) again = one(&a);
  g_assert_true(cr_record_put_sightings(record, again, NULL)); /* of the others nothing is said */
  g_assert_cmpint(count(record, "sightings"), ==, 4);
  g_assert_cmpint(count(record, "sightings WHERE name='a' AND first=10 AND last=20"), ==, 1);
  g_autoptr(GHashTable) both = names("a", "b"), left = names("a", NULL);
  g_assert_true(cr_record_keep_sightings(record, "here", "container", "docker", both, NULL));
  g_assert_cmpint(count(record, "sightings"), ==, 4);
  /* b has gone: not the image of that name, nor another daemon's or host's container */
  g_assert_true(cr_record_keep_sightings(record, "here", "container", "docker", left, NULL));
  g_assert_true(cr_record_keep_sightings(record, "here", "container", "podman", left, NULL));
  g_assert_cmpint(count(record, "sightings"), ==, 3);
  g_assert_cmpint(count(record, "sightings WHERE name='b' AND kind='image'"), ==, 1);
  g_assert_cmpint(count(record, "sightings WHERE name='b' AND host='there'"), ==, 1);
  a.image_id = "sha256:9"; /* another image since: seen first now */
  g_assert_true(cr_record_put_sightings(record, again, NULL));
  g_assert_cmpint(count(record, "sightings WHERE name='a' AND first=20"), ==, 1);
}

static void test_prune(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrRecord) record = open_in(folder, TRUE);
  static const char *const aliases[] = {"GHSA-1", NULL};
  CrSeenPackage own = {.type = "deb", .name = "own", .source = "own", .version = "1", .arch = "all", .reach = "loaded"};
  CrSeenPackage shared = {
      .type = "deb", .name = "shared", .source = "shared", .version = "1", .arch = "all", .reach = "loaded"};
  CrSeenFlaw flaw = {
      .id = "CVE-1", .package = "own", .installed = "1", .status = "unfixed", .severity = "high", .reach = "loaded"};
  flaw.aliases = aliases;
  g_autoptr(GPtrArray) both = one(&own), alone = one(&shared), flaws = one(&flaw);
  g_ptr_array_add(both, &shared);
  CrObservation gone = {.image_id = "sha256:gone", .name = "gone", .when = 100, .packages = both, .flaws = flaws};
  CrObservation kept = {.image_id = "sha256:kept", .name = "kept", .when = 100, .packages = alone};
  CrObservation fresh = {.image_id = "sha256:new", .name = "new", .when = 300, .packages = alone};
  g_assert_true(cr_record_put_observation(record, &gone, NULL));
  g_assert_true(cr_record_put_observation(record, &kept, NULL));
  g_assert_true(cr_record_put_observation(record, &fresh, NULL));
  CrSighting sighting = {"here", "image", "docker", "kept", "sha256:kept", NULL, 1, 1};
  g_autoptr(GPtrArray) sightings = one(&sighting);
  g_assert_true(cr_record_put_sightings(record, sightings, NULL));
  guint number = 0;
  g_assert_true(cr_record_prune(record, 200, &number, NULL));
  g_assert_cmpuint(number, ==, 1);
  g_assert_cmpint(count(record, "images"), ==, 2);
  g_assert_cmpint(count(record, "packages"), ==, 1); /* what others have, too, stays */
  g_assert_cmpint(count(record, "flaws"), ==, 0);
  g_assert_cmpint(count(record, "aliases"), ==, 0);
  g_assert_true(cr_record_prune(record, 200, &number, NULL));
  g_assert_cmpuint(number, ==, 0);
}

/* ---- killed ---- */

/* What cr_record_put_* has returned for is there after kill -9, at whatever moment; what it has not is there whole or
 * not at all. */
static void test_killed(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-record-XXXXXX", NULL);
  g_autoptr(CrRecord) first = open_in(folder, TRUE);
  guint told = 0;
  for (guint round = 0; round < 30; round++) {
    int tell[2];
    g_assert_cmpint(pipe(tell), ==, 0);
    pid_t child = fork();
    if (!child) {
      g_autoptr(CrRecord) own = open_in(folder, TRUE);
      for (guint i = told;; i++) {
        g_autofree char *key = g_strdup_printf("%u", i);
        CrSeenPackage package = {
            .type = "deb", .name = key, .source = key, .version = "1", .arch = "all", .reach = "loaded"};
        g_autoptr(GPtrArray) packages = one(&package);
        CrObservation it = {.image_id = key, .name = "web", .when = 1, .packages = packages};
        if (!cr_record_put_observation(own, &it, NULL) || !cr_record_set_mark(own, "k", key, "v", NULL) ||
            write(tell[1], &i, sizeof i) != sizeof i)
          _exit(1);
      }
    }
    guint number = told;
    for (guint n = 0; n <= round % 7; n++) /* so many, and then in the middle of the next */
      g_assert_cmpint(read(tell[0], &number, sizeof number), ==, sizeof number);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(tell[1]);
    while (read(tell[0], &number, sizeof number) == sizeof number)
      ;
    close(tell[0]);
    told = number + 1;
    g_autoptr(CrRecord) after = open_in(folder, TRUE);
    g_autoptr(CrArena) arena = cr_arena_new();
    for (guint i = 0; i < told; i++) {
      g_autofree char *key = g_strdup_printf("%u", i);
      g_assert_nonnull(cr_record_find_mark(after, "k", key, arena, NULL));
    }
    g_assert_cmpint(count(after, "images"), >=, told);
    g_assert_cmpint(count(after, "images"), ==, count(after, "image_packages"));
  }
}

int main(int argc, char **argv)
{
  if (argc == 3 && !strcmp(argv[1], "--open")) {
    cr_record_free(open_in(argv[2], TRUE));
    return 0;
  }
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/open", test_open);
  g_test_add_func("/record/twice", test_twice);
  g_test_add_func("/record/reader", test_reader);
  g_test_add_func("/record/not-ours", test_not_ours);
  g_test_add_func("/record/view", test_view);
  g_test_add_func("/record/migration", test_migration);
  g_test_add_func("/record/blank", test_blank);
  g_test_add_func("/record/run", test_run);
  g_test_add_func("/record/left", test_left);
  g_test_add_func("/record/operation", test_operation);
  g_test_add_func("/record/marks", test_marks);
  g_test_add_func("/record/lease", test_lease);
  g_test_add_func("/record/observation", test_observation);
  g_test_add_func("/record/report", test_report);
  g_test_add_func("/record/sightings", test_sightings);
  g_test_add_func("/record/prune", test_prune);
  g_test_add_func("/record/killed", test_killed);
  return g_test_run();
}
