/* SPDX-License-Identifier: Apache-2.0 */
/* Where apt's answer hangs on the whole of its cache. Its resolver sorts the table of all packages by score with C++'s
 * std::sort, which leaves equals in an order that depends on how many there are and where they stand, and by that order
 * goes which of two packages is removed; and of two new packages of one rank that provide a name it takes the one that
 * its cache has met last. So, where another order gives another answer, the table is made: every name in a list or the
 * status file, as a package or in any relation, numbered as met, in the order of apt's hash table; and sorted by the
 * same steps (libstdc++'s introsort). For Debian's main that reads 65,000 records, which takes half a second. */
#include "base/limits.h"
#include "vendor/apt.h"
#include <string.h>

/* What apt keeps under one name: a package for each architecture, in the order that they are met. */
typedef struct Arch {
  guint arch; /* index into the world's and then the order's others */
  guint id;   /* how many were met before */
  struct Arch *next;
} Arch;

typedef struct {
  const char *name; /* not ended, as a key that is looked up */
  guint bytes;
  guint32 hash;
  Arch *archs;
} Name;

struct CrAptOrder {
  CrArena *arena;
  GHashTable *names; /* Name, by name */
  GPtrArray *others; /* architectures that only relations name: "gcc:armhf" */
  GPtrArray *sorted; /* of them, as apt's hash table has them */
  guint count;       /* packages of all names */
};

/* ---- the table ---- */

static guint hash_key(gconstpointer key)
{
  return ((const Name *)key)->hash;
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
  const Name *one = a;
  const Name *two = b;
  return one->bytes == two->bytes && memcmp(one->name, two->name, one->bytes) == 0;
}

static Name *get_name(CrAptOrder *order, const char *text, gsize bytes)
{
  Name key = {.name = text, .bytes = (guint)bytes, .hash = cr_apt_hash_name(text, bytes)};
  Name *name = g_hash_table_lookup(order->names, &key);
  if (name)
    return name;
  name = cr_arena_new0(order->arena, Name);
  *name = key;
  name->name = cr_arena_strndup(order->arena, text, bytes);
  g_hash_table_add(order->names, name);
  return name;
}

static void add_arch(CrAptOrder *order, Name *name, guint arch)
{
  Arch **place = &name->archs;
  for (; *place; place = &(*place)->next)
    if ((*place)->arch == arch)
      return;
  *place = cr_arena_new0(order->arena, Arch);
  (*place)->arch = arch;
  (*place)->id = order->count++;
}

/* ---- what a version names ---- */

typedef struct {
  CrAptOrder *order;
  CrAptWorld *world;
  guint arch; /* of the version */
  CrAptMulti multi;
} Reading;

static guint find_arch(const GPtrArray *archs, const char *text, gsize bytes)
{
  guint i = 0;
  while (i < archs->len && (strlen(archs->pdata[i]) != bytes || memcmp(archs->pdata[i], text, bytes) != 0))
    i++;
  return i;
}

static guint get_arch(const Reading *reading, const char *text, gsize bytes)
{
  const GPtrArray *known = reading->world->architectures;
  GPtrArray *others = reading->order->others;
  guint arch = find_arch(known, text, bytes);
  if (arch < known->len)
    return arch;
  arch = find_arch(others, text, bytes);
  if (arch == others->len && others->len < CR_LIMIT_APT_ARCHITECTURES)
    g_ptr_array_add(others, (gpointer)cr_arena_strndup(reading->order->arena, text, bytes));
  return known->len + arch;
}

/* "name:arch" is a package of its own, and needs the one it means. */
static void add_qualified(Reading *reading, const CrAptAlternative *item)
{
  const char *arch = item->arch;
  gsize bytes = item->arch_bytes;
  if (bytes == 6 && memcmp(arch, "native", 6) == 0) {
    arch = reading->world->architectures->pdata[0];
    bytes = strlen(arch);
  }
  g_autofree char *full = g_strdup_printf("%.*s:%.*s", (int)item->name_bytes, item->name, (int)bytes, arch);
  add_arch(reading->order, get_name(reading->order, full, strlen(full)), 0);
  if (bytes != 3 || memcmp(arch, "any", 3) != 0)
    add_arch(reading->order, get_name(reading->order, item->name, item->name_bytes), get_arch(reading, arch, bytes));
}

static void read_relations(Reading *reading, const char *text, gboolean negative)
{
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && cr_apt_relation_next(&text, &item, &broken)) {
    if (item.arch) {
      add_qualified(reading, &item);
      continue;
    }
    Name *name = get_name(reading->order, item.name, item.name_bytes);
    if (!negative || !name->archs) /* a conflict is with what is there already */
      add_arch(reading->order, name, reading->arch);
  }
}

static void add_any(Reading *reading, const char *name, gsize bytes)
{
  g_autofree char *full = g_strdup_printf("%.*s:any", (int)bytes, name);
  add_arch(reading->order, get_name(reading->order, full, strlen(full)), 0);
}

static void read_provides(Reading *reading, const char *text)
{
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (text && cr_apt_relation_next(&text, &item, &broken)) {
    if (item.op != CR_APT_ANY && item.op != CR_APT_EQUAL)
      continue;
    if (item.arch) {
      add_qualified(reading, &item);
      continue;
    }
    Name *name = get_name(reading->order, item.name, item.name_bytes);
    if (reading->multi == CR_APT_MULTI_FOREIGN) {
      if (!name->archs)
        add_arch(reading->order, name, 0);
      continue;
    }
    if (reading->multi == CR_APT_MULTI_ALLOWED)
      add_any(reading, item.name, item.name_bytes);
    add_arch(reading->order, name, reading->arch);
  }
}

/* Kernels provide "$kernel", a name that apt makes up; it is split at a colon that it has not, and so also becomes a
 * package of architecture "$kernel". */
static gboolean is_kernel(const char *name)
{
  return g_str_has_prefix(name, "linux-image-") && g_ascii_isdigit(name[12]) && strchr(name + 12, '.') &&
         !g_str_has_suffix(name, "-dbgsym") && !g_str_has_suffix(name, "-dbg");
}

static void read_version(Reading *reading, const char *own, const CrAptFields *fields)
{
  add_arch(reading->order, get_name(reading->order, own, strlen(own)), reading->arch);
  read_relations(reading, fields->pre_depends, FALSE);
  read_relations(reading, fields->depends, FALSE);
  read_relations(reading, fields->conflicts, TRUE);
  read_relations(reading, fields->breaks, TRUE);
  read_relations(reading, fields->recommends, FALSE);
  read_relations(reading, fields->suggests, FALSE);
  read_relations(reading, fields->replaces, TRUE);
  read_relations(reading, fields->enhances, FALSE);
  read_provides(reading, fields->provides);
  if (reading->multi == CR_APT_MULTI_ALLOWED)
    add_any(reading, own, strlen(own));
  if (is_kernel(own)) {
    Name *name = get_name(reading->order, "$kernel", 7);
    add_arch(reading->order, name, 0);
    add_arch(reading->order, name, get_arch(reading, "$kernel", 7));
  }
}

static void read_record(const CrListPackage *record, gpointer data)
{
  Reading *reading = data;
  CrAptVersion version;
  CrAptFields fields;
  if (!*record->name || !cr_apt_version_fill(record, &version, &fields))
    return;
  const GPtrArray *archs = reading->world->architectures;
  reading->arch = version.all ? 0 : find_arch(archs, record->arch, strlen(record->arch));
  if (reading->arch == archs->len)
    return;
  reading->multi = version.multi;
  read_version(reading, record->name, &fields);
  if (record->essential || record->important) /* these have a score whether installed or not */
    cr_apt_group_load(reading->world, cr_apt_world_get_group(reading->world, record->name, strlen(record->name)));
}

/* ---- the hash table's order ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
  const Name *one = *(Name *const *)a;
  const Name *two = *(Name *const *)b;
  if (one->hash != two->hash)
    return one->hash < two->hash ? -1 : 1;
  return one->bytes != two->bytes ? (int)one->bytes - (int)two->bytes : strcmp(one->name, two->name);
}

static CrAptOrder *read_order(CrAptWorld *world)
{
  CrAptOrder *order = g_new0(CrAptOrder, 1);
  order->arena = cr_arena_new();
  order->names = g_hash_table_new(hash_key, equal_keys);
  order->others = g_ptr_array_new();
  order->sorted = g_ptr_array_new();
  Reading reading = {.order = order, .world = world};
  for (guint i = 1; i < world->files->len; i++)
    cr_list_foreach(((const CrAptFile *)world->files->pdata[i])->list->list, read_record, &reading);
  for (guint i = 0; i < world->installed->len; i++) {
    const CrAptPackage *package = world->installed->pdata[i];
    reading.arch = package->arch;
    reading.multi = package->current->multi;
    read_version(&reading, package->group->name, package->current->fields);
  }
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, order->names);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    g_ptr_array_add(order->sorted, name);
  g_ptr_array_sort(order->sorted, compare_names);
  return order;
}

void cr_apt_order_free(CrAptOrder *order)
{
  if (!order)
    return;
  g_hash_table_unref(order->names);
  g_ptr_array_unref(order->others);
  g_ptr_array_unref(order->sorted);
  cr_arena_free(order->arena);
  g_free(order);
}

guint cr_apt_order_find_id(const CrAptOrder *order, const CrAptPackage *package)
{
  const char *text = package->group->name;
  Name key = {.name = text, .bytes = (guint)strlen(text), .hash = package->group->hash};
  const Name *name = g_hash_table_lookup(order->names, &key);
  for (const Arch *arch = name ? name->archs : NULL; arch; arch = arch->next)
    if (arch->arch == package->arch)
      return arch->id;
  return G_MAXUINT;
}

/* ---- std::sort ---- */

typedef struct {
  int score;
  CrAptPackage *package; /* NULL: careen has not met it, nor does anything depend on it */
} Item;

enum { THRESHOLD = 16 };

static gboolean before(const Item *a, const Item *b)
{
  return a->score > b->score;
}

static void swap(Item *a, Item *b)
{
  Item item = *a;
  *a = *b;
  *b = item;
}

/* The median of the second, the middle and the last comes first. */
static void choose_pivot(Item *first, Item *a, Item *b, Item *c)
{
  Item *median = before(a, b) ? (before(b, c) ? b : before(a, c) ? c : a) : before(a, c) ? a : before(b, c) ? c : b;
  swap(first, median);
}

static Item *split(Item *first, Item *last)
{
  const Item *pivot = first;
  choose_pivot(first, first + 1, first + (last - first) / 2, last - 1);
  for (first++;; first++) {
    while (before(first, pivot))
      first++;
    last--;
    while (before(pivot, last))
      last--;
    if (first >= last)
      return first;
    swap(first, last);
  }
}

/* Pieces of up to THRESHOLD stay as they are. libstdc++ heaps what is still long after DEPTH splits; a table that is
 * nearly all zeros is always halved. */
static void sort_roughly(Item *first, Item *last, guint depth)
{
  while (last - first > THRESHOLD && depth--) {
    Item *cut = split(first, last);
    sort_roughly(cut, last, depth);
    last = cut;
  }
}

static void sort_finely(Item *items, gsize count)
{
  for (gsize i = 1; i < count; i++) {
    Item item = items[i];
    gsize at = i;
    for (; at && before(&item, &items[at - 1]); at--)
      items[at] = items[at - 1];
    items[at] = item;
  }
}

static CrAptPackage *find_package(CrAptWorld *world, const Name *name, guint arch)
{
  CrAptGroup *group = arch < world->architectures->len ? g_hash_table_lookup(world->groups, name->name) : NULL;
  return group ? cr_apt_group_get(group, arch) : NULL;
}

static GPtrArray *sort_all(CrAptWorld *world)
{
  const CrAptOrder *order = world->order;
  g_autofree Item *items = g_new0(Item, order->count + 1);
  gsize count = 0;
  for (guint i = 0; i < order->sorted->len; i++) {
    const Name *name = order->sorted->pdata[i];
    for (const Arch *arch = name->archs; arch; arch = arch->next) {
      CrAptPackage *package = find_package(world, name, arch->arch);
      items[count++] = (Item){package ? package->score : 0, package};
    }
  }
  sort_roughly(items, items + count, 2 * (g_bit_storage(count) - 1));
  sort_finely(items, count);
  GPtrArray *list = g_ptr_array_new();
  for (gsize i = 0; i < count; i++)
    if (items[i].package && items[i].package->versions)
      g_ptr_array_add(list, items[i].package);
  return list;
}

/* ---- which order ---- */

static int compare_scores(gconstpointer a, gconstpointer b)
{
  const CrAptPackage *one = *(CrAptPackage *const *)a;
  const CrAptPackage *two = *(CrAptPackage *const *)b;
  return (two->score > one->score) - (two->score < one->score);
}

static void reverse(GPtrArray *list)
{
  for (guint i = 0; i < list->len / 2; i++) {
    gpointer package = list->pdata[i];
    list->pdata[i] = list->pdata[list->len - 1 - i];
    list->pdata[list->len - 1 - i] = package;
  }
}

GPtrArray *cr_apt_list_by_score(CrAptWorld *world)
{
  GPtrArray *list = NULL;
  if (world->order)
    list = sort_all(world);
  else {
    list = g_ptr_array_new();
    for (guint i = 0; i < world->packages->len; i++)
      g_ptr_array_add(list, world->packages->pdata[i]);
    cr_apt_sort_packages(list);
    if (world->reversed)
      reverse(list);
    g_ptr_array_sort(list, compare_scores);
  }
  for (guint i = 0; i < list->len; i++) {
    CrAptPackage *package = list->pdata[i];
    package->listed_score = package->score;
    package->judged = FALSE;
  }
  return list;
}

gboolean cr_apt_order_may_decide(const CrAptWorld *world)
{
  g_autoptr(GHashTable) scores = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < world->packages->len; i++) {
    const CrAptPackage *package = world->packages->pdata[i];
    if (package->judged && !g_hash_table_add(scores, GINT_TO_POINTER(package->listed_score)))
      return !world->order;
  }
  return world->chose_among_equals && !world->order;
}

void cr_apt_order_load(CrAptWorld *world)
{
  world->order = read_order(world);
}
