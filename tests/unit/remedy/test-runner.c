/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/runner.h"

#include <glib/gstdio.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/platform.h"
#include "remedy/sandbox.h"

#define ARM64 "7f454c460201010000000000000000000200b700"
#define MASK  "ffffffffffffff00fffffffffffffffffeffffff"
#define S390X "7f454c4602020100000000000000000000020016"
#define BIG   "fffffffffffffffffffffffffffffffffffeffff"

static const struct {
  const char *name, *entry;
  const char *architecture, *how, *why; /* WHY NULL: it runs */
} rows[] = {
    {"qemu's own",
     "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCF\noffset 0\nmagic " ARM64 "\nmask " MASK "\n",
     "arm64", "entry", NULL},
    {"another byte order", "enabled\nflags: F\noffset 0\nmagic " S390X "\nmask " BIG "\n", "s390x", "entry", NULL},
    {"no mask", "enabled\nflags: F\noffset 0\nmagic " ARM64 "\n", "arm64", "entry", NULL},
    {"not into the sandbox", "enabled\nflags: OC\noffset 0\nmagic " ARM64 "\nmask " MASK "\n", "arm64", NULL,
     "lacks the flag F"},
    {"disabled", "disabled\nflags: OCF\noffset 0\nmagic " ARM64 "\nmask " MASK "\n", "arm64", NULL, "no entry"},
    {"another machine", "enabled\nflags: F\noffset 0\nmagic " S390X "\nmask " BIG "\n", "arm64", NULL, "no entry"},
    {"any ELF", "enabled\nflags: F\noffset 0\nmagic 7f454c46\n", "arm64", NULL, "no entry"},
    {"elsewhere", "enabled\nflags: F\noffset 4\nmagic " ARM64 "\n", "arm64", NULL, "no entry"},
    {"by a file's ending", "enabled\nflags: F\nextension .exe\n", "arm64", NULL, "no entry"},
    {"short", "enabled\nflags: F\noffset 0\nmagic 7f454\nmask f", "arm64", NULL, "no entry"},
    {"nothing", "", "arm64", NULL, "no entry"},
    {"unknown", "", "pdp11", NULL, "pdp11 programs"},
};

static void test_binfmt(void)
{
  struct utsname name;
  g_assert_cmpint(uname(&name), ==, 0);
  const char *own = cr_platform_get_architecture(name.machine);
  g_autofree char *folder = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "entry", NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    const char *why = NULL;
    if (!strcmp(own, rows[i].architecture))
      continue;
    g_assert_true(g_file_set_contents(path, rows[i].entry, -1, NULL));
    const char *how = cr_runner_find("linux", rows[i].architecture, NULL, folder, arena, &why);
    if (g_strcmp0(how, rows[i].how) != 0 || (rows[i].why && !strstr(why ? why : "", rows[i].why)))
      g_error("%s: %s, %s", rows[i].name, how ? how : "not here", why ? why : "");
  }
  g_unlink(path);
  g_rmdir(folder);
}

static void test_own(void)
{
  struct utsname name;
  g_assert_cmpint(uname(&name), ==, 0);
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *own = cr_platform_get_architecture(name.machine), *why = NULL;
  g_assert_cmpstr(cr_runner_find("linux", own, NULL, "/nowhere", arena, &why), ==, "native");
  g_assert_null(cr_runner_find("windows", own, NULL, "/nowhere", arena, &why));
  g_assert_cmpstr(why, ==, "it is for windows");
  g_assert_null(cr_runner_find(NULL, NULL, NULL, "/nowhere", arena, &why));
  if (!strcmp(own, "amd64")) {
    g_assert_cmpstr(cr_runner_find("linux", own, "v1", "/nowhere", arena, &why), ==, "native");
    g_assert_null(cr_runner_find("linux", own, "v9", "/nowhere", arena, &why));
    g_assert_cmpstr(why, ==, "this machine's processor is older than v9");
    const char *small = cr_runner_find("linux", "386", NULL, "/nowhere", arena, &why);
    g_test_message("386: %s", small ? small : why);
    g_assert_true(!small || !strcmp(small, "compatible"));
  }
}

/* What runs here runs in the sandbox, too: its filter of system calls knows 386's. */
static void test_filtered(void)
{
  g_autoptr(GError) error = NULL;
  int fd = cr_seccomp_filter_open(&error);
  g_assert_no_error(error);
  struct stat status;
  g_assert_cmpint(fstat(fd, &status), ==, 0);
  g_autofree struct sock_filter *rules = g_malloc((gsize)status.st_size);
  g_assert_cmpint(read(fd, rules, (gsize)status.st_size), ==, status.st_size);
  struct sock_fprog program = {(unsigned short)((gsize)status.st_size / sizeof *rules), rules};
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *why = NULL, *before = cr_runner_find("linux", "386", NULL, "/nowhere", arena, &why);
  pid_t child = fork();
  if (child == 0) {
    gboolean on = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, 2, &program, 0, 0) == 0;
    const char *after = cr_runner_find("linux", "386", NULL, "/nowhere", arena, &why);
    _exit(!on ? 2 : !before == !after ? 0 : 1);
  }
  int code = -1;
  g_assert_cmpint(waitpid(child, &code, 0), ==, child);
  close(fd);
  if (WIFEXITED(code) && WEXITSTATUS(code) == 2)
    g_test_skip("no filter of system calls can be set here");
  else
    g_assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/runner/binfmt", test_binfmt);
  g_test_add_func("/remedy/runner/own", test_own);
  g_test_add_func("/remedy/runner/filtered", test_filtered);
  return g_test_run();
}
