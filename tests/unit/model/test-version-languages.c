/* SPDX-License-Identifier: Apache-2.0 */
/* Each ecosystem's own test lists; tens of thousands of pairs against the implementations themselves are in
 * tests/oracle/language-versions. */
#include "model/version.h"

#include <string.h>

typedef struct {
  const char *title;
  CrVersionScheme scheme;
  const char *versions; /* in rising order: "1.0 = 1 < 1.1" */
} List;

static const List lists[] = {
    {"packaging, tests/test_version.py", CR_SCHEME_PYPI,
     "not.a.version < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < "
     "1.0b2.post345.dev456 < 1.0b2.post345 < 1.0b2-346 < 1.0c1.dev456 < 1.0c1 = 1.0rc1 < 1.0rc2 < 1.0c3 < "
     "1.0 < 1.0.post456.dev34 < 1.0.post456 < 1.1.dev1 < 1.2+123abc < 1.2+123abc456 < 1.2+abc < 1.2+abc123 < "
     "1.2+abc123def < 1.2+1234.abc < 1.2+123456 < 1.2.r32+123456 < 1.2.rev33+123456 < 1!1.0.dev456 < "
     "1!1.0a1 < 1!1.0 < 1!1.2.r32+123456"},
    {"packaging, spellings of one version", CR_SCHEME_PYPI,
     "1.0.dev = 1.0dev = 1.0-dev0 = 1.0.DEV0 < 1.0a = 1.0.a0 = 1.0-a = 1.0alpha = 1.0_ALPHA_0 < 1.0a1 = "
     "1.0-alpha.1 < 1.0b = 1.0beta0 < 1.0c = 1.0rc = 1.0pre = 1.0-preview-0 < 1.0 = v1.0 = 1 = 1.0.0 = "
     "\t1.0\n = 0!1.0 < 1.0.post = 1.0-0 = 1.0r0 = 1.0.rev = 1.0-POST0 < 1.0-5 = 1.0.post5 < 1.5+1.0 < "
     "1.5+1.1 = 1.5+1-1"},
    {"semver.org §11", CR_SCHEME_SEMVER,
     "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < "
     "1.0.0-rc.1 < 1.0.0 = 1.0.0+20130313144700 = v1.0.0 = 1.0 = 1 = =1.0.0 < 2.0.0 < 2.1.0 < 2.1.1"},
    {"node-semver, test/fixtures/comparisons.js", CR_SCHEME_SEMVER,
     "0.0.0-foo < 0.0.0 < 0.0.1 < 0.9.0 < 0.9.9 < 0.10.0 < 0.99.0 < 1.2.3-4 < 1.2.3-5 < 1.2.3-4-foo < "
     "1.2.3-5-Foo < 1.2.3-5-foo < 1.2.3-R2 < 1.2.3-a < 1.2.3-a.5 < 1.2.3-a.10 < 1.2.3-a.b < "
     "1.2.3-a.b.c.5.d.100 < 1.2.3-a.b.c.10.d.5 < 1.2.3-asdf = 1.2.3asdf < 1.2.3-r100 < 1.2.3-r2 < 1.2.3 < "
     "2.7.2+asdf < 3.0.0"},
    {"golang.org/x/mod/semver and pseudo-versions", CR_SCHEME_GO,
     "bad < v0.0.0-20180101000000-abcdefabcdef < v0.0.0-20190101000000-abcdefabcdef < v1.0.0-alpha < "
     "v1.0.0-alpha.1 < v1.0.0-beta.2 < v1.0.0-beta.11 < v1.0.0-rc.1 < v1 = v1.0 = v1.0.0 = 1.0.0 < "
     "v1.2.4-0.20190101000000-abcdefabcdef < v1.2.4-pre < v1.2.4-pre.0.20190101000000-abcdefabcdef < "
     "v1.2.4 < v2.0.0-rc.1+incompatible < v2.0.0+incompatible = v2.0.0"},
    {"go/version, and as the vulnerability database writes them", CR_SCHEME_GO,
     "go1.19beta1 < go1.19rc1 = 1.19.0-rc.1 < go1.19 = 1.19.0 = go1.19 X:boringcrypto < go1.19.1 < "
     "go1.19.10 < go1.21rc2 = 1.21.0-rc.2 < go1.21rc10 < go1.21.0 = 1.21.0 < go1.21.1"},
    {"Maven, ComparableVersionTest: qualifiers", CR_SCHEME_MAVEN,
     "1-alpha2snapshot < 1-alpha2 < 1-alpha-123 < 1-beta-2 < 1-beta123 < 1-m2 < 1-m11 < 1-rc < 1-cr2 < "
     "1-rc123 < 1-SNAPSHOT < 1 < 1-sp < 1-sp2 < 1-sp123 < 1-abc < 1-def < 1-pom-1 < 1-1-snapshot < 1-1 < "
     "1-2 < 1-123"},
    {"Maven, ComparableVersionTest: numbers", CR_SCHEME_MAVEN,
     "2.0 < 2.0.a < 2-1 < 2.0.2 < 2.0.123 < 2.1.0 < 2.1-a < 2.1b < 2.1-c < 2.1-1 < 2.1.0.1 < 2.2 < 2.123 < "
     "11.a2 < 11.a11 < 11.b2 < 11.b11 < 11.m2 < 11.m11 < 11 < 11.a < 11b < 11c < 11m"},
    {"Maven, ComparableVersionTest: one version", CR_SCHEME_MAVEN,
     "1a1 = 1-alpha-1 = 1-A1 < 1b2 = 1-beta-2 < 1m3 = 1-milestone-3 = 1MileStone3 < 1rc4 = 1cr-4 < 1 = 1.0 = "
     "1.0.0 = 1-0 = 1.0-0 = 1ga = 1-final = 1.0.RELEASE = 01 < 1x = 1.0.0-x = 1.x = 1.0.0x < 1-0-0.3 < "
     "1-0.3 < 1.2 < 20190126.230843 < 10000000000000000000000"},
    {"RubyGems, test_gem_version.rb", CR_SCHEME_GEM,
     "0.0.beta < 0.0.beta.1 = 0.beta.1 < 0 = 0.0.0 < 1.0.a < 1.0 = 1 < 1.8.2.a < 1.8.2.a9 < 1.8.2.a10 < "
     "1.8.2.b < 1.8.2 < 1.9.2.99 < 1.9.3.a < 1.9.3 = 1.9.3.0 < 1.9.3.1 < 5.a < 5.0.0.rc2 < 5.x"},
    {"RubyGems, dashes and trailing zeros", CR_SCHEME_GEM,
     "1.0.0.pre.java < 1.0.0.pre.1 = 1-1 = 1.0-1 < 1.0 < 1.2.b1 = 1.2.b.1 = 1.2.0.b1 < 1.2.b1.1 < 1.2"},
    {"Composer, VersionParserTest and ComparatorTest", CR_SCHEME_COMPOSER,
     "dev-master = master < 1.0.0-dev = 1-dev < 1.0-alpha1 = 1.0.0a1 = v1.0.0.0_ALPHA.1 < 1.0-alpha.2.1 < "
     "1.0beta.3 = 1.0b3 < 1.0RC1-dev = 1.0.0-rC1.dev < 1.0rc1 = 1.0-RC.1 < 1.0 = 1.0.0.0 = 1.0.0+foo@bar = "
     "1.0-stable = v1.0 < 1.0pl1 = 1.0-patch1 = 1.0.0p1 < 1.0.0.1 < 1.2 < 1.2.x-dev < 1.10 < 2010-01-02 < "
     "2010.01.02 < 2010-01-02.5 < 20100102 < 20100102-203040 < 20100102-203040-p1"},
    {"NuGet.Versioning, VersionComparerTests", CR_SCHEME_NUGET,
     "0.0.0 < 1.0.0-alpha < 1.0.0-ALPHA.1 = 1.0.0-alpha.1 < 1.0.0-BETA.X.y.5.77.0+AA = "
     "1.0.0-beta.x.y.5.77.0+aa < 1.0.0-beta.x.y.5.79.0+aa < 1.0.0-beta2 < 1.0.0-RC = 1.0.0-rc < 1.0.0 = "
     "1.0.0.0 = 1.0 = 1.0.0+AA < 1.0.0.1-rc < 1.0.0.1 < 1.0.1 < 1.2.3.4-RC < 1.2.3.4 < 1.2.4"},
};

static int sign(int order)
{
  return (order > 0) - (order < 0);
}

/* Each of a list against each other. */
static void test_list(gconstpointer data)
{
  const List *list = data;
  g_auto(GStrv) ranks = g_strsplit(list->versions, " < ", -1);
  g_autoptr(GPtrArray) versions = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint rank = 0; ranks[rank]; rank++) {
    g_auto(GStrv) same = g_strsplit(ranks[rank], " = ", -1);
    for (guint i = 0; same[i]; i++) {
      g_ptr_array_add(versions, g_strdup(same[i]));
      g_array_append_val(places, rank);
    }
  }
  for (guint i = 0; i < versions->len; i++)
    for (guint j = 0; j < versions->len; j++) {
      const char *a = versions->pdata[i], *b = versions->pdata[j];
      guint place_a = g_array_index(places, guint, i), place_b = g_array_index(places, guint, j);
      int order = sign(cr_version_compare(list->scheme, a, b));
      if (order != (place_a > place_b) - (place_a < place_b))
        g_error("%s: '%s' and '%s': %d", list->title, a, b, order);
    }
}

static void test_scheme(void)
{
  static const struct {
    const char *type;
    CrVersionScheme scheme;
  } rows[] = {
      {"pypi", CR_SCHEME_PYPI},   {"npm", CR_SCHEME_SEMVER},      {"cargo", CR_SCHEME_SEMVER},
      {"golang", CR_SCHEME_GO},   {"maven", CR_SCHEME_MAVEN},     {"gem", CR_SCHEME_GEM},
      {"nuget", CR_SCHEME_NUGET}, {"generic", CR_SCHEME_GENERIC}, {"composer", CR_SCHEME_COMPOSER},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(cr_version_scheme_for(rows[i].type), ==, rows[i].scheme);
}

#define LONGEST 12

static void invent(GRand *rand, char text[LONGEST])
{
  static const char *const pieces[] = {"0",  "1",   "2",  "10",  ".",    ".",  "-",  "_",     "+",  "a",    "b1",
                                       "rc", "dev", "sp", "pre", "x",    "RC", "v",  "!",     "~",  "post", ".0",
                                       "-0", "ga",  "go", " ",   "\xff", "*",  "pl", "alpha", "..", "="};
  gsize length = 0;
  for (gint count = g_rand_int_range(rand, 0, 6); count > 0; count--) {
    const char *piece = pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))];
    if (length + strlen(piece) >= LONGEST)
      break;
    length = (gsize)(g_stpcpy(text + length, piece) - text);
  }
  text[length] = '\0';
}

/* Any bytes: a against b is opposite to b against a, a equals itself, and a ≤ b ≤ c makes a ≤ c, but for Maven's, whose
 * own code has ".0RC" < "" < "x..0" < ".0RC". */
static void test_order(gconstpointer data)
{
  CrVersionScheme scheme = (CrVersionScheme)GPOINTER_TO_INT(data);
  g_autoptr(GRand) rand = g_rand_new_with_seed(11);
  for (guint i = 0; i < 100000; i++) {
    char text[3][LONGEST];
    for (guint side = 0; side < 3; side++)
      invent(rand, text[side]);
    int ab = sign(cr_version_compare(scheme, text[0], text[1])),
        ba = sign(cr_version_compare(scheme, text[1], text[0]));
    int bc = sign(cr_version_compare(scheme, text[1], text[2])),
        ac = sign(cr_version_compare(scheme, text[0], text[2]));
    if (ab != -ba)
      g_error("'%s' and '%s': %d, %d", text[0], text[1], ab, ba);
    if (cr_version_compare(scheme, text[0], text[0]))
      g_error("'%s' is not itself", text[0]);
    if (scheme != CR_SCHEME_MAVEN && ab <= 0 && bc <= 0 && (ac > 0 || (ac == 0 && (ab < 0 || bc < 0))))
      g_error("'%s', '%s', '%s': %d, %d, %d", text[0], text[1], text[2], ab, bc, ac);
  }
}

/* A version of a megabyte takes no time that anyone would notice; each of these repeats what an order looks ahead over.
 */
static void test_long(void)
{
  static const char *const pieces[] = {"0.", "0-", "a-", "1", ".x", "0.a", "-", "rc1"};
  for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_autoptr(GString) text = g_string_new("1.");
    while (text->len < 1 << 20)
      g_string_append(text, pieces[i]);
    g_autofree char *other = g_strconcat(text->str, "1", NULL);
    for (CrVersionScheme scheme = CR_SCHEME_DEB; scheme <= CR_SCHEME_GENERIC; scheme++) {
      int order = sign(cr_version_compare(scheme, text->str, other));
      g_assert_cmpint(order, ==, -sign(cr_version_compare(scheme, other, text->str)));
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
    g_autofree char *path = g_strdup_printf("/version-languages/list/%u", i);
    g_test_add_data_func(path, &lists[i], test_list);
  }
  for (CrVersionScheme scheme = CR_SCHEME_PYPI; scheme <= CR_SCHEME_NUGET; scheme++) {
    g_autofree char *path = g_strdup_printf("/version-languages/order/%u", scheme);
    g_test_add_data_func(path, GINT_TO_POINTER((int)scheme), test_order);
  }
  g_test_add_func("/version-languages/scheme", test_scheme);
  g_test_add_func("/version-languages/long", test_long);
  return g_test_run();
}
