/* SPDX-License-Identifier: Apache-2.0 */
/* careen __man PAGE: the source of a man page in scdoc(5), from the same tables as --help. For the build only. */
#include "base/error.h"
#include "cli/command.h"
#include "fleet/config-keys.h"
#include "cli/help.h"
#include "cli/options.h"

#include <string.h>

/* scdoc reads _, * and \ as markup, also inside words. */
static void append_escaped(GString *out, const char *text)
{
  for (const char *p = text; *p; p++) {
    if (strchr("_*\\#<>`~[]", *p))
      g_string_append_c(out, '\\');
    g_string_append_c(out, *p);
  }
}

static void append_option(GString *out, const CrOption *option, const CrCommand *command)
{
  g_string_append(out, "*");
  if (option->letter)
    g_string_append_printf(out, "-%c*, *", option->letter);
  g_string_append_printf(out, "--%s*", option->name);
  if (option->argument) {
    g_string_append(out, " ");
    append_escaped(out, option->argument);
  }
  g_string_append(out, "\n\t");
  g_autofree char *first = cr_help_format_option(option, command);
  if (option->kind != CR_OPTION_CHOICE) /* its words begin with one to be typed */
    first[0] = g_ascii_toupper(first[0]);
  append_escaped(out, first);
  g_string_append(out, ".");
  if (option->more) {
    g_string_append(out, " ");
    append_escaped(out, option->more);
  }
  if (!option->flag_only) {
    g_autofree char *variable = cr_option_format_variable(option);
    g_string_append(out, " Variable ");
    append_escaped(out, variable);
    g_string_append_printf(out, ", key *%s:*.", option->key ? option->key : option->name);
  }
  g_string_append(out, "\n\n");
}

static void append_options(GString *out, const CrCommand *command)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint group = 0; group < CR_OPTION_GROUP_COUNT; group++) {
    gboolean titled = FALSE;
    for (guint i = 0; i < count; i++) {
      if (options[i].group != group || !cr_option_fits(&options[i], command ? command->name : NULL))
        continue;
      if (!titled)
        g_string_append_printf(out, "## %s\n\n", cr_option_group_get_title((CrOptionGroup)group));
      titled = TRUE;
      append_option(out, &options[i], command);
    }
  }
}

static const char exit_codes[] =
    "# EXIT STATUS\n\n"
    "*0*\n\tDone, and no gate tripped.\n\n"
    "*1*\n\tA gate (*--fail-on*) tripped, or a verification failed.\n\n"
    "*2*\n\tWrong use, or no report possible because of the input: a bad option, a bad "
    "careen.yaml, not an image, a corrupt or hostile one.\n\n"
    "*3*\n\tA report, but in part: something could not be examined; the report says what.\n\n"
    "*4*\n\tNo report possible because of the environment: no daemon, no network, no "
    "permission, no space.\n\n"
    "*70*\n\tA bug in careen.\n\n"
    "A tripped gate wins over 3. With several images the code is the first of 2, 4, 1, 3, 0 that "
    "occurs.\n\n";

static const char images[] =
    "# IMAGE\n\n"
    "*docker:*REF, *podman:*REF\n\tThe local daemon or storage.\n\n"
    "*registry:*REF, *docker://*REF\n\tA registry, with the credentials of ~/.docker/config.json.\n\n"
    "*docker-archive:*FILE, *oci-archive:*FILE, *oci:*DIR\\[:TAG\\]\n\tWhat docker save, skopeo copy and buildah push "
    "write, plain or compressed.\n\n"
    "*rootfs:*DIR, *rootfs:*FILE.tar\\[.gz|.xz|.zst\\]\n\tA root file system with no image config.\n\n"
    "*container:*NAME\n\tA running container: its image and its writable layer.\n\n"
    "*host:/*\n\tThis machine.\n\n"
    "*sbom:*FILE\n\tA list of packages as CycloneDX, SPDX or careen's own JSON.\n\n"
    "a plain word\n\tA path that exists; else the daemon's; else a registry's. The report says what was chosen.\n\n";

static void append_see_also(GString *out, const char *but)
{
  g_string_append(out, "# SEE ALSO\n\n");
  if (strcmp(but, "careen") != 0)
    g_string_append(out, "*careen*(1), ");
  const CrCommand *const *commands = cr_commands_get();
  for (guint i = 0; commands[i]; i++) {
    if (commands[i]->hidden || !strcmp(commands[i]->name, but))
      continue;
    g_autofree char *page = g_strdelimit(g_strdup(commands[i]->name), " ", '-');
    g_string_append_printf(out, "*careen-%s*(1), ", page);
  }
  g_string_append(out, "*careen.yaml*(5)\n");
}

static void append_command_page(GString *out, const CrCommand *command)
{
  g_autofree char *page = g_strdelimit(g_strdup(command->name), " ", '-');
  g_string_append_printf(out, "careen-%s(1)\n\n# NAME\n\ncareen-%s - %s\n\n# SYNOPSIS\n\n*careen %s* \\[OPTION…\\]",
                         page, page, command->summary, command->name);
  if (command->arguments) {
    g_string_append(out, " ");
    append_escaped(out, command->arguments);
  }
  g_string_append(out, "\n\n# DESCRIPTION\n\n");
  append_escaped(out, command->description);
  g_string_append(out, "\n\n# OPTIONS\n\n");
  append_options(out, command);
  if (command->arguments && strstr(command->arguments, "IMAGE"))
    g_string_append(out, images);
  if (command->examples) {
    g_string_append(out, "# EXAMPLES\n\n");
    for (const CrExample *example = command->examples; example->line; example++) {
      append_escaped(out, example->line);
      g_string_append(out, "\n\t");
      append_escaped(out, example->what);
      g_string_append(out, "\n\n");
    }
  }
  g_string_append(out, exit_codes);
  append_see_also(out, command->name);
}

static void append_main_page(GString *out)
{
  g_string_append(
      out,
      "careen(1)\n\n# NAME\n\ncareen - the truth about a container image, and what to do about it\n\n"
      "# SYNOPSIS\n\n*careen* COMMAND \\[OPTION…\\] \\[ARGUMENT…\\]\n\n# DESCRIPTION\n\n"
      "careen says what is in a container image, which fixes exist and could be installed today, who watches each part "
      "and until when, what its base is and whether that moved, and which of it the image's own process can reach. "
      "Looking needs no root, writes nothing to a daemon, and executes nothing of the image. What acts (*patch*, "
      "*rebuild*, *apply*, *watch*, *rollback*) proves what it made before that gets a name.\n\n# COMMANDS\n\n");
  const CrCommand *const *commands = cr_commands_get();
  for (guint i = 0; commands[i]; i++) {
    if (commands[i]->hidden)
      continue;
    const char *title = cr_commands_find_title(commands[i]);
    if (title)
      g_string_append_printf(out, "## %s\n\n", title);
    g_string_append_printf(out, "*%s*", commands[i]->name);
    if (commands[i]->arguments) {
      g_string_append(out, " ");
      append_escaped(out, commands[i]->arguments);
    }
    g_string_append(out, "\n\t");
    append_escaped(out, commands[i]->summary);
    g_string_append(out, "\n\n");
  }
  g_string_append(out, "# OPTIONS OF EVERY COMMAND\n\n");
  append_options(out, NULL);
  g_string_append(out, images);
  g_string_append(
      out,
      "# ENVIRONMENT\n\n"
      "*CAREEN\\_…*\n\tEvery option with a variable of its own: *--fail-on* is CAREEN\\_FAIL\\_ON. A flag wins over "
      "the variable, the variable over careen.yaml.\n\n"
      "*NO\\_COLOR*\n\tNo colours unless *--color* says so.\n\n"
      "*DOCKER\\_HOST*, *CONTAINER\\_HOST*\n\tWhere the Docker daemon and Podman's service listen.\n\n"
      "*SOURCE\\_DATE\\_EPOCH*\n\tThe time stamps in output, and nothing else.\n\n"
      "*http\\_proxy*, *https\\_proxy*, *no\\_proxy*\n\tProxies, as usual.\n\n"
      "# FILES\n\n"
      "./careen.yaml, $XDG\\_CONFIG\\_HOME/careen/careen.yaml, /etc/careen/careen.yaml\n\tSettings: the first that is "
      "there.\n\n"
      "$XDG\\_CACHE\\_HOME/careen, for root /var/cache/careen\n\tThe cache, safe to delete at any time.\n\n");
  g_string_append(out, exit_codes);
  append_see_also(out, "careen");
}

/* What stands below a key, by its name: the maps of careen.yaml. */
static const CrConfigKey *find_keys_below(const char *name)
{
  static const struct {
    const char *name;
    const CrConfigKey *(*get)(void);
  } rows[] = {
      {"images", cr_config_get_image_keys},  {"build", cr_config_get_build_keys},
      {"policy", cr_config_get_policy_keys}, {"minimum", cr_config_get_minimum_keys},
      {"notify", cr_config_get_notify_keys},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i].name, name))
      return rows[i].get();
  return NULL;
}

static void append_keys(GString *out, const CrConfigKey *keys, guint depth)
{
  for (const CrConfigKey *key = keys; key->name; key++) {
    for (guint i = 0; i < depth; i++)
      g_string_append_c(out, '\t');
    g_string_append_printf(out, "*%s:*\n", key->name);
    for (guint i = 0; i <= depth; i++)
      g_string_append_c(out, '\t');
    append_escaped(out, key->what);
    g_string_append(out, ".\n\n");
    const CrConfigKey *below =
        depth < 2 && !(depth == 1 && !strcmp(key->name, "policy")) ? find_keys_below(key->name) : NULL;
    if (below)
      append_keys(out, below, depth + 1);
  }
}

static void append_config_page(GString *out)
{
  g_string_append(
      out, "careen.yaml(5)\n\n# NAME\n\ncareen.yaml - settings of careen(1)\n\n# DESCRIPTION\n\n"
           "A YAML map. The first of ./careen.yaml, $XDG\\_CONFIG\\_HOME/careen/careen.yaml and "
           "/etc/careen/careen.yaml is read, or the one that *--config* names. A key that careen does not know is an "
           "error with its line and column.\n\n# KEYS\n\n");
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    if (options[i].flag_only)
      continue;
    const char *value = options[i].key                        ? "a map of NAME: URI"
                        : options[i].kind == CR_OPTION_SWITCH ? "yes or no"
                        : options[i].kind == CR_OPTION_LIST   ? "a list"
                                                              : options[i].argument;
    g_string_append_printf(out, "*%s:* ", options[i].key ? options[i].key : options[i].name);
    append_escaped(out, value);
    g_string_append(out, "\n\tAs *--");
    g_string_append_printf(out, "%s*: ", options[i].name);
    append_escaped(out, options[i].help);
    g_string_append(out, ".\n\n");
  }
  g_string_append(out, "# KEYS OF THE FLEET\n\nRelative paths are from the folder of the file.\n\n");
  append_keys(out, cr_fleet_config_get_keys(), 0);
  g_string_append(out,
                  "# RULES\n\n*ignore:* a list\n\tRules that suppress findings, as in a file of *--ignore-file*: each "
                  "has id, package or path, and reason, owner and expires.\n\n");
  g_string_append(out, "# EXAMPLE\n\n```\nfail-on: reached+security,unsupported\ncache-size: 8GiB\nmirrors:\n"
                       "  bookworm: http://deb.debian.org/debian\n```\n\n# SEE ALSO\n\n*careen*(1)\n");
}

static int run_man(const CrCall *call, GError **error)
{
  g_autofree char *name = g_strjoinv(" ", call->arguments);
  g_autoptr(GString) out = g_string_new(NULL);
  const CrCommand *command = cr_commands_find(name);
  if (!strcmp(name, "careen"))
    append_main_page(out);
  else if (!strcmp(name, "careen.yaml"))
    append_config_page(out);
  else if (command)
    append_command_page(out, command);
  else {
    cr_commands_set_unknown(name, error);
    return -1;
  }
  return cr_output_write(call->output, out->str, out->len, error) ? 0 : -1;
}

const CrCommand cr_command_man = {
    .name = "__man",
    .arguments = "PAGE",
    .min = 1,
    .max = 2,
    .hidden = TRUE,
    .summary = "the source of a man page",
    .description = "Print the scdoc source of the man page of a command, of 'careen' or of 'careen.yaml'.",
    .run = run_man,
};
