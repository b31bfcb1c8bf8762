/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/oracle/support. `print-support limits FOLDER VERSION DAY` reads source packages from lines and writes their
 * support, a tab, the note. `print-support phases TABLE ID` reads "VERSION CODENAME ARCHITECTURE DAY" from lines and
 * writes phase, a tab, last day. */
#include <stdio.h>
#include <string.h>

#include "vendor/support-load.h"

static gboolean read_line(char *line, int room)
{
  if (!fgets(line, room, stdin))
    return FALSE;
  line[strcspn(line, "\n")] = '\0';
  return TRUE;
}

static int print_limits(char **argv)
{
  g_autoptr(CrSupportFiles) files = cr_support_load_system("debian-security-support", argv[2]);
  CrSupportData *data = g_new0(CrSupportData, 1);
  data->arena = cr_arena_new();
  GDate day;
  if (!files || !cr_support_parse_date(argv[4], strlen(argv[4]), &day) ||
      !cr_support_data_take_limits(data, files, argv[3]))
    return 1;
  char line[1024];
  while (read_line(line, sizeof line)) {
    const char *note = NULL;
    CrPackageSupport support = cr_support_limits_match(data->limits, line, &day, data->arena, &note);
    printf("%s\t%s\n", cr_package_support_get_name(support), note ? note : "");
  }
  cr_support_data_free(data);
  return 0;
}

static int print_phases(char **argv)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(argv[2], &text, &size, NULL))
    return 1;
  g_autoptr(CrDistroInfo) info = cr_distro_info_parse(text, size, NULL);
  CrSupportData data = {.distro_info = info, .distro_info_name = "table"};
  char line[1024];
  while (info && read_line(line, sizeof line)) {
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    GDate day;
    if (g_strv_length(words) != 4 || !cr_support_parse_date(words[3], strlen(words[3]), &day))
      return 1;
    g_autoptr(CrArena) arena = cr_arena_new();
    CrOs os = {.id = argv[3], .version = words[0], .codename = words[1]};
    CrSupportQuery query = {
        .os = &os, .architecture = words[2], .day = &day, .today = &day, .data = &data, .arena = arena};
    CrSupportAnswer answer;
    cr_support_judge(&query, &answer);
    const char *until = cr_support_format_date(&answer.until, arena);
    printf("%s\t%s\n", cr_support_phase_get_name(answer.phase), until ? until : "");
  }
  return info ? 0 : 1;
}

int main(int argc, char **argv)
{
  if (argc == 5 && !strcmp(argv[1], "limits"))
    return print_limits(argv);
  return argc == 4 && !strcmp(argv[1], "phases") ? print_phases(argv) : 2;
}
