/* SPDX-License-Identifier: Apache-2.0 */
/* What is a secret, by name, mode and beginning. */
#include <string.h>

#include "remedy/secrets.h"

typedef struct {
  const char *name, *path;
  guint mode;
  const char *head;
  const char *wanted; /* a part of what it is; NULL: no secret */
} Row;

static const Row rows[] = {
    {"host-key", "etc/ssh/ssh_host_ed25519_key", 0600, "x", "SSH host"},
    {"host-key-public", "etc/ssh/ssh_host_ed25519_key.pub", 0644, "ssh-ed25519 AAAA", NULL},
    {"machine-id", "etc/machine-id", 0444, "0123456789abcdef0123456789abcdef\n", "one machine"},
    {"machine-id-none", "etc/machine-id", 0444, "uninitialized\n", NULL},
    {"machine-id-empty", "etc/machine-id", 0444, "", NULL},
    {"machine-id-dbus", "var/lib/dbus/machine-id", 0444, "0123456789abcdef0123456789abcdef\n", "one machine"},
    {"snakeoil", "etc/ssl/private/ssl-cert-snakeoil.key", 0640, "-----BEGIN PRIVATE KEY-----\nMII", "private key"},
    {"rsa", "opt/x.pem", 0644,
     "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n", "private key"},
    {"openssh", "root/.ssh/id", 0600, "-----BEGIN OPENSSH PRIVATE KEY-----\n", "private key"},
    {"pgp", "x.asc", 0644, "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "private key"},
    {"putty", "x.ppk", 0644, "PuTTY-User-Key-File-3: ssh-ed25519\n", "private key"},
    {"certificate", "etc/ssl/certs/x.pem", 0644, "-----BEGIN CERTIFICATE-----\nMII PRIVATE KEY\n", NULL},
    {"mentioned", "usr/share/doc/x", 0644, "a PRIVATE KEY begins with BEGIN\n", NULL},
    {"rndc", "etc/bind/rndc.key", 0640, "key rndc { secret \"x\"; };\n", "by its name"},
    {"rndc-readable", "etc/bind/keys", 0644, "managed-keys {};\n", NULL},
    {"cookie", "var/lib/rabbitmq/.erlang.cookie", 0400, "ABCDEF", "by its name"},
    {"seed", "var/lib/systemd/random-seed", 0600, "x", "private key"},
    {"shadow", "etc/shadow", 0640, "root:*:1::::::\n", NULL},
    {"debconf", "var/cache/debconf/passwords.dat", 0600, "Name: x\n", NULL},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  const char *what = cr_secret_identify(row->path, row->mode, strlen(row->head), row->head, strlen(row->head));
  if (!row->wanted) {
    g_assert_cmpstr(what, ==, NULL);
    return;
  }
  g_assert_nonnull(what);
  g_assert_nonnull(strstr(what, row->wanted));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/secrets/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  return g_test_run();
}
