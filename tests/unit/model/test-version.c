/* SPDX-License-Identifier: Apache-2.0 */
/* The tricky cases; thousands of pairs against dpkg, rpm and apk themselves are in tests/oracle/versions. */
#include "model/version.h"

typedef struct {
  const char *a;
  char order; /* '<', '=', '>' */
  const char *b;
} Case;

static const Case deb[] = {
    {"1.0", '=', "1.0"},
    {"1.0", '=', "1.0-0"}, /* no revision equals revision 0 */
    {"1.0", '=', "0:1.0"}, /* no epoch equals epoch 0 */
    {"1:1.0", '>', "2.0"}, /* the epoch rules */
    {"10:1", '>', "9:1"},  /* as a number */
    {"00:1", '=', "0:1"},
    {"1.0~rc1", '<', "1.0"},
    {"1.0~~", '<', "1.0~"},
    {"1.0~~a", '<', "1.0~"},
    {"1.0a", '>', "1.0"},
    {"1.0a", '<', "1.0+"}, /* letters before all other bytes */
    {"1.0-", '=', "1.0"},
    {"1.10", '>', "1.9"},
    {"1.010", '=', "1.10"},
    {"1.0.", '>', "1.0"},
    {"2.40-2cross2", '>', "2.40-2"},
    {"3.0.18-1~deb12u1", '<', "3.0.18-1"},
    {"5.2.15-2+b9", '>', "5.2.15-2+b8"},
    {"8.14.1-1~bpo12+1", '<', "8.14.1-1"},
    {"1-2-3", '>', "1-2-2"}, /* the last dash cuts */
    {"1-10-1", '>', "1-9-1"},
    {"18446744073709551617", '>', "18446744073709551616"}, /* beyond 64 bits */
    {"100000000000000000000:1", '>', "99999999999999999999:1"},
    {" 1.0 ", '=', "1.0"},
    {"", '<', "1"},
    {"", '=', ""},
    {"", '=', "0"},
    {"1.0A", '<', "1.0a"},
    {"1.0\x01", '>', "1.0a"},
};

static const Case rpm[] = {
    {"1.0-1", '=', "1.0-1"},
    {"1.0-1", '=', "0:1.0-1"},
    {"1:1.0-1", '>', "2.0-1"},
    {"1.0", '<', "1.0-1"}, /* a missing release is older */
    {"1.0~rc1-1", '<', "1.0-1"},
    {"1.0~rc1", '<', "1.0~rc2"},
    {"1.0^20200101", '>', "1.0"},
    {"1.0^20200101", '<', "1.0.1"},
    {"1.0^git1~pre", '<', "1.0^git1"},
    {"1.0~rc1^git1", '>', "1.0~rc1"},
    {"1.0^", '<', "1.0^a"},
    {"1.0a", '>', "1.0"},
    {"1.0a", '<', "1.0.1"}, /* a number is newer than letters */
    {"1.05", '=', "1.5"},
    {"1_0", '=', "1.0"}, /* separators do not count */
    {"1..0", '=', "1.0"},
    {"1.0.", '=', "1.0"},
    {"a", '<', "1"},
    {"5.14.0-70.22.1.el9_0", '<', "5.14.0-70.100.1.el9_0"},
    {"2.28-251.el8_10.16", '>', "2.28-251.el8_10.2"},
    {"20200101", '<', "100000000000000000000000000"},
    {"", '=', ""},
    {"", '<', "1"},
};

static const Case apk[] = {
    {"1.0-r0", '=', "1.0-r0"},
    {"1.0", '<', "1.0-r0"},
    {"1.0-r9", '<', "1.0-r10"},
    {"1.0_alpha1-r0", '<', "1.0-r0"},
    {"1.0_alpha", '<', "1.0_beta"},
    {"1.0_beta", '<', "1.0_pre"},
    {"1.0_pre9", '<', "1.0_rc1"},
    {"1.0_rc1", '<', "1.0"},
    {"6.0_pre1", '<', "6.0"}, /* apk-tools 2.12 had this one wrong */
    {"1.0", '<', "1.0_p1"},
    {"1.0_cvs", '<', "1.0_svn"},
    {"1.0_git20200101", '<', "1.0_p0"},
    {"0.1.0_alpha_pre2", '<', "0.1.0_alpha"},
    {"1.0_p1", '<', "1.0a"},
    {"1.0a", '<', "1.0b"},
    {"1.0b-r9", '<', "1.0.1-r0"},
    {"1.05", '<', "1.5"}, /* zeros behind a dot: a decimal fraction */
    {"1.005", '<', "1.05"},
    {"4.03-r0", '>', "4.0.9-r6"},
    {"1.06-r6", '<', "006"}, /* not so in front */
    {"9.0.0050-r0", '<', "9.0.0437-r0"},
    {"8.2.0735-r0", '<', "8.2.1000-r0"},
    {"1.0.0_pre20191002222144-r0", '<', "1.0.0_pre20210530193627-r0"},
    {"1.0", '<', "1.0bc"}, /* malformed */
    {"23_foo", '>', "4_beta"},
    {"1.1.1w-r1", '>', "1.1.1t-r9"},
    {"", '=', ""},
};

static const Case generic[] = {
    {"1:1.0-1", '>', "2.0-1"}, {"1.0", '=', "1.0-5"}, /* a missing pkgrel equals every other */
    {"1.0-1", '<', "1.0-2"},   {"1.0rc1", '<', "1.0"},   {"1.0.rc1", '>', "1.0"},
    {"1.0a", '<', "1.0b"},     {"1.0beta", '<', "1.0p"}, {"1..0", '>', "1.0"},
};

static void check(gconstpointer data, CrVersionScheme scheme, gsize count)
{
  const Case *rows = data;
  for (gsize i = 0; i < count; i++) {
    const Case *row = &rows[i];
    int order = cr_version_compare(scheme, row->a, row->b), back = cr_version_compare(scheme, row->b, row->a);
    g_test_message("%s %c %s: %d, %d", row->a, row->order, row->b, order, back);
    g_assert_cmpint((order > 0) - (order < 0), ==, (row->order == '>') - (row->order == '<'));
    g_assert_cmpint((order > 0) - (order < 0), ==, (back < 0) - (back > 0));
  }
}

static void test_deb(void)
{
  check(deb, CR_SCHEME_DEB, G_N_ELEMENTS(deb));
}

static void test_rpm(void)
{
  check(rpm, CR_SCHEME_RPM, G_N_ELEMENTS(rpm));
}

static void test_apk(void)
{
  check(apk, CR_SCHEME_APK, G_N_ELEMENTS(apk));
}

static void test_generic(void)
{
  check(generic, CR_SCHEME_GENERIC, G_N_ELEMENTS(generic));
}

static void test_scheme(void)
{
  g_assert_cmpint(cr_version_scheme_for("deb"), ==, CR_SCHEME_DEB);
  g_assert_cmpint(cr_version_scheme_for("opkg"), ==, CR_SCHEME_DEB);
  g_assert_cmpint(cr_version_scheme_for("rpm"), ==, CR_SCHEME_RPM);
  g_assert_cmpint(cr_version_scheme_for("apk"), ==, CR_SCHEME_APK);
  g_assert_cmpint(cr_version_scheme_for("alpm"), ==, CR_SCHEME_GENERIC);
  g_assert_cmpint(cr_version_scheme_for(NULL), ==, CR_SCHEME_GENERIC);
}

/* Any bytes: no crash, and a against b is opposite to b against a. */
static void test_any_bytes(void)
{
  static const char alphabet[] = "0019.-~^:_+arpg\x80\xff ";
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  for (guint i = 0; i < 200000; i++) {
    char text[2][12] = {{0}};
    for (guint side = 0; side < 2; side++)
      for (gint at = g_rand_int_range(rand, 0, 11); at > 0; at--)
        text[side][at - 1] = alphabet[g_rand_int_range(rand, 0, (gint32)sizeof alphabet - 1)];
    for (CrVersionScheme scheme = CR_SCHEME_DEB; scheme <= CR_SCHEME_GENERIC; scheme++) {
      int order = cr_version_compare(scheme, text[0], text[1]), back = cr_version_compare(scheme, text[1], text[0]);
      if ((order > 0) - (order < 0) != (back < 0) - (back > 0))
        g_error("scheme %d: '%s' and '%s': %d, %d", scheme, text[0], text[1], order, back);
      g_assert_cmpint(cr_version_compare(scheme, text[0], text[0]), ==, 0);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/version/deb", test_deb);
  g_test_add_func("/version/rpm", test_rpm);
  g_test_add_func("/version/apk", test_apk);
  g_test_add_func("/version/generic", test_generic);
  g_test_add_func("/version/scheme", test_scheme);
  g_test_add_func("/version/any-bytes", test_any_bytes);
  return g_test_run();
}
