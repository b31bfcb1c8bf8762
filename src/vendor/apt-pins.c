/* SPDX-License-Identifier: Apache-2.0 */
/* apt_preferences(5). Order counts: of general pins and of specific ones the first that fits wins; files are read
 * preferences first, then preferences.d by name. */
#include "base/limits.h"
#include "base/number.h"
#include "vendor/apt.h"
#include <fnmatch.h>
#include <regex.h>
#include <string.h>

typedef enum { PIN_VERSION, PIN_RELEASE, PIN_ORIGIN } PinType;

typedef struct {
  PinType type;
  const char *name, *arch; /* NULL name: general */
  gboolean source;         /* src:NAME */
  int priority;
  const char *from;
  const char *data; /* of version and origin */
  /* of release; NULL: not asked */
  const char *archive, *codename, *version, *origin, *label, *component, *architecture, *any_release;
  gboolean match_all;
} Pin;

struct CrAptPins {
  CrArena *arena;
  GArray *pins; /* Pin */
};

CrAptPins *cr_apt_pins_new(CrArena *arena)
{
  CrAptPins *pins = cr_arena_new0(arena, CrAptPins);
  pins->arena = arena;
  return pins;
}

void cr_apt_pins_free(gpointer pins)
{
  CrAptPins *all = pins;
  if (all)
    g_clear_pointer(&all->pins, g_array_unref);
}

static guint count_pins(const CrAptPins *pins)
{
  return pins->pins ? pins->pins->len : 0;
}

const char *cr_apt_pins_get_first_file(const CrAptPins *pins)
{
  return count_pins(pins) ? g_array_index(pins->pins, Pin, 0).from : NULL;
}

/* ---- matching ---- */

/* /regular expression/ or shell pattern, case ignored. */
static gboolean match_expression(const char *pattern, const char *text)
{
  gsize bytes = strlen(pattern);
  if (bytes >= 2 && pattern[0] == '/' && pattern[bytes - 1] == '/') {
    g_autofree char *expression = g_strndup(pattern + 1, bytes - 2);
    regex_t compiled;
    if (regcomp(&compiled, expression, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
      return FALSE;
    gboolean matches = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches;
  }
  return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

static gboolean asks(const char *pattern, const char *text)
{
  return !pattern || match_expression(pattern, text);
}

/* A version pin matches by shell pattern; apt's own prefix rule ("1.2*") is the same thing. */
static gboolean match_release(const Pin *pin, const CrAptFileNames *file)
{
  if (pin->match_all)
    return TRUE;
  if (file->status && (pin->version || pin->origin || pin->label || pin->codename))
    return FALSE;
  if (!pin->archive && !pin->codename && !pin->version && !pin->origin && !pin->label && !pin->component &&
      !pin->architecture && !pin->any_release)
    return FALSE;
  return asks(pin->archive, file->archive) && asks(pin->codename, file->codename) &&
         asks(pin->version, file->version) && asks(pin->origin, file->origin) && asks(pin->label, file->label) &&
         asks(pin->component, file->component) && asks(pin->architecture, file->architecture) &&
         (!pin->any_release || match_expression(pin->any_release, file->archive) ||
          match_expression(pin->any_release, file->codename));
}

static gboolean match_file(const Pin *pin, const CrAptFileNames *file)
{
  if (pin->type == PIN_RELEASE)
    return match_release(pin, file);
  return pin->type == PIN_ORIGIN && !file->status && match_expression(pin->data, file->site);
}

int cr_apt_pins_get_file(const CrAptPins *pins, const CrAptFileNames *file, int fallback)
{
  gboolean fixed = FALSE;
  int priority = fallback;
  for (guint i = 0; i < count_pins(pins); i++) {
    const Pin *pin = &g_array_index(pins->pins, Pin, i);
    if (pin->name || (fixed && pin->priority != CR_APT_NEVER) || !match_file(pin, file))
      continue;
    priority = pin->priority;
    fixed = TRUE;
    if (priority == CR_APT_NEVER)
      break;
  }
  return priority;
}

static gboolean is_pattern(const char *name)
{
  gsize bytes = strlen(name);
  return strpbrk(name, "*[?") || (bytes >= 2 && name[0] == '/' && name[bytes - 1] == '/');
}

/* Without an architecture a pin is for the native one. */
static gboolean match_package(const Pin *pin, const CrAptPinned *what)
{
  const char *name = pin->source ? what->source : what->name;
  if (strcmp(pin->name, name) != 0 && !(is_pattern(pin->name) && match_expression(pin->name, name)))
    return FALSE;
  const char *arch = pin->arch ? pin->arch : what->native;
  return strcmp(arch, "any") == 0 || fnmatch(arch, what->arch, 0) == 0;
}

gboolean cr_apt_pins_find(const CrAptPins *pins, const CrAptPinned *what, int *priority, const char **from)
{
  for (guint i = 0; i < count_pins(pins); i++) {
    const Pin *pin = &g_array_index(pins->pins, Pin, i);
    if (!pin->name || !match_package(pin, what))
      continue;
    gboolean fits = pin->type == PIN_VERSION && match_expression(pin->data, what->version);
    for (guint f = 0; !fits && what->files[f]; f++)
      fits = match_file(pin, what->files[f]);
    if (!fits)
      continue;
    *priority = pin->priority;
    if (from)
      *from = pin->from;
    return TRUE;
  }
  return FALSE;
}

/* ---- reading ---- */

static void parse_release(Pin *pin, const char *data, CrArena *arena)
{
  if (strcmp(data, "*") == 0) {
    pin->match_all = TRUE;
    return;
  }
  if (!strchr(data, '=')) {
    if (g_ascii_isdigit(*data))
      pin->version = data;
    else
      pin->any_release = data;
    return;
  }
  const struct {
    const char *key;
    const char **value;
  } keys[] = {{"v=", &pin->version}, {"o=", &pin->origin},    {"a=", &pin->archive},     {"n=", &pin->codename},
              {"l=", &pin->label},   {"c=", &pin->component}, {"b=", &pin->architecture}};
  g_auto(GStrv) parts = g_strsplit(data, ",", 20);
  for (guint i = 0; parts[i]; i++) {
    const char *part = g_strstrip(parts[i]);
    for (guint k = 0; strlen(part) >= 3 && k < G_N_ELEMENTS(keys); k++)
      if (g_ascii_strncasecmp(part, keys[k].key, 2) == 0)
        *keys[k].value = cr_arena_strdup(arena, part + 2);
  }
}

static gboolean parse_pin(Pin *pin, const char *text, CrArena *arena)
{
  static const struct {
    const char *word;
    PinType type;
  } types[] = {{"version", PIN_VERSION}, {"release", PIN_RELEASE}, {"origin", PIN_ORIGIN}};
  gsize bytes = strcspn(text, " \t\n");
  g_autofree char *rest = g_strdup(text + bytes);
  const char *data = cr_arena_strdup(arena, g_strstrip(rest));
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    if (strlen(types[i].word) != bytes || g_ascii_strncasecmp(text, types[i].word, bytes) != 0)
      continue;
    pin->type = types[i].type;
    pin->data = data;
    if (pin->type == PIN_RELEASE)
      parse_release(pin, data, arena);
    gsize size = strlen(data);
    if (pin->type == PIN_ORIGIN && size >= 2 && data[0] == '"' && data[size - 1] == '"')
      pin->data = cr_arena_strndup(arena, data + 1, size - 2);
    return TRUE;
  }
  return FALSE;
}

static void add_pin(CrAptPins *pins, const Pin *pin)
{
  if (!pins->pins)
    pins->pins = g_array_new(FALSE, FALSE, sizeof(Pin));
  if (pins->pins->len < CR_LIMIT_APT_PINS)
    g_array_append_val(pins->pins, *pin);
}

/* "src:name:arch", any part but the name may be missing. */
static void add_named_pin(CrAptPins *pins, Pin pin, const char *name)
{
  if (g_str_has_prefix(name, "src:")) {
    pin.source = TRUE;
    name += 4;
  }
  const char *colon = strrchr(name, ':');
  pin.name = cr_arena_strndup(pins->arena, name, colon ? (gsize)(colon - name) : strlen(name));
  pin.arch = colon ? cr_arena_strdup(pins->arena, colon + 1) : NULL;
  if (*pin.name)
    add_pin(pins, &pin);
}

void cr_apt_pins_add_default_release(CrAptPins *pins, const char *release)
{
  Pin pin = {.type = PIN_RELEASE, .priority = 990, .from = "APT::Default-Release"};
  parse_release(&pin, cr_arena_strdup(pins->arena, release), pins->arena);
  add_pin(pins, &pin);
}

typedef struct {
  const char *packages, *pin, *priority;
} Record;

/* FALSE: apt would stop reading this file here. */
static gboolean take_record(CrAptPins *pins, const Record *record, const char *from, CrProblems *problems)
{
  if (!record->packages) {
    cr_problems_add(problems, CR_PROBLEM_NOTE, from, "a record has no Package field: apt refuses the file");
    return FALSE;
  }
  if (!record->pin)
    return TRUE;
  Pin pin = {.from = from};
  gboolean general = strcmp(record->packages, "*") == 0;
  if (!parse_pin(&pin, record->pin, pins->arena) || (general && pin.type == PIN_VERSION)) {
    cr_problems_add(problems, CR_PROBLEM_NOTE, from, "cannot understand the pin '%s'", record->pin);
    return TRUE;
  }
  gint64 priority = 0;
  if (general && record->priority && strcmp(record->priority, "never") == 0)
    priority = CR_APT_NEVER;
  else if (!record->priority || !cr_number_parse_signed(record->priority, G_MINSHORT, G_MAXSHORT, &priority) ||
           !priority) {
    cr_problems_add(problems, CR_PROBLEM_NOTE, from, "a pin has no usable priority ('%s'): apt refuses the file",
                    record->priority ? record->priority : "");
    return FALSE;
  } else if (priority == CR_APT_NEVER)
    priority++;
  pin.priority = (int)priority;
  if (general) {
    add_pin(pins, &pin);
    return TRUE;
  }
  g_auto(GStrv) names = g_strsplit_set(record->packages, " \t\n", -1);
  for (guint i = 0; names[i]; i++)
    if (*names[i])
      add_named_pin(pins, pin, names[i]);
  return TRUE;
}

static void take_field(Record *record, char *field)
{
  char *colon = strchr(field, ':');
  if (!colon)
    return;
  *colon = 0;
  const char *value = g_strstrip(colon + 1);
  const struct {
    const char *name;
    const char **value;
  } fields[] = {{"package", &record->packages}, {"pin", &record->pin}, {"pin-priority", &record->priority}};
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
    if (g_ascii_strcasecmp(g_strchomp(field), fields[i].name) == 0)
      *fields[i].value = value;
}

/* One stanza, its lines already without comments; continuation lines belong to the field above. */
static gboolean take_stanza(CrAptPins *pins, GPtrArray *lines, const char *from, CrProblems *problems)
{
  Record record = {0};
  g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func((GDestroyNotify)g_free);
  for (guint i = 0; i < lines->len; i++) {
    const char *line = lines->pdata[i];
    if (!g_ascii_isspace(*line) || !fields->len)
      g_ptr_array_add(fields, g_strdup(line));
    else {
      char **last = (char **)&fields->pdata[fields->len - 1];
      char *joined = g_strconcat(*last, " ", line, NULL);
      g_free(*last);
      *last = joined;
    }
  }
  for (guint i = 0; i < fields->len; i++)
    take_field(&record, fields->pdata[i]);
  gboolean go_on = !fields->len || take_record(pins, &record, from, problems);
  g_ptr_array_set_size(lines, 0);
  return go_on;
}

void cr_apt_pins_parse(CrAptPins *pins, const char *text, gsize size, const char *from, CrProblems *problems)
{
  g_autofree char *copy = g_strndup(text, size);
  from = cr_arena_strdup(pins->arena, from);
  g_auto(GStrv) all = g_strsplit(copy, "\n", -1);
  g_autoptr(GPtrArray) lines = g_ptr_array_new();
  gboolean go_on = TRUE;
  for (guint i = 0; all[i] && go_on; i++) {
    char *line = g_strchomp(all[i]);
    if (*line == '#')
      continue;
    if (*line)
      g_ptr_array_add(lines, line);
    else
      go_on = take_stanza(pins, lines, from, problems);
  }
  if (go_on)
    take_stanza(pins, lines, from, problems);
}
