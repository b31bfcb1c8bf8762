/* SPDX-License-Identifier: Apache-2.0 */
/* Launchers: programs that only start another one, each by its own grammar of arguments. Where they are alike a row of
 * the table says all; the odd ones have a function. Sources: each program's manual page. */
#include <string.h>

#include "reach/script.h"

typedef struct {
  const char *names;       /* space separated */
  const char *valued;      /* letters of short options with a value in the same or the next word */
  const char *long_valued; /* long options with a value in the next word, space separated; "--x=y" always works */
  guint operands;          /* words that are no options before the command: a duration, a user, a lock file */
  char user;               /* 'o': the first operand is a user; else the letter of the option that names one; 0: none */
  gboolean assigns;        /* NAME=VALUE words before the command set the environment */
  void (*parse)(const char *const *argv, CrArena *arena, CrLaunch *out); /* instead of all that */
} CrLauncher;

static void parse_env(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_su(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_runuser(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_find(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_xargs(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_start_stop_daemon(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_flock(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_nice(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_watch(const char *const *argv, CrArena *arena, CrLaunch *out);
static void parse_sudo(const char *const *argv, CrArena *arena, CrLaunch *out);

static const CrLauncher launchers[] = {
    {.names = "env", .parse = parse_env},
    {.names = "nice", .parse = parse_nice},
    {.names = "ionice", .valued = "cnpPu", .long_valued = "--class --classdata"},
    {.names = "chrt", .valued = "TPDp", .operands = 1},
    {.names = "taskset", .valued = "", .operands = 1},
    {.names = "nohup setsid chronic eatmydata faketty unbuffer", .valued = ""},
    {.names = "stdbuf", .valued = "ioe", .long_valued = "--input --output --error"},
    {.names = "timeout", .valued = "ks", .long_valued = "--kill-after --signal", .operands = 1},
    {.names = "time", .valued = "fo", .long_valued = "--format --output"},
    {.names = "chroot", .valued = "", .operands = 1},
    {.names = "prlimit choom", .valued = "pn", .long_valued = "--pid --adjust"},
    {.names = "numactl", .valued = "iNCmplP", .long_valued = "--interleave --cpunodebind --physcpubind --membind"},
    {.names = "unshare nsenter", .valued = "RwSGt", .long_valued = "--root --wd --setuid --setgid --target"},
    {.names = "exec", .valued = "a"},
    {.names = "command", .valued = ""},
    {.names = "su-exec gosu setuidgid s6-setuidgid", .valued = "", .operands = 1, .user = 'o'},
    {.names = "setpriv",
     .valued = "d",
     .long_valued = "--reuid --regid --ruid --euid --rgid --egid --groups --inh-caps --ambient-caps --bounding-set "
                    "--securebits --selinux-label --apparmor-profile --pdeathsig"},
    {.names = "sudo doas", .parse = parse_sudo},
    {.names = "su", .parse = parse_su},
    {.names = "runuser", .parse = parse_runuser},
    {.names = "tini tini-static docker-init", .valued = "pe"},
    {.names = "dumb-init", .valued = "r", .long_valued = "--rewrite"},
    {.names = "catatonit", .valued = "L"},
    {.names = "chpst softlimit", .valued = "ubenm/CdoptfcrlL", .user = 'u'},
    {.names = "envdir s6-envdir", .valued = "", .operands = 1},
    {.names = "setlock s6-setlock", .valued = "t", .operands = 1},
    {.names = "with-contenv s6-env s6-notifyoncheck exec-notify", .valued = "dwntc", .assigns = TRUE},
    {.names = "authbind", .valued = "", .long_valued = "--depth"},
    {.names = "dbus-run-session", .valued = "", .long_valued = "--config-file --dbus-daemon"},
    {.names = "xvfb-run", .valued = "efnpsw", .long_valued = "--error-file --server-num --server-args --wait"},
    {.names = "flock", .parse = parse_flock},
    {.names = "watch", .parse = parse_watch},
    {.names = "find", .parse = parse_find},
    {.names = "xargs", .parse = parse_xargs},
    {.names = "start-stop-daemon", .parse = parse_start_stop_daemon},
};

static gboolean is_listed(const char *list, const char *word)
{
  gsize length = strlen(word);
  for (const char *at = list; at && *at;) {
    gsize n = strcspn(at, " ");
    if (n == length && memcmp(at, word, n) == 0)
      return TRUE;
    at += n + strspn(at + n, " ");
  }
  return FALSE;
}

static guint count(const char *const *argv)
{
  guint n = 0;
  while (argv[n])
    n++;
  return n;
}

/* NAME=VALUE, by the shell's rule for names. */
static gboolean is_assignment(const char *word)
{
  gsize n = 0;
  while (g_ascii_isalnum(word[n]) || word[n] == '_')
    n++;
  return n && word[n] == '=' && !g_ascii_isdigit(word[0]);
}

/* Options from argv[*I] on; each one with a value is given to TAKE. Ends at the first word that is none, or behind
 * "--". */
typedef void (*CrTakeOption)(const char *option, const char *value, gpointer data);
static void skip_options(const char *const *argv, guint *i, const char *valued, const char *long_valued,
                         CrTakeOption take, gpointer data)
{
  for (; argv[*i] && argv[*i][0] == '-' && argv[*i][1]; (*i)++) {
    const char *word = argv[*i];
    if (strcmp(word, "--") == 0) {
      (*i)++;
      return;
    }
    if (word[1] == '-') {
      const char *equals = strchr(word, '=');
      const char *value = equals ? equals + 1 : is_listed(long_valued, word) && argv[*i + 1] ? argv[++*i] : NULL;
      if (take)
        take(word, value, data);
      continue;
    }
    for (const char *letter = word + 1; *letter; letter++) {
      char option[3] = {'-', *letter, 0};
      if (!strchr(valued ? valued : "", *letter)) {
        if (take)
          take(option, NULL, data);
        continue;
      }
      const char *value = letter[1] ? letter + 1 : argv[*i + 1] ? argv[++*i] : NULL;
      if (take)
        take(option, value, data);
      break;
    }
  }
}

static void take_assignments(const char *const *argv, guint *i, CrLaunch *out)
{
  for (; argv[*i] && is_assignment(argv[*i]); (*i)++)
    g_ptr_array_add(out->changes, (gpointer)argv[*i]);
}

typedef struct {
  const CrLauncher *launcher;
  CrLaunch *out;
} TakeUser;

static void take_user(const char *option, const char *value, gpointer data)
{
  const TakeUser *take = data;
  if ((value && take->launcher->user && option[1] == take->launcher->user && !option[2]) ||
      g_str_has_prefix(option, "--reuid"))
    take->out->user = value;
}

static void parse_plain(const CrLauncher *launcher, const char *const *argv, CrLaunch *out)
{
  guint i = 1;
  TakeUser take = {launcher, out};
  skip_options(argv, &i, launcher->valued, launcher->long_valued, take_user, &take);
  if (launcher->user == 'o' && argv[i])
    out->user = argv[i];
  for (guint n = 0; n < launcher->operands && argv[i]; n++)
    i++;
  if (launcher->operands && argv[i] && strcmp(argv[i], "--") == 0)
    i++;
  if (launcher->assigns)
    take_assignments(argv, &i, out);
  out->command = i;
}

gboolean cr_launcher_is(const char *path)
{
  const char *slash = strrchr(path, '/');
  for (guint i = 0; i < G_N_ELEMENTS(launchers); i++)
    if (is_listed(launchers[i].names, slash ? slash + 1 : path))
      return TRUE;
  return FALSE;
}

gboolean cr_launcher_parse(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  const char *slash = strrchr(argv[0], '/');
  const char *name = slash ? slash + 1 : argv[0];
  for (guint i = 0; i < G_N_ELEMENTS(launchers); i++) {
    if (!is_listed(launchers[i].names, name))
      continue;
    *out = (CrLaunch){.changes = g_ptr_array_new()};
    out->command = count(argv);
    if (launchers[i].parse)
      launchers[i].parse(argv, arena, out);
    else
      parse_plain(&launchers[i], argv, out);
    return TRUE;
  }
  return FALSE;
}

/* ---- the odd ones ---- */

typedef struct {
  CrArena *arena;
  CrLaunch *out;
  const char *split; /* of env -S */
} EnvOptions;

static void take_env_option(const char *option, const char *value, gpointer data)
{
  EnvOptions *env = data;
  if (strcmp(option, "-i") == 0 || strcmp(option, "--ignore-environment") == 0)
    env->out->clear = TRUE;
  else if (value && (strcmp(option, "-u") == 0 || g_str_has_prefix(option, "--unset")))
    g_ptr_array_add(env->out->changes, (gpointer)value);
  else if (value && (strcmp(option, "-C") == 0 || g_str_has_prefix(option, "--chdir")))
    env->out->workdir = value;
  else if (value && (strcmp(option, "-S") == 0 || g_str_has_prefix(option, "--split-string")))
    env->split = value;
}

/* Words of env -S: blanks part them, quotes and backslashes as in env(1); variables stay unknown. */
static void split_words(const char *text, CrArena *arena, GPtrArray *out)
{
  g_autoptr(GString) word = g_string_new(NULL);
  gboolean open = FALSE;
  char quote = 0;
  for (const char *at = text; *at; at++) {
    if (!quote && strchr(" \t\n", *at)) {
      if (open)
        g_ptr_array_add(out, (gpointer)cr_arena_strdup(arena, word->str));
      g_string_truncate(word, 0);
      open = FALSE;
      continue;
    }
    open = TRUE;
    if (quote ? *at == quote : *at == '"' || *at == '\'') {
      quote = quote ? 0 : *at;
      continue;
    }
    if (*at == '\\' && at[1] && quote != '\'')
      at++;
    else if (*at == '$' && at[1] == '{' && quote != '\'') {
      at += strcspn(at, "}");
      g_string_append(word, CR_WORD_UNKNOWN);
      if (!*at)
        break;
      continue;
    }
    g_string_append_c(word, *at);
  }
  if (open)
    g_ptr_array_add(out, (gpointer)cr_arena_strdup(arena, word->str));
}

static const char *const *copy_words(const GPtrArray *words, guint from, CrArena *arena)
{
  const char **copy = cr_arena_alloc(arena, (words->len - from + 1) * sizeof *copy);
  for (guint i = from; i < words->len; i++)
    copy[i - from] = words->pdata[i];
  return copy;
}

/* env [-i] [-u NAME] [-C DIR] [-S STRING] [NAME=VALUE…] [COMMAND [ARG…]] */
static void parse_env(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  guint i = 1;
  EnvOptions env = {arena, out, NULL};
  skip_options(argv, &i, "uCSa", "--unset --chdir --split-string --argv0", take_env_option, &env);
  for (; argv[i] && strcmp(argv[i], "-") == 0; i++)
    out->clear = TRUE;
  if (!env.split) {
    take_assignments(argv, &i, out);
    out->command = i;
    return;
  }
  /* What -S gives stands before the words that are left, and may hold options itself. */
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  g_ptr_array_add(words, (gpointer)argv[0]);
  split_words(env.split, arena, words);
  for (; argv[i]; i++)
    g_ptr_array_add(words, (gpointer)argv[i]);
  out->words = copy_words(words, 0, arena);
  guint at = 1;
  EnvOptions inner = {arena, out, NULL};
  skip_options(out->words, &at, "uC", "--unset --chdir", take_env_option, &inner);
  take_assignments(out->words, &at, out);
  out->words += at;
}

/* nice [-n N | -N | --adjustment=N] COMMAND… */
static void parse_nice(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  (void)arena;
  guint i = 1;
  while (argv[i] && argv[i][0] == '-' && (g_ascii_isdigit(argv[i][1]) || argv[i][1] == '-') &&
         g_ascii_isdigit(argv[i][1] == '-' ? argv[i][2] : argv[i][1]))
    i++; /* -10 and --10, the old form */
  skip_options(argv, &i, "n", "--adjustment", NULL, NULL);
  out->command = i;
}

typedef struct {
  CrLaunch *out;
  gboolean command, login;
} SuOptions;

static void take_su_option(const char *option, const char *value, gpointer data)
{
  SuOptions *su = data;
  if (value && (strcmp(option, "-c") == 0 || g_str_has_prefix(option, "--command") ||
                g_str_has_prefix(option, "--session-command")))
    su->out->shell_text = value;
  else if (value && (strcmp(option, "-s") == 0 || g_str_has_prefix(option, "--shell")))
    su->out->shell = value;
  else if (value && (strcmp(option, "-u") == 0 || g_str_has_prefix(option, "--user")))
    su->out->user = value;
}

/* su [options] [-] [USER [ARGUMENT…]]: arguments go to the shell, so options may stand behind the user too. */
static void parse_su(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  (void)arena;
  SuOptions su = {.out = out};
  static const char *const with_value =
      "--command --session-command --shell --group --supp-group --whitelist-environment";
  for (guint i = 1; argv[i];) {
    guint before = i;
    skip_options(argv, &i, "csgGCwT", with_value, take_su_option, &su);
    if (!argv[i])
      break;
    if (strcmp(argv[i], "-") != 0 && !out->user)
      out->user = argv[i];
    i = MAX(i + 1, before + 1);
  }
  if (!out->user)
    out->user = "root";
  out->shell_asked = !out->shell_text;
}

/* runuser -u USER [--] COMMAND…, else as su. */
static void parse_runuser(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  guint i = 1;
  SuOptions options = {.out = out};
  skip_options(argv, &i, "ucsgGw", "--user --command --session-command --shell --group --supp-group", take_su_option,
               &options);
  if (out->user) {
    out->command = i;
    return;
  }
  parse_su(argv, arena, out);
}

static void take_sudo_option(const char *option, const char *value, gpointer data)
{
  SuOptions *options = data;
  if (value && (strcmp(option, "-u") == 0 || g_str_has_prefix(option, "--user")))
    options->out->user = value;
  else if (value && (strcmp(option, "-D") == 0 || g_str_has_prefix(option, "--chdir")))
    options->out->workdir = value;
  options->login |= !value && (strcmp(option, "-i") == 0 || strcmp(option, "-s") == 0);
}

/* sudo [-u USER] [-E] [NAME=VALUE…] [COMMAND…]; -i and -s alone are a shell. */
static void parse_sudo(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  (void)arena;
  guint i = 1;
  SuOptions options = {.out = out};
  out->user = "root";
  skip_options(argv, &i, "ugpCcDRTrth", "--user --group --prompt --close-from --chdir --chroot --host --role --type",
               take_sudo_option, &options);
  take_assignments(argv, &i, out);
  out->command = i;
  out->shell_asked = options.login && !argv[i];
}

/* find … -exec COMMAND… ; (also -execdir, -ok, -okdir): several may stand in one call; what follows the first is left
 * in `then`, as one more find. */
static void parse_find(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  out->possible_only = TRUE;
  for (guint i = 1; argv[i]; i++) {
    if (!g_str_has_prefix(argv[i], "-exec") && !g_str_has_prefix(argv[i], "-ok"))
      continue;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    guint end = i + 1;
    for (; argv[end] && strcmp(argv[end], ";") != 0 && strcmp(argv[end], "+") != 0; end++)
      g_ptr_array_add(words, (gpointer)(strcmp(argv[end], "{}") == 0 ? CR_WORD_UNKNOWN : argv[end]));
    out->words = copy_words(words, 0, arena);
    g_ptr_array_set_size(words, 0);
    g_ptr_array_add(words, (gpointer)argv[0]);
    for (end += argv[end] ? 1 : 0; argv[end]; end++)
      g_ptr_array_add(words, (gpointer)argv[end]);
    out->then = words->len > 1 ? copy_words(words, 0, arena) : NULL;
    return;
  }
}

/* xargs [options] [COMMAND [INITIAL-ARGS…]]: what comes from its input is not known; without a command it echoes. */
static void parse_xargs(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  guint i = 1;
  out->possible_only = TRUE;
  skip_options(argv, &i, "adEILnPs", "--arg-file --delimiter --max-lines --max-args --max-procs --max-chars", NULL,
               NULL);
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  for (guint at = i; argv[at]; at++)
    g_ptr_array_add(words, (gpointer)argv[at]);
  if (words->len)
    g_ptr_array_add(words, (gpointer)CR_WORD_UNKNOWN);
  out->words = copy_words(words, 0, arena);
}

typedef struct {
  CrLaunch *out;
  const char *exec, *startas;
} DaemonOptions;

static void take_daemon_option(const char *option, const char *value, gpointer data)
{
  DaemonOptions *daemon = data;
  if (value && (strcmp(option, "-x") == 0 || g_str_has_prefix(option, "--exec")))
    daemon->exec = value;
  else if (value && (strcmp(option, "-a") == 0 || g_str_has_prefix(option, "--startas")))
    daemon->startas = value;
  else if (value && (strcmp(option, "-c") == 0 || g_str_has_prefix(option, "--chuid")))
    daemon->out->user = value;
  else if (value && (strcmp(option, "-d") == 0 || g_str_has_prefix(option, "--chdir")))
    daemon->out->workdir = value;
}

/* start-stop-daemon --start --exec PROGRAM [--startas PATH] … [-- ARGUMENTS…] */
static void parse_start_stop_daemon(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  guint i = 1;
  DaemonOptions daemon = {.out = out};
  skip_options(argv, &i, "xapnugsRcdrkNPIO",
               "--exec --startas --pidfile --name --user --group --signal --retry --chuid --chdir --chroot --umask "
               "--nicelevel --procsched --iosched --output --pid --ppid --notify-timeout",
               take_daemon_option, &daemon);
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  const char *program = daemon.startas ? daemon.startas : daemon.exec;
  if (program)
    g_ptr_array_add(words, (gpointer)program);
  for (; program && argv[i]; i++)
    g_ptr_array_add(words, (gpointer)argv[i]);
  out->words = copy_words(words, 0, arena);
}

static void take_flock_option(const char *option, const char *value, gpointer data)
{
  CrLaunch *out = data;
  if (value && (strcmp(option, "-c") == 0 || g_str_has_prefix(option, "--command")))
    out->shell_text = value;
}

/* flock [options] FILE|DIR COMMAND… | FILE -c TEXT | FD */
static void parse_flock(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  (void)arena;
  guint i = 1;
  skip_options(argv, &i, "wE", "--timeout --wait --conflict-exit-code", NULL, NULL);
  if (argv[i])
    i++;
  guint command = i;
  skip_options(argv, &i, "c", "--command", take_flock_option, out);
  out->command = out->shell_text ? i : command;
}

/* watch [options] COMMAND…: joined and given to sh -c, unless -x. */
static void parse_watch(const char *const *argv, CrArena *arena, CrLaunch *out)
{
  guint i = 1;
  skip_options(argv, &i, "nq", "--interval --equexit", NULL, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  for (; argv[i]; i++)
    g_string_append_printf(text, "%s%s", text->len ? " " : "", argv[i]);
  out->shell_text = text->len ? cr_arena_strdup(arena, text->str) : NULL;
}
