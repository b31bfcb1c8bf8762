/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/kernel.h"

#include <string.h>

#include "../remove.h"

/* An x86 image as the header has it; TEXT NULL: another machine's, which says nothing. */
static void put_image(const char *root, const char *release, const char *text)
{
  g_autofree char *boot = g_build_filename(root, "boot", NULL);
  g_autofree char *name = g_strconcat("vmlinuz-", release, NULL);
  g_autofree char *path = g_build_filename(boot, name, NULL);
  guint8 bytes[2048] = {0};
  if (text) {
    memcpy(bytes + 0x202, "HdrS", 4);
    bytes[0x20e] = 0x40;
    bytes[0x20f] = 0x02;
    g_strlcpy((char *)bytes + 0x200 + 0x240, text, 512);
  }
  g_assert_cmpint(g_mkdir_with_parents(boot, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, (const char *)bytes, sizeof bytes, NULL));
}

#define OLD "6.1.0-28-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)"
#define NEW "6.1.0-40-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2025-09-20)"

static const struct {
  const char *running, *build;
  struct {
    const char *release, *text;
  } images[3];
  CrKernelState state;
  const char *installed;
} rows[] = {
    {"6.1.0-28-amd64",
     "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
     {{"6.1.0-28-amd64", OLD}},
     CR_KERNEL_CURRENT,
     "6.1.0-28-amd64"},
    {"6.1.0-28-amd64",
     "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
     {{"6.1.0-40-amd64", NEW}, {"6.1.0-28-amd64", OLD}},
     CR_KERNEL_VERSION,
     "6.1.0-40-amd64"},
    {"6.1.0-28-amd64",
     "#1 SMP PREEMPT_DYNAMIC Debian 6.1.115-1 (2024-11-01)",
     {{"6.1.0-28-amd64", OLD}},
     CR_KERNEL_ABI,
     "6.1.0-28-amd64"},
    {"6.1.0-9-amd64", "#1", {{"6.1.0-28-amd64", NULL}}, CR_KERNEL_VERSION, "6.1.0-28-amd64"}, /* numbers, not letters */
    {"6.1.0-28-amd64", "#1", {{"6.1.0-28-amd64", NULL}}, CR_KERNEL_CURRENT, "6.1.0-28-amd64"},
    /* another flavour of the same version, and an older one beside it, are not newer */
    {"6.1.0-28-amd64",
     "#1",
     {{"6.1.0-28-rt-amd64", NULL}, {"6.1.0-28-amd64", NULL}, {"5.10.0-1-amd64", NULL}},
     CR_KERNEL_CURRENT,
     "6.1.0-28-amd64"},
    {"6.1.0-28-cloud-amd64", "#1", {{"6.1.0-40-amd64", NULL}}, CR_KERNEL_VERSION, "6.1.0-40-amd64"},
    {"6.18.44-custom", "#1", {{"6.1.0-40-amd64", NEW}}, CR_KERNEL_UNKNOWN, "6.1.0-40-amd64"},
    {"6.1.0-28-amd64", "#1", {{NULL, NULL}}, CR_KERNEL_UNKNOWN, NULL},
};

static void test_states(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    autofolder char *root = g_dir_make_tmp("careen-kernel-XXXXXX", NULL);
    for (guint k = 0; k < G_N_ELEMENTS(rows[i].images) && rows[i].images[k].release; k++)
      put_image(root, rows[i].images[k].release, rows[i].images[k].text);
    g_autoptr(CrArena) arena = cr_arena_new();
    const CrKernel *kernel = cr_kernel_look(root, rows[i].running, rows[i].build, arena);
    g_test_message("row %u", i);
    g_assert_cmpint(kernel->state, ==, rows[i].state);
    g_assert_cmpstr(kernel->installed, ==, rows[i].installed);
    g_assert_false(kernel->reboot_required);
  }
}

static void test_build(void)
{
  autofolder char *root = g_dir_make_tmp("careen-kernel-XXXXXX", NULL);
  put_image(root, "6.1.0-40-amd64", NEW);
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrKernel *kernel = cr_kernel_look(root, "6.1.0-28-amd64", "#1", arena);
  g_assert_cmpstr(kernel->installed_build, ==, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2025-09-20)");
}

static void test_reboot_required(void)
{
  autofolder char *root = g_dir_make_tmp("careen-kernel-XXXXXX", NULL);
  g_autofree char *run = g_build_filename(root, "run", NULL);
  g_autofree char *mark = g_build_filename(run, "reboot-required", NULL);
  g_autofree char *list = g_strconcat(mark, ".pkgs", NULL);
  g_assert_cmpint(g_mkdir(run, 0755), ==, 0);
  g_assert_true(g_file_set_contents(mark, "", 0, NULL));
  g_autoptr(CrArena) arena = cr_arena_new();
  g_assert_true(cr_kernel_look(root, "1", "2", arena)->reboot_required);
  g_assert_true(g_file_set_contents(list, "dbus\nlinux-base\ndbus\n\n", -1, NULL));
  g_autofree char *names = g_strjoinv(" ", (char **)cr_kernel_look(root, "1", "2", arena)->reboot_packages);
  g_assert_cmpstr(names, ==, "dbus linux-base");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/kernel/states", test_states);
  g_test_add_func("/fleet/kernel/build", test_build);
  g_test_add_func("/fleet/kernel/reboot-required", test_reboot_required);
  return g_test_run();
}
