/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/runner.h"

#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/platform.h"

#define ENTRIES     200U
#define ENTRY_BYTES 4096U
#define HEADER      20U /* of an ELF file: what tells the machine */

/* ---- this machine ---- */

static const char *get_machine(void)
{
  static struct utsname name;
  return uname(&name) == 0 ? name.machine : "";
}

/* The highest level of x86-64 (psABI "Micro-Architecture Levels") that this processor has. */
static guint get_amd64_level(void)
{
#if defined(__x86_64__)
  gboolean two =
      __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
  gboolean three = two && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                   __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  gboolean four = three && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return four ? 4 : three ? 3 : two ? 2 : 1;
#else
  return 0;
#endif
}

/* The number in "v3"; 0: none. */
static guint get_level(const char *variant)
{
  const char *digits = variant ? variant + (*variant == 'v') : "";
  return (guint)g_ascii_strtoull(digits, NULL, 10);
}

static gboolean has_variant(const char *architecture, const char *variant)
{
  guint wanted = get_level(variant);
  if (!variant || !*variant)
    return TRUE;
  if (!strcmp(architecture, "amd64"))
    return wanted <= get_amd64_level();
  if (!strcmp(architecture, "arm"))
    return wanted <= get_level(strchr(get_machine(), 'v'));
  return !strcmp(architecture, "arm64") && wanted == 8;
}

/* The smallest program for i386: exit(0). Whether a kernel was built, and booted, to run such ones is only known by
 * running one. */
static const guint8 small_program[] =
    {
        0x7f, 'E',  'L',  'F',  1,    1, 1,    0,    0, 0,    0,    0,    0, 0,    0,    0,    2,    0,
        3,    0,    1,    0,    0,    0, 0x54, 0x80, 4, 8,    0x34, 0,    0, 0,    0,    0,    0,    0,
        0,    0,    0,    0,    0x34, 0, 0x20, 0,    1, 0,    0,    0,    0, 0,    0,    0, /* header */
        1,    0,    0,    0,    0,    0, 0,    0,    0, 0x80, 4,    8,    0, 0x80, 4,    8,    0x5d, 0,
        0,    0,    0x5d, 0,    0,    0, 5,    0,    0, 0,    0,    0x10, 0, 0,    0x31, 0xc0, 0x40, 0x31,
        0xdb, 0xcd, 0x80, 0x0f, 0x0b, /* eax = 1, ebx = 0, int 0x80 */
};

static gboolean runs_386(void)
{
  int fd = memfd_create("careen-386", MFD_CLOEXEC);
  if (fd < 0)
    return FALSE;
  gboolean ran = FALSE;
  if (write(fd, small_program, sizeof small_program) == (ssize_t)sizeof small_program) {
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    char *const arguments[] = {path, NULL};
    pid_t child = -1;
    int status = -1;
    ran = posix_spawn(&child, path, NULL, NULL, arguments, NULL) == 0 && waitpid(child, &status, 0) == child &&
          WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  close(fd);
  return ran;
}

/* arm64 kernels refuse this personality where the processor has no 32-bit mode (arch/arm64/kernel/sys.c). */
static gboolean runs_arm(void)
{
  int old = personality(0xffffffff);
  gboolean can = old >= 0 && personality(PER_LINUX32) >= 0;
  if (can)
    personality((unsigned long)old);
  return can;
}

static gboolean is_compatible(const char *own, const char *architecture)
{
  if (!strcmp(own, "amd64") && !strcmp(architecture, "386"))
    return runs_386();
  return !strcmp(own, "arm64") && !strcmp(architecture, "arm") && runs_arm();
}

/* ---- binfmt_misc ---- */

static const struct {
  const char *architecture;
  guint8 class, data;
  guint16 machine;
} headers[] = {
    {"386", 1, 1, 3},      {"amd64", 2, 1, 62},    {"arm", 1, 1, 40},     {"arm64", 2, 1, 183}, {"loong64", 2, 1, 258},
    {"mips", 1, 2, 8},     {"mips64", 2, 2, 8},    {"mips64le", 2, 1, 8}, {"mipsle", 1, 1, 8},  {"ppc64", 2, 2, 21},
    {"ppc64le", 2, 1, 21}, {"riscv64", 2, 1, 243}, {"s390x", 2, 2, 22},
};

/* The first bytes of a program for ARCHITECTURE (gabi, "ELF Header"). */
static gboolean make_header(const char *architecture, guint8 *out)
{
  for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
    if (strcmp(headers[i].architecture, architecture) != 0)
      continue;
    gboolean big = headers[i].data == 2;
    memset(out, 0, HEADER);
    out[0] = 0x7f;
    out[1] = 'E';
    out[2] = 'L';
    out[3] = 'F';
    out[4] = headers[i].class;
    out[5] = headers[i].data;
    out[6] = 1;
    out[big ? 17 : 16] = 2; /* ET_EXEC */
    out[18] = (guint8)(big ? headers[i].machine >> 8 : headers[i].machine);
    out[19] = (guint8)(big ? headers[i].machine : headers[i].machine >> 8);
    return TRUE;
  }
  return FALSE;
}

/* Byte I of the hexadecimal TEXT; FALSE: it has no such byte. */
static gboolean get_byte(const char *text, guint i, guint8 *out)
{
  if (strlen(text) < (gsize)i * 2 + 2 || !g_ascii_isxdigit(text[i * 2]) || !g_ascii_isxdigit(text[i * 2 + 1]))
    return FALSE;
  *out = (guint8)(g_ascii_xdigit_value(text[i * 2]) << 4 | g_ascii_xdigit_value(text[i * 2 + 1]));
  return TRUE;
}

static gboolean fits(const guint8 *header, const char *magic, const char *mask)
{
  guint8 wanted = 0, bits = 0xff;
  guint i = 0;
  for (; get_byte(magic, i, &wanted); i++) {
    if (i >= HEADER || (mask && !get_byte(mask, i, &bits)) || ((header[i] ^ wanted) & bits))
      return FALSE;
  }
  return i >= HEADER; /* a shorter one does not tell machines apart */
}

static const char *skip(const char *line, const char *word)
{
  return g_str_has_prefix(line, word) ? line + strlen(word) : NULL;
}

/* The text of an entry, as the kernel prints it. *FIXED: it has the flag F. */
static gboolean serves(const char *text, const guint8 *header, gboolean *fixed)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", 20);
  const char *magic = NULL, *mask = NULL, *value = NULL;
  gboolean enabled = lines[0] && !strcmp(lines[0], "enabled"), start = FALSE;
  *fixed = FALSE;
  for (guint i = 0; lines[i]; i++) {
    if ((value = skip(lines[i], "flags: ")))
      *fixed = strchr(value, 'F') != NULL;
    else if ((value = skip(lines[i], "offset ")))
      start = !strcmp(value, "0");
    else if ((value = skip(lines[i], "magic ")))
      magic = value;
    else if ((value = skip(lines[i], "mask ")))
      mask = value;
  }
  return enabled && start && magic && fits(header, magic, mask);
}

/* The entry that runs HEADER, in ARENA, or NULL; *LOOSE: one that would but for its flags. */
static const char *find_entry(const char *folder, const guint8 *header, CrArena *arena, const char **loose)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  guint count = 0;
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name && count++ < ENTRIES; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    gboolean fixed = FALSE;
    gsize size = 0;
    if (!strcmp(name, "register") || !g_file_get_contents(path, &text, &size, NULL) || size > ENTRY_BYTES ||
        !serves(text, header, &fixed))
      continue;
    if (fixed)
      return cr_arena_strdup(arena, name);
    *loose = cr_arena_strdup(arena, name);
  }
  return NULL;
}

/* ---- all of it ---- */

const char *cr_runner_find(const char *os, const char *architecture, const char *variant, const char *binfmt,
                           CrArena *arena, const char **why)
{
  const char *own = cr_platform_get_architecture(get_machine()), *loose = NULL;
  guint8 header[HEADER];
  *why = NULL;
  if (g_strcmp0(os, "linux") != 0 || !architecture) {
    *why = cr_arena_printf(arena, "it is for %s", os ? os : "no platform that it names");
    return NULL;
  }
  gboolean same = !strcmp(own, architecture);
  if (same && has_variant(architecture, variant))
    return "native";
  if (is_compatible(own, architecture))
    return "compatible";
  const char *entry = make_header(architecture, header) ? find_entry(binfmt, header, arena, &loose) : NULL;
  if (entry)
    return entry;
  if (loose)
    *why = cr_arena_printf(arena, "binfmt_misc's %s lacks the flag F, without which it does not reach into the sandbox",
                           loose);
  else if (same)
    *why = cr_arena_printf(arena, "this machine's processor is older than %s", variant);
  else
    *why = cr_arena_printf(arena, "%s programs do not run on this machine: binfmt_misc has no entry for them",
                           architecture);
  return NULL;
}
