/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/kept-up.h"

static const struct {
  const char *path;
  gboolean known;
} rows[] = {
    {"etc/passwd", TRUE},
    {"etc/passwd.x", FALSE},
    {"etc/rc2.d/S01nginx", TRUE},
    {"etc/rc.local", FALSE},
    {"etc/systemd/system/multi-user.target.wants/nginx.service", TRUE},
    {"etc/systemd/system/multi-user.target.wants", TRUE},
    {"etc/systemd/system/own.service", FALSE},
    {"etc/ssl/certs/ca.pem", TRUE},
    {"etc/ld.so.cache", TRUE},
    {"etc/ld.so.preload", FALSE},
    {"etc/nginx/nginx.conf.dpkg-dist", TRUE},
    {"usr/bin/x.dpkg-dist", FALSE},
    {"etc/cron.d/x", FALSE},
    {"usr/lib/x86_64-linux-gnu/gio/modules/giomodule.cache", TRUE},
    {"usr/lib/a/b/gio/modules/giomodule.cache", FALSE},
    {"usr/lib/python3/dist-packages/__pycache__/x.pyc", TRUE},
    {"usr/share/witness", FALSE},
    {"var/lib/postgresql/x", TRUE},
    {"var/library", FALSE},
    {"root/.ssh/authorized_keys", FALSE},
};

static void test_explain(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].path);
    g_assert_cmpint(cr_kept_up_explain(rows[i].path) != NULL, ==, rows[i].known);
  }
}

static void test_plain(void)
{
  g_assert_cmpuint(cr_kept_up_measure_plain("etc/x.dpkg-dist"), ==, 5);
  g_assert_cmpuint(cr_kept_up_measure_plain("etc/x.ucf-old"), ==, 5);
  g_assert_cmpuint(cr_kept_up_measure_plain("etc/x.old"), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/kept-up/explain", test_explain);
  g_test_add_func("/remedy/kept-up/plain", test_plain);
  return g_test_run();
}
