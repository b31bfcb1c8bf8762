/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/kernel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "model/package.h"
#include "model/version.h"

const char *cr_kernel_state_get_name(CrKernelState state)
{
  static const char *const names[] = {"unknown", "current", "rebuilt", "newer"};
  return names[state];
}

/* ---- what an image says of itself ---- */

/* Where the header of an x86 image is and what it points to (Documentation/arch/x86/boot.rst, "header", kernel_version
 * at 0x20e): text after the boot sector, "6.1.0-28-amd64 (…) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)". */
#define HEADER_AT  0x202
#define VERSION_AT 0x20e
#define SECTOR     0x200

static char *read_banner(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  guint8 head[VERSION_AT + 2], text[512] = {0};
  gssize n = -1;
  if (fd >= 0 && pread(fd, head, sizeof head, 0) == (gssize)sizeof head && !memcmp(head + HEADER_AT, "HdrS", 4)) {
    guint at = head[VERSION_AT] + 256U * head[VERSION_AT + 1];
    if (at)
      n = pread(fd, text, sizeof text - 1, (off_t)at + SECTOR);
  }
  if (fd >= 0)
    close(fd);
  return n > 0 && g_utf8_validate((const char *)text, -1, NULL) ? g_strdup((const char *)text) : NULL;
}

/* "… #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)" → from the '#' on, as uname -v has it. */
static const char *find_build(const char *banner)
{
  return banner ? strchr(banner, '#') : NULL;
}

/* ---- the newest ---- */

typedef struct {
  char *release, *build;
} Installed;

static void clear_installed(Installed *installed)
{
  g_clear_pointer(&installed->release, g_free);
  g_clear_pointer(&installed->build, g_free);
}

static Installed find_newest(const char *root, const char *running, Installed *same)
{
  g_autofree char *boot = g_build_filename(root, "boot", NULL);
  g_autoptr(GDir) dir = g_dir_open(boot, 0, NULL);
  Installed newest = {0};
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir)) {
    if (!g_str_has_prefix(name, "vmlinuz-"))
      continue;
    g_autofree char *path = g_build_filename(boot, name, NULL);
    g_autofree char *banner = read_banner(path);
    Installed found = {g_strdup(name + strlen("vmlinuz-")), g_strdup(find_build(banner))};
    if (!strcmp(found.release, running)) {
      clear_installed(same);
      *same = (Installed){g_strdup(found.release), g_strdup(found.build)};
    }
    if (!newest.release || cr_version_compare_deb(found.release, newest.release) > 0) {
      clear_installed(&newest);
      newest = found;
    } else {
      clear_installed(&found);
    }
  }
  return newest;
}

/* Flavours (-amd64, -cloud-amd64, -rt-amd64) are not newer than each other. */
static gboolean is_newer(const char *candidate, const char *running)
{
  gsize a = strspn(candidate, "0123456789.-+~"), b = strspn(running, "0123456789.-+~");
  g_autofree char *left = g_strndup(candidate, a), *right = g_strndup(running, b);
  return cr_version_compare_deb(left, right) > 0;
}

/* ---- the reboot that packages ask for ---- */

static void read_required(CrKernel *kernel, const char *root, CrArena *arena)
{
  g_autofree char *path = g_build_filename(root, "run/reboot-required", NULL);
  g_autofree char *list = g_strconcat(path, ".pkgs", NULL);
  g_autofree char *text = NULL;
  kernel->reboot_packages = cr_strv_empty;
  kernel->reboot_required = g_file_test(path, G_FILE_TEST_EXISTS);
  if (!kernel->reboot_required || !g_file_get_contents(list, &text, NULL, NULL) || !g_utf8_validate(text, -1, NULL))
    return;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; lines[i]; i++) {
    gboolean known = !*g_strstrip(lines[i]);
    for (guint k = 0; k < names->len; k++)
      known |= !strcmp(names->pdata[k], lines[i]);
    if (!known)
      g_ptr_array_add(names, (gpointer)cr_arena_strdup(arena, lines[i]));
  }
  kernel->reboot_packages = cr_arena_list(arena, names);
}

CrKernel *cr_kernel_look(const char *root, const char *running, const char *build, CrArena *arena)
{
  struct utsname name = {0};
  uname(&name);
  CrKernel *kernel = cr_arena_new0(arena, CrKernel);
  kernel->running = cr_arena_strdup(arena, running ? running : name.release);
  kernel->running_build = cr_arena_strdup(arena, build ? build : name.version);
  read_required(kernel, root, arena);
  Installed same = {0}, newest = find_newest(root, kernel->running, &same);
  if (newest.release && is_newer(newest.release, kernel->running)) {
    kernel->state = CR_KERNEL_VERSION;
  } else if (same.release) {
    kernel->state = same.build && strcmp(same.build, kernel->running_build) != 0 ? CR_KERNEL_ABI : CR_KERNEL_CURRENT;
    clear_installed(&newest);
    newest = (Installed){g_strdup(same.release), g_strdup(same.build)};
  } else {
    kernel->state = CR_KERNEL_UNKNOWN; /* what runs is none of these */
  }
  kernel->installed = cr_arena_strdup(arena, newest.release);
  kernel->installed_build = cr_arena_strdup(arena, newest.build);
  clear_installed(&newest);
  clear_installed(&same);
  return kernel;
}

gboolean cr_kernel_needs_reboot(const CrKernel *kernel)
{
  return kernel->state >= CR_KERNEL_ABI || kernel->reboot_required;
}
