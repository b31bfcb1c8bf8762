/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/day.h"
#include "base/error.h"
#include "report/near.h"

#include <errno.h>
#include <string.h>

#define FIELD(name) offsetof(CrSettings, name)
#define LOOKS       "scan why sbom diff"
#define JUDGES      "scan why diff" /* archives and advisories are asked */

static const CrOption options[] = {
    /* ---- output ---- */
    {.name = "format",
     .letter = 'f',
     .kind = CR_OPTION_CHOICE,
     .argument = "FORMAT",
     .choices = "table json sarif junit gitlab markdown html csv openvex summary simple bugs packages detail cyclonedx "
                "spdx",
     .commands = "scan why sbom diff db-update db-status cache-ls cache-prune",
     .everywhere = TRUE,
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(format),
     .help = "table for people, json for programs",
     .more = "The first that a command has is its default. The JSON of every command has a schema of its own under "
             "/usr/share/doc/careen/schema. The variable and the key count for the commands that have the format."},
    {.name = "output",
     .letter = 'o',
     .kind = CR_OPTION_TEXT,
     .argument = "FILE",
     .group = CR_OPTION_GROUP_OUTPUT,
     .flag_only = TRUE,
     .complete = "file",
     .offset = FIELD(output),
     .help = "write the result to FILE instead of the screen",
     .more = "FILE is written beside its place and renamed into it when it is complete, so that nobody ever reads half "
             "of it."},
    {.name = "all",
     .kind = CR_OPTION_SWITCH,
     .commands = "scan why diff db-update db-status cache-ls cache-prune",
     .group = CR_OPTION_GROUP_OUTPUT,
     .flag_only = TRUE,
     .offset = FIELD(all),
     .help = "show everything, also what nothing reaches; db update, cache prune: take everything"},
    {.name = "author",
     .kind = CR_OPTION_TEXT,
     .argument = "NAME",
     .commands = "scan",
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(author),
     .help = "openvex: who states it (you: USER@HOST)"},
    {.name = "quiet",
     .letter = 'q',
     .kind = CR_OPTION_SWITCH,
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(quiet),
     .help = "no progress and no notes; errors and results only"},
    {.name = "verbose",
     .letter = 'v',
     .kind = CR_OPTION_SWITCH,
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(verbose),
     .help = "say what is being done"},
    {.name = "color",
     .kind = CR_OPTION_CHOICE,
     .argument = "WHEN",
     .choices = "auto always never",
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(color),
     .help = "auto (on a terminal), always or never",
     .more = "With auto, a variable NO_COLOR that is not empty means never."},
    {.name = "no-progress",
     .kind = CR_OPTION_SWITCH,
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(no_progress),
     .help = "no progress bars"},
    /* ---- judging ---- */
    {.name = "fail-on",
     .kind = CR_OPTION_TEXT,
     .argument = "GATES",
     .commands = "scan",
     .choices = "updates security reached unsupported unwatched blind critical high medium low negligible exploited "
                "fixable epss>=0.5 fix-age>14d",
     .group = CR_OPTION_GROUP_JUDGE,
     .offset = FIELD(fail_on),
     .help = "exit 1 if a gate trips, as in reached+high,exploited,unsupported",
     .more =
         "A gate is one or more of updates, security, reached, unsupported, unwatched and blind; of the known flaws "
         "critical, high, medium, low and negligible (that or worse), exploited, fixable and epss>=0.5; of fixes "
         "fix-age>14d. With + between them one thing must have them all; with , any of them is enough."},
    {.name = "ignore-file",
     .kind = CR_OPTION_LIST,
     .argument = "FILE",
     .commands = JUDGES,
     .group = CR_OPTION_GROUP_JUDGE,
     .complete = "file",
     .offset = FIELD(ignore_files),
     .help = "rules that suppress findings, each with reason, owner and expiry",
     .more = "YAML: a list 'ignore:' of rules with id, package or path (globs), and reason, owner and expires, which "
             "are mandatory. What is suppressed stays in the JSON. Expired rules and rules that meet nothing are said. "
             "May be given again."},
    {.name = "vex",
     .kind = CR_OPTION_LIST,
     .argument = "FILE",
     .commands = JUDGES,
     .group = CR_OPTION_GROUP_JUDGE,
     .complete = "file",
     .offset = FIELD(vex),
     .help = "a VEX document: OpenVEX, CSAF or CycloneDX; may be given again",
     .more = "What it says is not affected or fixed is suppressed, in its words."},
    {.name = "new-since",
     .kind = CR_OPTION_TEXT,
     .argument = "FILE",
     .commands = "scan",
     .group = CR_OPTION_GROUP_OUTPUT,
     .flag_only = TRUE,
     .complete = "file",
     .offset = FIELD(new_since),
     .help = "only what is new since FILE, an earlier JSON report; else silent",
     .more = "For mail from cron, under debsecan's headings: new security updates, fixed vulnerabilities, available "
             "security updates, new vulnerabilities."},
    {.name = "show-suppressed",
     .kind = CR_OPTION_SWITCH,
     .commands = "scan",
     .group = CR_OPTION_GROUP_OUTPUT,
     .offset = FIELD(show_suppressed),
     .help = "list the findings that rules or VEX suppress"},
    {.name = "as-of",
     .kind = CR_OPTION_DATE,
     .argument = "YYYY-MM-DD",
     .commands = JUDGES,
     .everywhere = TRUE,
     .group = CR_OPTION_GROUP_JUDGE,
     .offset = FIELD(as_of),
     .help = "judge support as of that day instead of today",
     .more = "Signatures and their dates are always judged by the real clock."},
    {.name = "command",
     .kind = CR_OPTION_TEXT,
     .argument = "COMMAND",
     .commands = LOOKS,
     .group = CR_OPTION_GROUP_JUDGE,
     .flag_only = TRUE,
     .offset = FIELD(command),
     .help = "judge reach for another start than the image's own",
     .more = "COMMAND replaces entrypoint and command, in words as a shell reads them. Nothing of it is run."},
    {.name = "env",
     .kind = CR_OPTION_LIST,
     .argument = "NAME=VALUE",
     .commands = LOOKS,
     .group = CR_OPTION_GROUP_JUDGE,
     .flag_only = TRUE,
     .offset = FIELD(environment),
     .help = "judge reach with this variable set; may be given again"},
    {.name = "platform",
     .kind = CR_OPTION_TEXT,
     .argument = "OS/ARCH",
     .commands = LOOKS,
     .group = CR_OPTION_GROUP_JUDGE,
     .offset = FIELD(platform),
     .help = "choose from a multi-platform image, as in linux/arm64"},
    /* ---- data ---- */
    {.name = "offline",
     .kind = CR_OPTION_SWITCH,
     .commands = LOOKS " db-update",
     .everywhere = TRUE,
     .group = CR_OPTION_GROUP_DATA,
     .offset = FIELD(offline),
     .help = "ask no network; what is missing then is said, exit 3",
     .more = "The local daemons are still asked."},
    {.name = "mirror",
     .kind = CR_OPTION_LIST,
     .argument = "[NAME=]URI",
     .commands = LOOKS " db-update",
     .group = CR_OPTION_GROUP_DATA,
     .key = "mirrors",
     .offset = FIELD(mirrors),
     .help = "fetch archive, registry or feed NAME from URI; may be given again",
     .more = "NAME is an archive's name, the start of its address, a registry's host, a feed of careen db status, or "
             "'advisories' for all feeds, which db update also takes without a name; URI may be a file:// folder. "
             "Identity, signatures and keys stay those of the original."},
    {.name = "max-age",
     .kind = CR_OPTION_AGE,
     .argument = "AGE",
     .commands = JUDGES " db-update",
     .group = CR_OPTION_GROUP_DATA,
     .offset = FIELD(max_age),
     .help = "how old advisories may be, as in 36h or 7d",
     .more = "Without it old ones are used and their age is shown. With it a feed that was last asked for longer ago "
             "is an error (exit 4), and db update asks for nothing that is younger."},
    {.name = "no-changelogs",
     .kind = CR_OPTION_SWITCH,
     .commands = JUDGES,
     .group = CR_OPTION_GROUP_DATA,
     .offset = FIELD(no_changelogs),
     .help = "do not fetch packages to read which flaws an update fixes"},
    {.name = "allow-expired",
     .kind = CR_OPTION_LIST,
     .argument = "ARCHIVE|all",
     .commands = JUDGES,
     .group = CR_OPTION_GROUP_DATA,
     .offset = FIELD(allow_expired),
     .help = "use an archive past its Valid-Until, and say so; may be given again"},
    {.name = "keyrings",
     .kind = CR_OPTION_TEXT,
     .argument = "DIR",
     .commands = JUDGES,
     .group = CR_OPTION_GROUP_DATA,
     .complete = "folder",
     .offset = FIELD(keyrings),
     .help = "the distributions' keys, instead of /usr/share/keyrings",
     .more =
         "DIR holds files as the distributions' packages name them, such as debian-archive-keyring.gpg. Alpine's are "
         "those that its package alpine-keys has in usr/share/apk/keys (alpine-devel@lists.alpinelinux.org-*.rsa.pub), "
         "sought in /usr/share/apk/keys too; rpm distributions' are RPM-GPG-KEY-AlmaLinux-9 and the like. Keys in an "
         "image never vouch for a distribution."},
    {.name = "plain-http",
     .kind = CR_OPTION_SWITCH,
     .commands = LOOKS,
     .group = CR_OPTION_GROUP_DATA,
     .offset = FIELD(plain_http),
     .help = "speak to registries without TLS"},
    {.name = "ca-file",
     .kind = CR_OPTION_TEXT,
     .argument = "FILE",
     .commands = LOOKS,
     .group = CR_OPTION_GROUP_DATA,
     .complete = "file",
     .offset = FIELD(ca_file),
     .help = "certificates (PEM) to trust besides the system's"},
    {.name = "layers",
     .kind = CR_OPTION_SWITCH,
     .commands = "cache-prune",
     .group = CR_OPTION_GROUP_DATA,
     .flag_only = TRUE,
     .offset = FIELD(layers),
     .help = "only the layer indexes"},
    {.name = "archives",
     .kind = CR_OPTION_SWITCH,
     .commands = "cache-prune",
     .group = CR_OPTION_GROUP_DATA,
     .flag_only = TRUE,
     .offset = FIELD(archives),
     .help = "only package lists, changelogs and support data"},
    {.name = "advisories",
     .kind = CR_OPTION_SWITCH,
     .commands = "cache-prune",
     .group = CR_OPTION_GROUP_DATA,
     .flag_only = TRUE,
     .offset = FIELD(advisories),
     .help = "only advisory data"},
    /* ---- this machine ---- */
    {.name = "config",
     .kind = CR_OPTION_TEXT,
     .argument = "FILE",
     .group = CR_OPTION_GROUP_MACHINE,
     .flag_only = TRUE,
     .complete = "file",
     .offset = FIELD(config),
     .help = "settings from FILE instead of careen.yaml",
     .more = "Without it the first of ./careen.yaml, $XDG_CONFIG_HOME/careen/careen.yaml and /etc/careen/careen.yaml "
             "is read."},
    {.name = "cache-dir",
     .kind = CR_OPTION_TEXT,
     .argument = "DIR",
     .group = CR_OPTION_GROUP_MACHINE,
     .complete = "folder",
     .offset = FIELD(cache_dir),
     .help = "the cache's folder",
     .more = "Else $XDG_CACHE_HOME/careen, or /var/cache/careen for root. It may be deleted at any time."},
    {.name = "cache-size",
     .kind = CR_OPTION_SIZE,
     .argument = "SIZE",
     .commands = LOOKS " cache-prune",
     .group = CR_OPTION_GROUP_MACHINE,
     .offset = FIELD(cache_size),
     .help = "how large the layer cache may grow (4GiB)"},
    {.name = "jobs",
     .kind = CR_OPTION_NUMBER,
     .argument = "N",
     .commands = LOOKS,
     .everywhere = TRUE,
     .group = CR_OPTION_GROUP_MACHINE,
     .offset = FIELD(jobs),
     .help = "layers read and lists fetched at once (one a processor)"},
    {.name = "help",
     .letter = 'h',
     .kind = CR_OPTION_SWITCH,
     .group = CR_OPTION_GROUP_MACHINE,
     .flag_only = TRUE,
     .offset = FIELD(help),
     .help = "this text"},
    {.name = "version",
     .kind = CR_OPTION_SWITCH,
     .commands = "",
     .group = CR_OPTION_GROUP_MACHINE,
     .flag_only = TRUE,
     .offset = FIELD(version),
     .help = "the version of careen"},
};

const char *cr_option_group_get_title(CrOptionGroup group)
{
  static const char *const titles[] = {"Output", "What is judged", "Where data come from", "This machine"};
  return titles[group];
}

const CrOption *cr_options_get(guint *count)
{
  *count = G_N_ELEMENTS(options);
  return options;
}

const CrOption *cr_options_find(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++)
    if (!strcmp(options[i].name, name))
      return &options[i];
  return NULL;
}

const CrOption *cr_options_find_letter(char letter)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++)
    if (letter && options[i].letter == letter)
      return &options[i];
  return NULL;
}

const CrOption *cr_options_find_key(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++)
    if (!options[i].flag_only && !strcmp(options[i].key ? options[i].key : options[i].name, name))
      return &options[i];
  return NULL;
}

gboolean cr_option_fits(const CrOption *option, const char *command)
{
  if (!option->commands)
    return TRUE;
  if (!command)
    return FALSE;
  g_autofree char *name = g_strdelimit(g_strdup(command), " ", '-');
  g_auto(GStrv) words = g_strsplit(option->commands, " ", -1);
  return g_strv_contains((const char *const *)words, name);
}

char *cr_option_format_variable(const CrOption *option)
{
  g_autofree char *upper = g_ascii_strup(option->name, -1);
  return g_strconcat("CAREEN_", g_strdelimit(upper, "-", '_'), NULL);
}

/* ---- from text to field ---- */

static gboolean refuse(const CrOption *option, const char *where, const char *text, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for %s: %s", text, where, why);
  return FALSE;
}

static gboolean parse_switch(const char *text, gboolean *value)
{
  static const char *const yes[] = {"1", "true", "yes", "on", NULL}, *const no[] = {"0",   "false", "no",
                                                                                    "off", "",      NULL};
  g_autofree char *lower = g_ascii_strdown(text, -1);
  *value = g_strv_contains(yes, lower);
  return *value || g_strv_contains(no, lower);
}

static gboolean parse_size(const char *text, guint64 *bytes)
{
  static const struct {
    const char *unit;
    guint64 bytes;
  } units[] = {{"", 1},
               {"B", 1},
               {"K", 1ULL << 10},
               {"KiB", 1ULL << 10},
               {"kB", 1000},
               {"M", 1ULL << 20},
               {"MiB", 1ULL << 20},
               {"MB", 1000000},
               {"G", 1ULL << 30},
               {"GiB", 1ULL << 30},
               {"GB", 1000000000},
               {"T", 1ULL << 40},
               {"TiB", 1ULL << 40},
               {"TB", 1000000000000}};
  if (!g_ascii_isdigit(*text))
    return FALSE;
  char *end = NULL;
  errno = 0;
  guint64 number = g_ascii_strtoull(text, &end, 10);
  while (*end == ' ')
    end++;
  for (guint i = 0; i < G_N_ELEMENTS(units); i++)
    if (!g_ascii_strcasecmp(end, units[i].unit))
      return !errno && number && g_uint64_checked_mul(bytes, number, units[i].bytes);
  return FALSE;
}

static gboolean parse_age(const char *text, guint64 *seconds)
{
  char *end = NULL;
  guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  guint64 unit = !end ? 0 : !strcmp(end, "h") ? 3600 : !strcmp(end, "d") ? 86400 : !strcmp(end, "w") ? 604800 : 0;
  *seconds = number * unit;
  return unit && number && number <= 10000;
}

static gboolean is_choice(const CrOption *option, const char *text)
{
  g_auto(GStrv) words = g_strsplit(option->choices, " ", -1);
  return g_strv_contains((const char *const *)words, text);
}

static gboolean set_text(const CrOption *option, char **field, const char *text, const char *where, GError **error)
{
  if (option->kind == CR_OPTION_CHOICE && !is_choice(option, text)) {
    g_auto(GStrv) words = g_strsplit(option->choices, " ", -1);
    g_autofree char *list = g_strjoinv(", ", words);
    g_autofree char *near = cr_near_format(text, (const char *const *)words, g_strv_length(words));
    g_autofree char *why = g_strdup_printf("it is one of %s", list);
    refuse(option, where, text, why, error);
    if (near && error)
      cr_error_set_hint(*error, "did you mean %s?", near);
    return FALSE;
  }
  if (!*text)
    return refuse(option, where, text, "it is empty", error);
  g_free(*field);
  *field = g_strdup(text);
  return TRUE;
}

static gboolean add_to_list(const CrOption *option, GPtrArray *list, const char *text, const char *where,
                            GError **error)
{
  gboolean pair = strchr(option->argument, '=') && *option->argument != '[';
  if (pair && (!strchr(text, '=') || *text == '='))
    return refuse(option, where, text, "it is written NAME=VALUE", error);
  if (!*text)
    return refuse(option, where, text, "it is empty", error);
  g_ptr_array_add(list, g_strdup(text));
  return TRUE;
}

gboolean cr_option_set(const CrOption *option, CrSettings *settings, const char *text, const char *where,
                       GError **error)
{
  void *field = (char *)settings + option->offset;
  char *end = NULL;
  switch (option->kind) {
  case CR_OPTION_SWITCH:
    if (!text)
      *(gboolean *)field = TRUE;
    else if (!parse_switch(text, field))
      return refuse(option, where, text, "it is yes or no", error);
    return TRUE;
  case CR_OPTION_TEXT:
  case CR_OPTION_CHOICE:
    return set_text(option, field, text, where, error);
  case CR_OPTION_LIST:
    return add_to_list(option, *(GPtrArray **)field, text, where, error);
  case CR_OPTION_NUMBER: {
    guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
    if (!number || *end || number > 1024)
      return refuse(option, where, text, "it is a number from 1 to 1024", error);
    *(guint *)field = (guint)number;
    return TRUE;
  }
  case CR_OPTION_SIZE:
    return parse_size(text, field) || refuse(option, where, text, "it is a size such as 500M or 4GiB", error);
  case CR_OPTION_AGE:
    return parse_age(text, field) || refuse(option, where, text, "it is an age such as 36h or 7d", error);
  case CR_OPTION_DATE:
    return cr_day_parse(text, field) || refuse(option, where, text, "it is a day such as 2026-07-01", error);
  }
  g_assert_not_reached();
}

void cr_option_reset(const CrOption *option, CrSettings *settings)
{
  void *field = (char *)settings + option->offset;
  if (option->kind == CR_OPTION_LIST && !option->key)
    g_ptr_array_set_size(*(GPtrArray **)field, 0);
}
