#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# careen where: everything on record that has it, and what cannot be answered for.
load common

record() { careen plan >/dev/null || true; } # makes one

# sql TEXT: into the record
sql() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()' "$XDG_STATE_HOME/careen/record.db" "$1"; }

# seen: two images, one with a container; one package and flaw in both
seen() {
  record
  sql "INSERT INTO images VALUES(1, 'sha256:$(printf '%064d' 1)', 'shop/web:4', NULL, 'linux/amd64', 'debian 12', 'patch', '', '2026-11-28', 1795838400, 'sha256:$(printf '%064d' 11)', ''),
      (2, 'sha256:$(printf '%064d' 2)', 'shop/db:1', NULL, 'linux/amd64', 'debian 12', 'current', '', '2026-11-28', 1795924800, 'sha256:$(printf '%064d' 11)', '');
    INSERT INTO packages VALUES(1, 'deb', 'libssl3', 'openssl', '3.0.9-1', 'amd64', 'pkg:deb/debian/libssl3@3.0.9-1'), (2, 'deb', 'libssl3', 'openssl', '3.0.20-1', 'amd64', 'pkg:deb/debian/libssl3@3.0.20-1');
    INSERT INTO image_packages VALUES(1, 1, 'loaded', '3.0.22-1', 1), (2, 2, 'unreached', NULL, 0);
    INSERT INTO flaws VALUES(1, 'CVE-2026-1111', 'libssl3', '3.0.9-1', '3.0.22-1', 'fixable', 'critical', 1);
    INSERT INTO image_flaws VALUES(1, 1, 'loaded');
    INSERT INTO aliases VALUES('GHSA-aaaa-bbbb-cccc', 'CVE-2026-1111');
    INSERT INTO sightings VALUES('host1', 'image', 'docker', 'shop/web:4', 'sha256:$(printf '%064d' 1)', NULL, 1, 1), ('host1', 'container', 'docker', 'web', 'sha256:$(printf '%064d' 1)', 'running', 1, 1);"
}

valid() {
  python3 -c 'import json, jsonschema, sys
schema, report = map(json.load, map(open, sys.argv[1:]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(report)' "$top/doc/schema/careen.where-1.json" "$1"
}

count() { careen where "$1" -f json | jq '.hits | length'; }

@test "where: a flaw, by each of its names" {
  seen
  run careen where CVE-2026-1111
  code 0
  says "libssl3"
  says "3.0.9-1"
  says "web"
  run careen where GHSA-aaaa-bbbb-cccc --fail-on found
  code 1
  [ "$(count cve-2026-1111)" = 1 ]
  run careen where CVE-2026-2222 --fail-on found
  code 0
  careen where CVE-2026-1111 -f json >where.json
  valid where.json
  sql "UPDATE images SET data=NULL WHERE id=2"
  run careen where CVE-2026-2222
  code 3
  says "1 of 2 images are not answered for: they were looked at without advisories"
}

@test "where: a package, binary or source, and its versions by its own order" {
  seen
  run careen where openssl
  code 0
  says "3.0.20-1"
  says "shop/db:1"
  [ "$(count libssl3)" = 2 ]
  [ "$(count 'libssl3<3.0.10')" = 1 ]
  [ "$(count 'libssl3<3.0.9-1')" = 0 ]
  [ "$(count 'libssl3<=3.0.9-1')" = 1 ]
  [ "$(count 'libssl3>3.0.9-1')" = 1 ]
  [ "$(count 'libssl3=3.0.20-1')" = 1 ]
  [ "$(count 'libssl3>=3.0.9-1')" = 2 ]
  sql "UPDATE images SET verdict='blind' WHERE id=1"
  run careen where curl
  code 3
  says "1 of 2 images are not fully answered for"
}

@test "where: digests of images and layers; of files in layers that are not there, that is said" {
  seen
  [ "$(count "sha256:$(printf '%064d' 2)")" = 1 ]
  [ "$(count "$(printf '%064d' 11)")" = 2 ]
  run careen where "$(printf '%064d' 99)"
  code 3
  says "2 of 2 images are not answered for: indexes of their layers are not in the cache"
}

@test "where: a path in the layers of the cache; a layer that is not there is said" {
  record
  small_image a.oci.tar
  mkdir -p top/usr/bin
  : >top/usr/bin/.wh.hello
  : >top/usr/bin/other
  tar -C top --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf top.tar .
  "$top/tools/make-oci" b.oci.tar '{"Entrypoint":["/usr/bin/other"]}' layer.tar top.tar
  id=0
  for image in a b; do
    careen scan $image.oci.tar --offline -f json >$image.json || true
    id=$((id + 1))
    sql "INSERT INTO images VALUES($id, '$(jq -r .image.id $image.json)', '$image', NULL, 'linux/amd64', 'debian 12', 'current', '', NULL, 1795838400, '$(jq -r '[.image.layers[].diff_id] | join("\n")' $image.json)', '')"
  done
  [ "$(careen where /usr/bin/hello -f json | jq -c '[.hits[].image]')" = '["a"]' ] # of b it is gone
  [ "$(careen where 'hell?' -f json | jq -c '[.hits[] | [.image, .what]]')" = '[["a","usr/bin/hello"]]' ]
  [ "$(careen where '/usr/bin/*' -f json | jq -c '[.hits[] | [.image, .what]] | sort')" = '[["a","usr/bin/hello"],["b","usr/bin/other"]]' ]
  run careen where /usr/bin/none
  code 0
  rm -r "$XDG_CACHE_HOME/careen/layers"
  run careen where /usr/bin/hello
  code 3
  says "2 of 2 images are not answered for: indexes of their layers are not in the cache"
}

@test "scan --remember: what CI looked at is on record, and a scan without it leaves nothing" {
  small_root root
  tar -C root -cf layer.tar .
  "$top/tools/make-oci" image.oci.tar '{}' layer.tar
  careen scan --offline oci-archive:image.oci.tar >/dev/null || [ $? = 3 ]
  [ ! -e "$XDG_STATE_HOME/careen/record.db" ]
  careen scan --offline --remember oci-archive:image.oci.tar >/dev/null || [ $? = 3 ]
  run careen where base-files
  says "FOUND"
  says "image.oci.tar"
  run careen scan --offline --remember rootfs:root
  says "is not remembered: it has no image id"
}
