#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load common
bats_require_minimum_version 1.5.0

@test "offline without data: a report, blind, exit 3" {
  small_image hello.oci.tar
  run careen scan --offline --as-of 2026-07-01 hello.oci.tar
  code 3
  says BLIND
  says 'hello'
}

@test "offline: an image of a registry is not seen, and what one can do is said" {
  for name in registry:debian:12 docker://debian:12; do
    COLUMNS=200 run careen scan --offline "$name"
    code 3
    says "BLIND   image: cannot reach 'https://registry-1.docker.io/v2/library/debian/manifests/12': --offline"
    says "skopeo copy docker://debian:12 oci-archive:FILE; and name it oci-archive:FILE"
    [[ $output != *"next:"* ]] # there is no more to show
  done
}

@test "the same bytes on repeat, cold and warm, as JSON" {
  small_image hello.oci.tar
  export SOURCE_DATE_EPOCH=1700000000
  run careen scan --offline -f json hello.oci.tar
  code 3
  first=$output
  run careen scan --offline -f json hello.oci.tar
  [ "$output" = "$first" ]
  jq -e '.schema == "careen.scan/1" and (.packages | length) == 2 and .image.source == "oci-archive"' <<<"$output"
}

@test "real output is valid by the schemas" {
  small_image hello.oci.tar
  small_root other
  sed -i 's/2.10-3/2.10-4/' other/var/lib/dpkg/status
  careen scan --offline -f json hello.oci.tar >one.json || true
  careen scan --offline -f json hello.oci.tar rootfs:other no-such-file.tar >three.json 2>/dev/null || true
  careen why --offline -f json hello hello.oci.tar >why.json || true
  careen diff --offline -f json hello.oci.tar rootfs:other >diff.json || true
  careen cache ls -f json >ls.json
  careen cache prune -f json >prune.json
  python3 - "$top/doc/schema" <<'END'
import json, sys
from jsonschema import Draft202012Validator as V
for name, file in (('scan-1', 'one'), ('scan-1', 'three'), ('why-1', 'why'), ('diff-1', 'diff'), ('cache-1', 'ls'), ('cache-prune-1', 'prune')):
    schema = json.load(open(f'{sys.argv[1]}/careen.{name}.json'))
    V.check_schema(schema)
    errors = [f'{file}: {list(e.absolute_path)}: {e.message[:200]}' for e in V(schema).iter_errors(json.load(open(f'{file}.json')))]
    if errors: sys.exit('\n'.join(errors[:5]))
assert len(json.load(open('three.json'))) == 3
END
}

@test "several images: each gets its report, one that failed its element, the code is the worst" {
  small_image hello.oci.tar
  run --separate-stderr careen scan --offline -f json hello.oci.tar oci-archive:missing.tar
  code 2
  jq -e 'length == 2 and .[1].error.code == "usage" and .[1].image.ref == "oci-archive:missing.tar"' <<<"$output"
  run --separate-stderr careen scan --offline -f json hello.oci.tar docker:nothing
  code 4
  jq -e '.[1].error.code == "environment"' <<<"$output"
  run careen scan --offline -f json docker:nothing oci-archive:missing.tar hello.oci.tar
  code 2
}

@test "a platform that the image lacks is wrong use, and what there is is listed" {
  small_image hello.oci.tar
  run careen scan --offline --platform linux/s390x hello.oci.tar
  code 2
  says "cannot find platform 'linux/s390x'"
  says 'linux/'"$(dpkg --print-architecture)"
  mkdir two && tar -C two -xf hello.oci.tar
  jq -c '.manifests[0] as $m | .manifests = [$m + {platform: {os: "linux", architecture: "arm64"}}, $m + {platform: {os: "linux", architecture: "ppc64le"}}]' \
    two/index.json >index.json && mv index.json two/
  run careen scan --offline --platform linux/s390x oci:two
  code 2
  says 'hint: choose one with --platform: linux/arm64, linux/ppc64le'
}

@test "a gate wins over 3, and says what tripped" {
  small_image hello.oci.tar
  run careen scan --offline --fail-on blind hello.oci.tar
  code 1
  says "gate tripped for 'hello.oci.tar': blind"
  run careen scan --offline --fail-on updates hello.oci.tar
  code 3
}

@test "what is no image" {
  printf 'hello' >text
  run careen scan --offline text
  code 2
  says "careen: cannot read 'text' as an image: tried as what docker save writes, as an OCI archive and as a root file system's tar: it is no tar"
  says 'hint: IMAGE is docker:REF'
  run careen scan --offline "$PWD/text" # as it was written, not its last part
  says "careen: cannot read '$PWD/text' as an image"
  run careen scan --offline rootfs:text
  code 2
  says "careen: cannot read 'text' as a root file system: it is no tar"
  run careen scan --offline docker-archive:text
  code 2
  says "careen: cannot read 'text': it is no tar"
  gzip -c text >text.tar.gz
  run careen scan --offline text.tar.gz
  code 2
  says "what is compressed in it is no tar"
  tar -cf - text | gzip | head -c 60 >short.tar.gz
  run careen scan --offline short.tar.gz
  code 2
  says "cut short"
  echo '{"a": 1}' >document
  run careen scan --offline document
  code 2
  says "hint: an SBOM is sbom:document"
  : >empty
  run careen scan --offline empty
  code 2
  says "careen: cannot read 'empty': it is empty"
  run careen scan --offline docker-archive:empty
  code 2
  says "careen: cannot read 'empty': it is empty"
  mkdir nothing project && touch project/Dockerfile
  run careen scan --offline nothing
  code 2
  says "careen: cannot read 'nothing' as a root file system: it is empty"
  COLUMNS=300 run careen scan --offline project # a program alone is one, too
  code 3
  says "it does not look like a root file system: it has neither etc nor usr nor their like; what its Dockerfile makes is an engine's: docker:REF"
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  for kind in "" rootfs: docker-archive:; do
    run careen scan --offline "${kind}socket"
    code 2
    says "careen: cannot read 'socket': it is a socket, and no file"
    says "hint: an engine's socket goes into DOCKER_HOST"
    run careen scan --offline "$kind/dev/null"
    code 2
    says "careen: cannot read '/dev/null': it is a device, and no file"
  done
  mkfifo pipe
  run careen scan --offline pipe
  code 2
  says "careen: cannot read 'pipe': it is a pipe, and no file"
  if [ "$(id -u)" != 0 ]; then
    chmod 0 text
    run careen scan --offline text
    code 4
    says "careen: cannot read 'text': Permission denied"
    chmod 644 text
  fi
  run careen scan --offline sbom:text
  code 2
  says "careen: cannot read 'text' as JSON"
  run careen scan --offline docker-archive:no-such-file
  code 2
  says "no-such-file"
  run careen scan wrong:thing
  code 4
  says "'wrong:thing' is no path here"
  run careen scan --offline -f json registry:wrong:thing # no report is not an answer: it is a report that says so
  code 3
  says '"verdict": "blind"'
}

@test "-o FILE: whole or not at all" {
  small_image hello.oci.tar
  run careen scan --offline -f json -o out.json hello.oci.tar
  code 3
  [ -z "$output" ]
  jq -e .schema out.json
  echo old >out.json
  run careen scan --offline -o out.json oci-archive:missing.tar
  code 2
  [ "$(cat out.json)" = old ]
  run careen scan --offline -o /no/such/folder/x hello.oci.tar
  code 4
  [ "$(find . -name '.careen-*' | wc -l)" = 0 ]
}

@test "colour: never when piped, always when told, NO_COLOR" {
  small_image hello.oci.tar
  run careen scan --offline hello.oci.tar
  [[ $output != *$'\033'* ]]
  run careen scan --offline --color always hello.oci.tar
  [[ $output == *$'\033'* ]]
}

@test "configuration: unknown keys are errors with line and column, variables and flags win" {
  small_image hello.oci.tar
  printf 'offline: true\nfial-on: security\n' >careen.yaml
  run careen scan hello.oci.tar
  code 2
  says 'line 2'
  printf 'offline: true\nfail-on: blind\n' >careen.yaml
  run careen scan hello.oci.tar
  code 1
  CAREEN_FAIL_ON=updates run careen scan hello.oci.tar
  code 3
  CAREEN_FAIL_ON=updates run careen scan --fail-on blind hello.oci.tar
  code 1
}

@test "why: package, path, and what is not there" {
  small_image hello.oci.tar
  run careen why --offline hello hello.oci.tar
  code 3
  says '/usr/bin/hello'
  says LOADED
  run careen why --offline /usr/bin/hello hello.oci.tar
  says 'hello 2.10-3'
  run careen why --offline base-files hello.oci.tar
  says UNREACHED
  run careen why --offline helo hello.oci.tar
  code 2
  says "did you mean 'hello'?"
  run careen why --offline CVE-2020-1 hello.oci.tar
  code 3
  says 'not checked: there is no advisory data yet'
}

@test "--command and --env judge another start" {
  small_image hello.oci.tar '{"Cmd":["/no/such"]}'
  run careen why --offline hello hello.oci.tar
  says UNKNOWN
  run careen why --offline --command hello --env PATH=/usr/bin hello hello.oci.tar
  says LOADED
}

@test "diff: packages and configuration" {
  small_image a.oci.tar
  sed -i 's/^Version: 2.10-3/Version: 2.10-2/; s/Package: base-files/Package: base-other/' root/var/lib/dpkg/status
  tar -C root --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf layer.tar .
  "$top/tools/make-oci" b.oci.tar '{"Entrypoint":["/usr/bin/hello","-t"],"Env":["A=1"]}' layer.tar
  run careen diff --offline a.oci.tar b.oci.tar
  code 3
  says 'OLDER'
  says 'base-other'
  says 'env A'
  run careen diff --offline a.oci.tar a.oci.tar
  says 'same packages, same configuration'
}

@test "cache ls and prune" {
  small_image hello.oci.tar
  careen scan --offline hello.oci.tar >/dev/null || true
  run careen cache ls
  code 0
  says layers
  run careen cache prune --all --layers
  code 0
  says 'removed 1 item'
  [ -z "$(find "$XDG_CACHE_HOME/careen/layers" -type f)" ]
}
