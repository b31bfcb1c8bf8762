/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apt.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const CrAptFileNames file = {"stable", "bookworm", "12.11",          "Debian", "Debian",
                                      "main",   "amd64",    "deb.debian.org", FALSE};
  static const CrAptFileNames *const files[] = {&file, NULL};
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrAptPins *pins = cr_apt_pins_new(arena);
  cr_apt_pins_parse(pins, (const char *)data, size, "preferences", problems);
  CrAptPinned what = {"libssl3", "amd64", "amd64", "openssl", "3.0.15-1~deb12u1", files};
  int priority = cr_apt_pins_get_file(pins, &file, 500);
  cr_apt_pins_find(pins, &what, &priority, NULL);
  cr_apt_pins_free(pins);
  return 0;
}
