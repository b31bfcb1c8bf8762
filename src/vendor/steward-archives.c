/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/steward.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *hosts[3];       /* parts of the address */
  const char *origins[3];     /* Origin of the Release file, whole */
  const char *maintainers[3]; /* parts of Maintainer */
  const char *versions[2];    /* parts of the version that nobody else writes */
} Known;

/* One row an archive: a new one is a row here. No maintainer here may be one of Debian's own: those who work for a
 * company upload to Debian from its address too (checked against every Maintainer of bullseye, bookworm, trixie and
 * sid). */
static const Known known[] = {
    {"apt.postgresql.org (PGDG)",
     {"apt.postgresql.org", "apt-archive.postgresql.org"},
     {"apt.postgresql.org"},
     {NULL},
     {".pgdg"}},
    {"nginx.org", {"nginx.org/packages", "packages.nginx.org"}, {"nginx"}, {"nginx-packaging@", "@nginx.com"}, {NULL}},
    {"NGINX Plus", {"pkgs.nginx.com"}, {NULL}, {NULL}, {NULL}},
    {"Docker", {"download.docker.com"}, {"Docker"}, {"@docker.com"}, {NULL}},
    {"NodeSource",
     {"deb.nodesource.com", "rpm.nodesource.com"},
     {"Node Source", "NodeSource"},
     {"@nodesource.com"},
     {"nodesource"}},
    {"deb.sury.org", {"sury.org", "ppa.launchpadcontent.net/ondrej"}, {"deb.sury.org"}, {NULL}, {"sury.org"}},
    {"Launchpad PPA", {"ppa.launchpadcontent.net", "ppa.launchpad.net"}, {NULL}, {NULL}, {"~ppa", "+ppa"}},
    {"MariaDB Foundation",
     {"mariadb.org", "mariadb.com", "mariadb.mirror"},
     {"MariaDB", "MariaDB Enterprise"},
     {"@lists.mariadb.org", "@mariadb.org", "@mariadb.com"},
     {"+maria~"}},
    {"MySQL (Oracle)", {"repo.mysql.com"}, {"MySQL"}, {"mysql-build@oss.oracle.com"}, {NULL}},
    {"Percona", {"repo.percona.com"}, {"Percona Development Team"}, {"@percona.com"}, {NULL}},
    {"MongoDB", {"repo.mongodb.org", "repo.mongodb.com"}, {"mongodb"}, {"packaging@mongodb.com"}, {NULL}},
    {"Redis", {"packages.redis.io"}, {"packages.redis.io"}, {"@redis.io", "@redis.com", "redis@redis"}, {"rl1~"}},
    {"RabbitMQ (Team RabbitMQ)",
     {"rabbitmq.com", "novemberain.com"},
     {NULL},
     {"@rabbitmq.com", "RabbitMQ Team"},
     {NULL}},
    {"Elastic", {"artifacts.elastic.co"}, {"elastic"}, {"@elastic.co"}, {NULL}},
    {"OpenSearch", {"artifacts.opensearch.org"}, {"OpenSearch"}, {"@opensearch.org", "opensearch@amazon.com"}, {NULL}},
    {"Grafana Labs", {"grafana.com"}, {"Grafana", "grafana stable"}, {"@grafana.com"}, {NULL}},
    {"HashiCorp", {"releases.hashicorp.com"}, {"HashiCorp"}, {"@hashicorp.com", "HashiCorp"}, {NULL}},
    {"Kubernetes", {"pkgs.k8s.io", "apt.kubernetes.io"}, {NULL}, {"kubernetes-dev@", "@kubernetes.io"}, {NULL}},
    {"Google",
     {"dl.google.com", "packages.cloud.google.com"},
     {"Google LLC", "Google, Inc."},
     {"chromium-dev@chromium.org", "Google Cloud"},
     {NULL}},
    {"Microsoft", {"packages.microsoft.com"}, {NULL}, {"@microsoft.com", ".microsoft.com>"}, {NULL}},
    {"GitHub CLI", {"cli.github.com"}, {NULL}, {"@github.com"}, {NULL}},
    {"GitLab", {"packages.gitlab.com"}, {NULL}, {"@gitlab.com", "GitLab"}, {NULL}},
    {"Jenkins", {"pkg.jenkins.io", "pkg.origin.jenkins.io"}, {"jenkins.io"}, {"@jenkins-ci.org"}, {NULL}},
    {"Zabbix", {"repo.zabbix.com"}, {"Zabbix"}, {"@zabbix.com"}, {NULL}},
    {"InfluxData", {"repos.influxdata.com"}, {"InfluxData"}, {"@influxdb.com", "@influxdata.com"}, {NULL}},
    {"Datadog", {"datadoghq.com"}, {"Datadog, Inc."}, {"@datadoghq.com"}, {NULL}},
    {"New Relic", {"download.newrelic.com"}, {NULL}, {"@newrelic.com"}, {NULL}},
    {"Cloudflare", {"pkg.cloudflare.com", "pkg.cloudflareclient.com"}, {NULL}, {"@cloudflare.com"}, {NULL}},
    {"Yarn", {"dl.yarnpkg.com"}, {"yarn"}, {"Yarn Developers"}, {NULL}},
    {"Caddy", {"public/caddy"}, {NULL}, {"@caddyserver.com", "Matthew Holt"}, {NULL}},
    {"Tailscale", {"pkgs.tailscale.com"}, {"Tailscale"}, {"@tailscale.com"}, {NULL}},
    {"ClickHouse", {"packages.clickhouse.com"}, {"ClickHouse"}, {"@clickhouse.com"}, {NULL}},
    {"Neo4j", {"debian.neo4j.com"}, {NULL}, {"@neo4j.com", "@neotechnology.com"}, {NULL}},
    {"TimescaleDB", {"packagecloud.io/timescale"}, {NULL}, {"@timescale.com"}, {NULL}},
    {"Citus Data", {"packagecloud.io/citusdata", "repos.citusdata.com"}, {NULL}, {"@citusdata.com"}, {".citus-"}},
    {"Varnish Cache", {"packagecloud.io/varnishcache"}, {NULL}, {"@varnish-software.com"}, {NULL}},
    {"haproxy.debian.net", {"haproxy.debian.net"}, {"haproxy.debian.net"}, {NULL}, {NULL}},
    {"OpenResty", {"openresty.org"}, {"OpenResty"}, {"@openresty.com", "@openresty.org"}, {NULL}},
    {"Eclipse Adoptium",
     {"packages.adoptium.net"},
     {"Adoptium", "Artifactory"},
     {"Eclipse Adoptium", "@adoptium.net"},
     {NULL}},
    {"Azul", {"repos.azul.com"}, {"Azul Systems, Inc."}, {"@azul.com"}, {NULL}},
    {"Amazon Corretto", {"apt.corretto.aws"}, {NULL}, {"Amazon Corretto", "corretto-team@"}, {NULL}},
    {"NVIDIA", {"developer.download.nvidia", "nvidia.github.io"}, {"NVIDIA"}, {"cudatools@nvidia.com"}, {NULL}},
    {"Intel", {"apt.repos.intel.com"}, {"Intel Corporation"}, {NULL}, {NULL}},
    {"Apache CouchDB", {"apache.jfrog.io/artifactory/couchdb"}, {NULL}, {"@couchdb.apache.org"}, {NULL}},
    {"Puppet", {"apt.puppet.com", "apt.puppetlabs.com"}, {"Puppetlabs"}, {"@puppet.com", "@puppetlabs.com"}, {NULL}},
    {"Icinga", {"packages.icinga.com"}, {"debmon", "Icinga"}, {"@icinga.com"}, {NULL}},
    {"Proxmox", {"download.proxmox.com", "enterprise.proxmox.com"}, {"Proxmox"}, {"@proxmox.com"}, {NULL}},
    {"Raspberry Pi",
     {"archive.raspberrypi.com", "archive.raspberrypi.org"},
     {"Raspberry Pi Foundation"},
     {"@raspberrypi.com"},
     {"+rpt"}},
    {"deb-multimedia.org", {"deb-multimedia.org"}, {"Unofficial Multimedia Packages"}, {NULL}, {"-dmo"}},
    {"Freexian ELTS", {"deb.freexian.com/extended-lts"}, {"Freexian"}, {NULL}, {NULL}},
    {"Ubuntu Pro (ESM)", {"esm.ubuntu.com"}, {"UbuntuESM", "UbuntuESMApps"}, {NULL}, {"+esm"}},
    {"WineHQ", {"dl.winehq.org"}, {"dl.winehq.org"}, {"@winehq.org"}, {NULL}},
};

static const char *find_part(const char *text, const char *const *parts, guint count)
{
  for (guint i = 0; text && i < count && parts[i]; i++)
    if (strstr(text, parts[i]))
      return parts[i];
  return NULL;
}

/* The host of an address; the address itself where it has none. */
static const char *get_host(const char *uri, CrArena *arena)
{
  const char *start = strstr(uri, "://");
  start = start ? start + 3 : uri;
  const char *at = memchr(start, '@', strcspn(start, "/")); /* never a password in a report */
  start = at ? at + 1 : start;
  gsize length = strcspn(start, "/");
  return length ? cr_arena_strndup(arena, start, length) : uri;
}

const char *cr_steward_name_archive(const CrArchive *archive, CrArena *arena)
{
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    if (find_part(archive->uri, known[i].hosts, G_N_ELEMENTS(known[i].hosts)))
      return known[i].name;
  for (guint i = 0; archive->origin && i < G_N_ELEMENTS(known); i++)
    for (guint o = 0; o < G_N_ELEMENTS(known[i].origins) && known[i].origins[o]; o++)
      if (!strcmp(archive->origin, known[i].origins[o]))
        return known[i].name;
  if (archive->origin && *archive->origin)
    return archive->origin;
  if (archive->uri && *archive->uri)
    return get_host(archive->uri, arena);
  return archive->name ? archive->name : "an archive without a name";
}

const char *cr_steward_guess_archive(const CrPackage *package, const char **hint)
{
  for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
    const char *version = find_part(package->version, known[i].versions, G_N_ELEMENTS(known[i].versions));
    const char *maintainer = find_part(package->maintainer, known[i].maintainers, G_N_ELEMENTS(known[i].maintainers));
    *hint = version ? "the version" : "the maintainer";
    if (version || maintainer)
      return known[i].name;
  }
  *hint = NULL;
  return NULL;
}
