#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Findings of careen scan: with data and without, gates, why, the same bytes twice.
bats_require_minimum_version 1.5.0
load common

# alpine DIR: zlib and busybox of 3.18 with flaws that tests/data/advisory knows
alpine() {
  mkdir -p "$1"/etc "$1"/lib/apk/db
  printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.9\nPRETTY_NAME="Alpine Linux v3.18"\n' >"$1/etc/os-release"
  for row in 'libz 1.2.11-r4 zlib' 'busybox 1.36.1-r7 busybox'; do
    read -r name version origin <<<"$row"
    printf 'P:%s\nV:%s\nA:x86_64\no:%s\nm:Natanael Copa <ncopa@alpinelinux.org>\nc:0123456789abcdef0123456789abcdef01234567\n\n' "$name" "$version" "$origin"
  done >"$1/lib/apk/db/installed"
}

data() {
  "$top/tests/tools/make-mirror" "$top/tests/data/advisory" feeds
  careen db update -q --mirror "$PWD/feeds"
}

@test "no data: not checked, and a gate about flaws is not passed in silence" {
  alpine root
  run -3 careen scan --offline -f json rootfs:root
  [ "$(jq -c '[.findings, .coverage[0].advisories, .tool.data.advisories]' <<<"$output")" = '[[],null,null]' ]
  says 'not checked'
  run careen scan --offline --fail-on critical rootfs:root
  code 3
  says "gate 'critical' could not be judged"
  run careen why --offline CVE-2022-37434 rootfs:root
  code 3
  says 'not checked: there is no advisory data yet: careen db update'
}

@test "an advisory's flaw: found, shown, explained, gated" {
  alpine root
  data
  run -3 --separate-stderr careen scan --offline -f json rootfs:root
  [ "$(jq -r '.findings[] | [.id, .package, .installed, .fixed, .status, .source] | join(" ")' <<<"$output")" = 'CVE-2022-37434 libz 1.2.11-r4 1.2.12-r2 fixable Alpine' ]
  [ "$(jq -r '.coverage[0].advisories' <<<"$output")" != null ]
  [ "$(jq -r '.summary.unwatched' <<<"$output")" = 0 ]
  run careen scan --offline rootfs:root
  says 'libz  1.2.11-r4 → 1.2.12-r2'
  run careen why --offline cve-2022-37434 rootfs:root
  says 'CVE-2022-37434'
  says 'fixed by 1.2.12-r2'
  run careen scan --offline --fail-on fixable rootfs:root
  code 1
  says 'fixable: 1 (CVE-2022-37434 in libz)'
  run careen scan --offline --fail-on exploited,epss\>=0.99 rootfs:root
  code 3
}

@test "why a flaw that the image has not: fixed, of no package here, unknown; wrong use is only what is no flaw's name" {
  alpine root
  data
  sed -i s/1.2.11-r4/1.2.12-r2/ root/lib/apk/db/installed
  COLUMNS=150 run careen why --offline cve-2022-37434 rootfs:root
  says 'not among the findings of this image: Alpine has it fixed in 1.2.12-r2; installed: libz 1.2.12-r2'
  careen why --offline -f json CVE-2022-37434 rootfs:root >fixed.json || [ $? = 3 ]
  [ "$(jq -c '[.kind, .absence.status, .findings, .packages]' fixed.json)" = '["advisory","fixed",[],[]]' ]
  [ "$(careen why --offline -f json CVE-2023-44487 rootfs:root | jq -r .absence.status)" = no_package ]
  [ "$(careen why --offline -f json CVE-2031-1 rootfs:root | jq -r .absence.status)" = unknown ]
  [ "$(careen why --offline -f json libz rootfs:root | jq -r .absence)" = null ]
  python3 -c 'import json, jsonschema, sys
schema, report = map(json.load, map(open, sys.argv[1:]))
jsonschema.Draft202012Validator(schema).validate(report)' "$top/doc/schema/careen.why-1.json" fixed.json
  run -2 careen why --offline libzz rootfs:root
}

@test "the same input and data give the same bytes" {
  alpine root
  data
  export SOURCE_DATE_EPOCH=1790000000
  careen scan --offline -f json rootfs:root >one || [ $? = 3 ]
  careen scan --offline -f json rootfs:root >two || [ $? = 3 ]
  cmp one two
}

@test "ecosystems that were met are noted for the next update" {
  alpine root
  careen scan --offline rootfs:root >/dev/null || [ $? = 3 ]
  grep -qF 'Alpine:v3.18' "$XDG_CACHE_HOME/careen/advisories/noted"
}

@test "wrong gates are named" {
  run careen scan --fail-on hihg x
  code 2
  says "did you mean 'high'"
  run careen scan --fail-on 'epss>=2' x
  code 2
  says 'epss is a probability'
  run careen scan --fail-on 'fix-age>14' x
  code 2
  says 'fix-age>14d'
}

@test "a package that no distribution ships is matched, also in a folder that one owns; one that it ships is not" {
  alpine root
  mkdir -p root/usr/lib/node_modules/tough-cookie root/srv/app/node_modules/tough-cookie
  for at in usr/lib srv/app; do
    printf '{"name": "tough-cookie", "version": "2.5.0"}' >"root/$at/node_modules/tough-cookie/package.json"
  done
  printf 'P:nodejs-cookies\nV:1-r0\nA:x86_64\nF:srv\nF:usr/lib/node_modules/tough-cookie\nR:package.json\n\n' >>root/lib/apk/db/installed
  data
  run -3 --separate-stderr careen scan --offline -f json rootfs:root
  [ "$(jq -r '.findings[] | select(.purl | startswith("pkg:npm")) | [.id, .package, .installed, .fixed, .status] | join(" ")' <<<"$output")" = 'CVE-2023-26136 tough-cookie 2.5.0 4.1.3 fixable' ]
  [ "$(jq -r '[.packages[] | select(.type == "npm") | .paths[0]] | join(" ")' <<<"$output")" = 'srv/app/node_modules/tough-cookie/package.json' ]
}
