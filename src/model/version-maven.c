/* SPDX-License-Identifier: Apache-2.0 */
/* Maven: the POM reference's "version order specification", in the reading of Maven 3's ComparableVersion
 * (maven-artifact 3.9; Maven 4 reads "rc-1" and "rc1" alike, which is not yet what builds and advisories go by).
 *
 * Dots, dashes, and places where digits meet letters cut a version into items. A dash, and a place where digits meet
 * letters, open a list inside the list. As nothing follows a closed list, the lists are a chain, kept here as the depth
 * of each item. Items at the end of their list that mean nothing (0, "ga", "final", "release") are dropped; then items
 * compare in turn, and what is missing counts as one of these. */
#include "model/version.h"

#include "model/version-slice.h"

/* A list stands for an item where the version goes on deeper only. */
typedef enum { NUMBER, QUALIFIER, LIST, NOTHING } Kind;

typedef struct {
  Kind kind;
  guint depth;
  gboolean before_digits; /* a qualifier with a number right behind it: "a1" is "alpha-1" */
  CrSlice text;
} Item;

/* Nearly all versions have fewer bytes, and so items; memory is asked for longer ones. */
#define ITEMS_INSIDE 32

typedef struct {
  Item *items;
  guint count;
  guint depth; /* of the list that is open */
  Item inside[ITEMS_INSIDE];
} Version;

/* ---- qualifiers, in rising order; what is none of them comes last, by its bytes ---- */

enum { ALPHA, BETA, MILESTONE, CANDIDATE, SNAPSHOT, RELEASE, SERVICE_PACK, OTHER };

static guint rank(const Item *item)
{
  static const struct {
    const char *word;
    gboolean before_digits;
    guint rank;
  } words[] = {
      {"alpha", FALSE, ALPHA},     {"a", TRUE, ALPHA},        {"beta", FALSE, BETA},
      {"b", TRUE, BETA},           {"m", TRUE, MILESTONE},    {"milestone", FALSE, MILESTONE},
      {"rc", FALSE, CANDIDATE},    {"cr", FALSE, CANDIDATE},  {"snapshot", FALSE, SNAPSHOT},
      {"ga", FALSE, RELEASE},      {"final", FALSE, RELEASE}, {"release", FALSE, RELEASE},
      {"sp", FALSE, SERVICE_PACK},
  };
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if ((item->before_digits || !words[i].before_digits) &&
        !cr_slice_compare_folded(item->text, cr_slice(words[i].word, words[i].word + strlen(words[i].word))))
      return words[i].rank;
  return OTHER;
}

static gboolean is_idle(const Item *item)
{
  if (item->kind == QUALIFIER)
    return rank(item) == RELEASE;
  CrSlice digits = item->text;
  while (cr_slice_peek(digits) == '0')
    digits.at++;
  return digits.at == digits.end;
}

/* ---- reading ---- */

static void add(Version *version, Kind kind, CrSlice text)
{
  version->items[version->count++] = (Item){.kind = kind, .depth = version->depth, .text = text};
}

/* Unless the open list is still empty. */
static void open_list(Version *version)
{
  if (version->count && version->items[version->count - 1].depth == version->depth)
    version->depth++;
}

static void add_qualifier(Version *version, CrSlice text, gboolean last)
{
  gboolean before_digits = g_ascii_isdigit(*text.end) != 0;
  if (last || before_digits)
    open_list(version); /* also behind a dot: 1.0.X1 < 1.0-X2 */
  add(version, QUALIFIER, text);
  version->items[version->count - 1].before_digits = before_digits;
}

static void parse(Version *version, const char *text)
{
  while (*text) {
    const char *start = text;
    while (g_ascii_isdigit(*text))
      text++;
    if (text > start || *text == '.' || *text == '-')
      add(version, NUMBER, cr_slice(start, text)); /* an empty one is 0 */
    else {
      while (*text && *text != '.' && *text != '-' && !g_ascii_isdigit(*text))
        text++;
      add_qualifier(version, cr_slice(start, text), !*text);
    }
    if (*text && *text != '.')
      open_list(version);
    if (*text == '.' || *text == '-')
      text++;
  }
}

/* From the end on. */
static void drop_idle(Version *version)
{
  Item *end = version->items + version->count, *kept = end;
  for (const Item *item = end; item-- > version->items;)
    if (!is_idle(item) || (kept < end && kept->depth == item->depth))
      *--kept = *item;
  version->count = (guint)(end - kept);
  memmove(version->items, kept, version->count * sizeof *kept);
}

static void version_init(Version *version, const char *text)
{
  gsize most = strlen(text); /* each item takes a byte of it */
  version->count = version->depth = 0;
  version->items = most <= ITEMS_INSIDE ? version->inside : g_new(Item, most);
  parse(version, text);
  drop_idle(version);
}

static void version_clear(Version *version)
{
  if (version->items != version->inside)
    g_free(version->items);
}

/* ---- comparing ---- */

static Kind get_kind(const Version *version, guint at, guint depth)
{
  if (at == version->count)
    return NOTHING;
  return version->items[at].depth > depth ? LIST : version->items[at].kind;
}

/* What VERSION has from AT on against nothing. */
static int compare_rest(const Version *version, guint at)
{
  for (; at < version->count; at++) {
    const Item *item = &version->items[at];
    if (!is_idle(item))
      return item->kind == NUMBER || rank(item) > RELEASE ? 1 : -1;
  }
  return 0;
}

static int compare_qualifiers(const Item *a, const Item *b)
{
  guint ra = rank(a), rb = rank(b);
  if (ra != rb)
    return ra < rb ? -1 : 1;
  return ra == OTHER ? cr_slice_compare_folded(a->text, b->text) : 0;
}

static int compare(const Version *a, const Version *b)
{
  static const int standing[] = {[NUMBER] = 2, [LIST] = 1, [QUALIFIER] = 0}; /* 1.1 > 1-1 > 1.sp */
  guint depth = 0;
  for (guint at = 0;;) {
    Kind ka = get_kind(a, at, depth), kb = get_kind(b, at, depth);
    if (ka == NOTHING)
      return -compare_rest(b, at);
    if (kb == NOTHING)
      return compare_rest(a, at);
    if (ka != kb)
      return standing[ka] - standing[kb];
    if (ka == LIST) {
      depth++;
      continue;
    }
    int order = ka == NUMBER ? cr_slice_compare_numbers(a->items[at].text, b->items[at].text)
                             : compare_qualifiers(&a->items[at], &b->items[at]);
    if (order)
      return order;
    at++;
  }
}

int cr_version_compare_maven(const char *a, const char *b)
{
  Version va, vb;
  version_init(&va, a);
  version_init(&vb, b);
  int order = compare(&va, &vb);
  version_clear(&va);
  version_clear(&vb);
  return order;
}
