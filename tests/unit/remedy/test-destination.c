/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/destination.h"

#include "base/error.h"

static char *resolve(const char *source, const char *to, const char *tag, gboolean push)
{
  CrImage image = {.ref = "x", .source = source};
  CrDestinations wishes = {to, tag, push};
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = cr_destinations_resolve(&wishes, &image, &error);
  if (!names) {
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    g_assert_nonnull(cr_error_get_hint(error));
    return g_strdup("refused");
  }
  return g_strjoinv(" ", names);
}

static void test_places(void)
{
  static const struct {
    const char *source, *to, *tag;
    gboolean push;
    const char *expected;
  } rows[] = {
      {"docker", NULL, NULL, FALSE, ""},
      /* a plain name is for where the image came from */
      {"docker", NULL, "web:2", FALSE, "docker:web:2"},
      {"podman", NULL, "web:2", FALSE, "podman:web:2"},
      {"registry", NULL, "r.example:5000/web:2", FALSE, "registry:r.example:5000/web:2"},
      {"oci-archive", NULL, "web:2", FALSE, "refused"},
      {"oci", NULL, "docker:web:2", FALSE, "docker:web:2"},
      {"docker", NULL, "oci:folder", FALSE, "refused"},
      /* …or the name in a file */
      {"docker", "oci:out", "v2", FALSE, "oci:out:v2"},
      {"oci", "docker-archive:web.tar", "shop/web:2", FALSE, "docker-archive:web.tar:shop/web:2"},
      {"docker", "podman:web:2", "web:3", FALSE, "podman:web:2 docker:web:3"},
      {"docker", "oci:out:v2", NULL, FALSE, "oci:out:v2"},
      /* pushing is besides; a place is written to once */
      {"docker", NULL, "r.example/web:2", TRUE, "docker:r.example/web:2 registry:r.example/web:2"},
      {"registry", NULL, "r.example/web:2", TRUE, "registry:r.example/web:2"},
      {"oci", "oci:out", "r.example/web:2", TRUE, "oci:out:r.example/web:2 registry:r.example/web:2"},
      {"docker", NULL, "docker://r.example/web:2", TRUE, "registry:r.example/web:2"},
      {"docker", NULL, NULL, TRUE, "refused"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = resolve(rows[i].source, rows[i].to, rows[i].tag, rows[i].push);
    if (g_strcmp0(got, rows[i].expected) != 0)
      g_error("row %u: '%s', not '%s'", i, got, rows[i].expected);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/destination/places", test_places);
  return g_test_run();
}
