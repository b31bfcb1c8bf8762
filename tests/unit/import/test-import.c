/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of file becomes. That careen reads it is asserted of every one. */
#include "import/import.h"

#include <string.h>

#include "base/error.h"
#include "cli/config-file.h"

typedef struct {
  const char *test, *name, *text;
  const char *has;   /* of the careen.yaml, comments left out, line ends as "|" */
  const char *loses; /* a part of the only problem; "": none; NULL: several */
} Row;

static CrImport *import_text(const char *name, const char *text, GError **error)
{
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_dmy(&today, 28, G_DATE_NOVEMBER, 2026);
  g_autoptr(CrImport) import = cr_import_new(&today);
  return cr_import_parse(import, NULL, text, strlen(text), name, error) ? g_steal_pointer(&import) : NULL;
}

/* Without comments and empty lines. */
static char *strip(const char *yaml)
{
  g_autoptr(GString) out = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(yaml, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i] && *lines[i] != '#')
      g_string_append_printf(out, "%s%s", out->len ? "|" : "", lines[i]);
  return g_string_free(g_steal_pointer(&out), FALSE);
}

static void check_row(gconstpointer data)
{
  const Row *row = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrImport) import = import_text(row->name, row->text, &error);
  g_assert_no_error(error);
  g_autofree char *yaml = cr_import_format_yaml(import), *plain = strip(yaml);
  g_assert_cmpstr(plain, ==, row->has);
  guint count = cr_problems_get_count(import->problems);
  if (row->loses)
    g_assert_cmpuint(count, ==, *row->loses ? 1 : 0);
  if (row->loses && *row->loses && !strstr(cr_problems_get(import->problems, 0)->what, row->loses))
    g_error("'%s' does not say '%s'", cr_problems_get(import->problems, 0)->what, row->loses);
  g_autoptr(CrSettings) settings = cr_settings_new();
  g_assert_true(cr_config_parse(yaml, strlen(yaml), "careen.yaml", settings, &error));
  g_assert_no_error(error);
}

#define OWNER  "|    owner: \"to be named\""
#define NINETY OWNER "|    expires: \"2027-02-26\""

static const Row rows[] = {
    /* ends a day earlier: Trivy's ends as its day begins */
    {"trivy end", ".trivyignore", "# why\nCVE-2026-1 exp:2027-01-01\n",
     "ignore:|  - id: CVE-2026-1|    reason: why" OWNER "|    expires: \"2026-12-31\"", ""},
    {"trivy over", ".trivyignore", "CVE-2026-1 exp:2026-11-28\n", "", "ended on 2026-11-28"},
    {"trivy no day", ".trivyignore", "CVE-2026-1 exp:soon\n", "", "'soon' is no day"},
    {"trivy checks", ".trivyignore", "AVD-DS-0002\n", "", "is the name of no flaw"},
    {"trivy glob", ".trivyignore", "CVE-*\n", "", "is the name of no flaw"},
    {"trivy and", ".trivyignore.yaml",
     "vulnerabilities:\n- id: CVE-2026-1\n  paths: [a/b, /c/**]\n  purls: ['pkg:npm/x']\n  statement: s\n",
     "ignore:|  - id: CVE-2026-1|    package: \"pkg:npm/x\"|    path: a/b|    reason: s" NINETY
     "|  - id: CVE-2026-1|    package: \"pkg:npm/x\"|    path: \"/c/*\"|    reason: s" NINETY,
     ""},
    /* '*' of doublestar does not go over '/', ours does */
    {"trivy path", ".trivyignore.yaml", "vulnerabilities:\n- id: CVE-2026-1\n  paths: ['opt/*.jar']\n", "",
     "careen has no such pattern"},
    {"trivy source", ".trivyignore.yaml",
     "vulnerabilities:\n- id: CVE-2026-1\n  purls: ['pkg:deb/debian/x?arch=source']\n", "",
     "careen has no such pattern"},
    {"grype", ".grype.yaml", "fail-on-severity: high\nignore:\n- vulnerability: CVE-2026-1\n  reason: r\n",
     "fail-on: high|ignore:|  - id: CVE-2026-1|    reason: r" NINETY, ""},
    {"grype fix-state", ".grype.yaml", "ignore:\n- vulnerability: CVE-2026-1\n  fix-state: unknown\n", "", "fix-state"},
    {"grype no type", ".grype.yaml", "ignore:\n- package: {name: openssl}\n", "", "without its type"},
    {"grype deb", ".grype.yaml", "ignore:\n- package: {name: openssl, type: deb, version: 3.0.1-1}\n  reason: r\n",
     "ignore:|  - package: \"pkg:deb/*/openssl@3.0.1-1\\\\?*\"|    reason: r" NINETY, ""},
    {"grype expression", ".grype.yaml", "ignore:\n- package: {name: 'linux.*', type: deb}\n", "", "no pattern"},
    {"grype type alone", ".grype.yaml", "ignore:\n- vulnerability: CVE-2026-1\n  package: {type: npm}\n", "",
     "a type or a version alone"},
    {"osv", "osv-scanner.toml",
     "[[IgnoredVulns]]\nid = \"GO-2026-1\"\nignoreUntil = 2027-01-01T10:00:00Z\nreason = 'r'\n",
     "ignore:|  - id: GO-2026-1|    reason: r" OWNER "|    expires: \"2026-12-31\"", ""},
    {"osv package", "osv-scanner.toml",
     "[[PackageOverrides]]\nname = \"@a/b\"\necosystem = \"npm\"\nignore = true\nreason = 'r'\n",
     "ignore:|  - package: \"pkg:npm/%40a/b\"|    reason: r" NINETY, ""},
    {"osv any", "osv-scanner.toml", "[[PackageOverrides]]\nname = \"b\"\nignore = true\n", "", "any ecosystem"},
    {"osv group", "osv-scanner.toml",
     "[[PackageOverrides]]\nname = \"b\"\necosystem = \"npm\"\ngroup = \"dev\"\nignore = true\n", "", "a condition"},
    {"debsecan", "whitelist", "VERSION 0\nCVE-2026-1,openssl\n",
     "ignore:|  - id: CVE-2026-1|    package: \"pkg:deb/*/openssl@*\"|    reason: \"imported from 'whitelist' line 2, "
     "which "
     "gives no reason\"" NINETY,
     ""},
    {"debsecan wrong", "whitelist", "VERSION 0\nCVE-2026-1\n", "", "is not FLAW,PACKAGE"},
    {"unattended", "50unattended-upgrades",
     "Unattended-Upgrade::Allowed-Origins { \"${distro_id}:${distro_codename}-security\"; };\n"
     "Unattended-Upgrade::Package-Blacklist { \"linux-\"; \"libc6$\"; \"libstdc\\+\\+6\"; };\n"
     "Unattended-Upgrade::Mail \"root\"; Unattended-Upgrade::MailOnlyOnError \"true\";\n"
     "Unattended-Upgrade::Update-Days {\"Mon\"; \"5\";};\n",
     "policy:|  updates: all|  origins:|    - \"origin=${distro_id},archive=${distro_codename}-security\"|  hold:|    "
     "- "
     "\"linux-*\"|    - libc6|    - \"libstdc++6*\"|  window: \"Mon,Fri 00:00+24h\"|notify:|  mail:|    - root|  "
     "report: "
     "only-on-error",
     ""},
    /* what has no glob holds more, never less */
    {"unattended expression", "50unattended-upgrades", "Unattended-Upgrade::Package-Blacklist { \"libfo?o\"; };\n",
     "policy:|  hold:|    - \"libf*\"", "which holds more"},
    {"unattended choice", "50unattended-upgrades", "Unattended-Upgrade::Package-Blacklist { \"a|b\"; };\n",
     "policy:|  hold:|    - \"*\"", "which holds more"},
    {"unattended no origin", "50unattended-upgrades", "Unattended-Upgrade::Origins-Pattern { \"what=x\"; };\n",
     "policy:|  hold:|    - \"*\"", NULL},
    {"unattended reboot", "50unattended-upgrades", "Unattended-Upgrade::Automatic-Reboot \"true\";\n", "",
     "automatic-reboot has no equivalent"},
    {"watchtower all", "compose.yaml",
     "name: p\nservices:\n  a: {image: 'a:1'}\n  b: {image: b, container_name: own, labels: "
     "{com.centurylinklabs.watchtower.enable: 'false'}}\n  w: {image: containrrr/watchtower, command: [--interval, "
     "'60']}\n",
     "images:|  \"a:1\": {policy: {updates: all, actions: [pull]}}|containers:|  - \"p-a-?\"|  - \"p_a_?\"|interval: "
     "\"60s\"",
     ""},
    {"watchtower labelled", "compose.yaml",
     "name: p\nservices:\n  a: {image: 'a:1'}\n  b: {image: b, container_name: own, labels: "
     "[com.centurylinklabs.watchtower.enable=true]}\n  w: {image: containrrr/watchtower, environment: "
     "{WATCHTOWER_LABEL_ENABLE: 'true', WATCHTOWER_NO_RESTART: 'true'}}\n",
     "images:|  \"b:latest\": {policy: {updates: all, actions: [pull], restart: never}}|containers:|  - own|interval: "
     "\"24h\"",
     ""},
    /* whether it takes all is not known: only what says so */
    {"watchtower elsewhere", "compose.yaml",
     "name: p\nservices:\n  a: {image: 'a:1'}\n  b: {image: b, container_name: own, labels: "
     "[com.centurylinklabs.watchtower.enable=true]}\n",
     "images:|  \"b:latest\": {policy: {updates: all, actions: [pull]}}|containers:|  - own", "is not in the file"},
    {"watchtower monitors", "compose.yaml",
     "name: p\nservices:\n  a: {image: a, container_name: a}\n  w: {image: containrrr/watchtower, command: [-m, -s, "
     "'0 30 2 * * 6,0']}\n",
     "images:|  \"a:latest\": {policy: {updates: all, actions: []}}|policy:|  window: \"Sat,Sun 02:30+1h\"",
     "a window of one hour"},
    {"watchtower names", "compose.yaml",
     "name: p\nservices:\n  a: {image: a}\n  b: {image: b}\n  w: {image: containrrr/watchtower, command: [-i, '60', "
     "p-a-2, "
     "'p-b-*']}\n",
     "images:|  \"a:latest\": {policy: {updates: all, actions: [pull]}}|containers:|  - p-a-2|interval: \"60s\"", ""},
    {"watchtower not these", "compose.yaml",
     "name: p\nservices:\n  a: {image: a}\n  w: {image: containrrr/watchtower, environment: "
     "[WATCHTOWER_DISABLE_CONTAINERS=p-a-1]}\n",
     "interval: \"24h\"", ""},
    {"watchtower scope", "x.json",
     "[{\"Name\": \"/a\", \"Config\": {\"Image\": \"a\", \"Labels\": {\"com.centurylinklabs.watchtower.scope\": "
     "\"x\"}}},"
     "{\"Name\": \"/b\", \"Config\": {\"Image\": \"b\"}},"
     "{\"Name\": \"/w\", \"Config\": {\"Image\": \"nickfedor/watchtower\", \"Env\": [\"WATCHTOWER_SCOPE=x\"]}}]",
     "images:|  \"a:latest\": {policy: {updates: all, actions: [pull]}}|containers:|  - a|interval: \"24h\"", ""},
    {"watchtower variable", "compose.yaml",
     "name: p\nservices:\n  a: {image: 'a:${V}', container_name: a}\n  w: {image: containrrr/watchtower}\n",
     "interval: \"24h\"", "fill its variables in first"},
    {"secrets", "x.env", "WATCHTOWER_NOTIFICATION_URL=slack://token@channel\n", "interval: \"24h\"", NULL},
    {"diun", "diun.yml", "notif: {mail: {host: h, to: [a@x]}}\nwatch: {schedule: '0 */6 * * *'}\n",
     "notify:|  mail:|    - a@x|  smtp: \"smtp://h\"|interval: \"6h\"", ""},
    {"diun labels", "compose.yaml", "name: p\nservices:\n  a: {image: a, labels: {diun.enable: 'true'}}\n",
     "images:|  \"a:latest\": {policy: {updates: all, actions: []}}", ""},
};

static void check_secret(void)
{
  g_autoptr(CrImport) import = import_text("x.env", "WATCHTOWER_NOTIFICATION_URL=slack://sesame@channel\n", NULL);
  g_autofree char *yaml = cr_import_format_yaml(import), *json = cr_import_format_json(import);
  g_assert_null(strstr(yaml, "sesame"));
  g_assert_null(strstr(json, "sesame"));
}

static void check_unknown(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(import_text("x", "hello\n", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error(&error);
  g_assert_null(import_text(".grype.yaml", "a: [", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  g_clear_error(&error);
  g_assert_null(import_text(".trivyignore", "\xff\n", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strdup_printf("/import/%s", rows[i].test);
    g_test_add_data_func(path, &rows[i], check_row);
  }
  g_test_add_func("/import/secrets are not repeated", check_secret);
  g_test_add_func("/import/unknown", check_unknown);
  return g_test_run();
}
