#!/usr/bin/env bats
# shellcheck disable=SC1090,SC2154 # what the setup prints
# SPDX-License-Identifier: Apache-2.0
# careen patch as a user calls it, on a small image and small archives made here (tests/tools/patch_fixture.py). What real images show belongs to
# tests/oracle/patch*.
load common

setup_file() {
  export PATCH_SETUP=$BATS_FILE_TMPDIR/setup PATCH_SKIP=
  python3 "$BATS_TEST_DIRNAME/../tools/make-patch-image" >"$PATCH_SETUP" || PATCH_SKIP="no image to patch: $(cat "$PATCH_SETUP")"
}

teardown_file() {
  [ -n "$PATCH_SKIP" ] || { . "$PATCH_SETUP"; rm -rf "${made:?}"; }
}

# patch ARGS…: of the image, with its archives; the start is not tried, which takes six seconds
patch() {
  . "$PATCH_SETUP"
  CAREEN_KEYRINGS=$made/keyrings "$CAREEN" patch --no-progress --no-changelogs --no-smoke "${mirrors[@]}" "$@"
}
prepare() {
  [ -z "$PATCH_SKIP" ] || skip "$PATCH_SKIP"
  . "$PATCH_SETUP"
  image=oci:$made/oci:v1
}
# done_: it went well; the image has two parts that nobody watches, and that is said (3)
done_() { [ "$status" = 0 ] || [ "$status" = 3 ] || { echo "exit $status: $output"; return 1; }; }
digest() { jq -r ".manifests[] | select(.annotations[\"org.opencontainers.image.ref.name\"] == \"$2\").digest" "$1/index.json"; }
blob() { cat "$1/blobs/sha256/${2#sha256:}"; }
labels() { blob "$1" "$(blob "$1" "$2" | jq -r .config.digest)" | jq .config.Labels; }
valid() {
  python3 - "$1" "$top/doc/schema/careen.remedy-1.json" <<'P'
import json, sys
import jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
P
}

@test "the security updates, as a new image beside the old one; the report is what its schema says" {
  prepare
  run patch -f json -o report.json "$image" --to oci:out --tag v1
  done_
  valid report.json
  [ "$(jq -r '[.states[] | .package + " " + .state] | join(",")' report.json)" = "data fixed,libsynth1 fixed" ]
  [ "$(jq -r '[.checks[].passed] | all' report.json)" = true ]
  local new=$(digest out v1)
  [ "$new" = "$(jq -r .result.digest report.json)" ] && [ "$new" = "$(jq -r '.published[0].digest' report.json)" ]
  [ "$(blob out "$new" | jq '.layers | length')" = 2 ]
  [ "$(labels out "$new" | jq -r '."careen.patch.original"')" = "$(digest "$made/oci" v1)" ]
  # the original has no name here, so what it says of its own base stays
  [ "$(labels out "$new" | jq -r '."org.opencontainers.image.base.name"')" = registry.example/base:1 ]
  blob out "$(blob out "$new" | jq -r '.layers[1].digest')" | tar -xzO usr/share/data/one | grep -qx two
}

@test "the same again is the same image, also from another cache and at the same time" {
  prepare
  run patch -q "$image" --to oci:one:v1
  done_
  patch -q --cache-dir other "$image" --to oci:two:v1 >two.txt || true &
  patch -q --cache-dir other "$image" --to oci:three:v1 >three.txt || true &
  wait
  [ "$(digest one v1)" = "$(digest two v1)" ] && [ "$(digest one v1)" = "$(digest three v1)" ]
  [ -z "$(ls other/work)" ]
  # nor does it matter whether it was unpacked in memory or on the disk
  run patch -q --in-memory never "$image" --to oci:four:v1
  done_
  [ "$(digest one v1)" = "$(digest four v1)" ]
}

@test "a patched image: nothing newer is nothing to do, and it is passed on as it is" {
  prepare
  run patch -q "$image" --to oci:out:v1
  done_
  run patch oci:out:v1 --to oci:next:v2
  done_
  says 'NOTHING TO DO'
  says 'it is patched already'
  [ "$(digest out v1)" = "$(digest next v2)" ]
}

@test "a patch is always made from the original: never two patch layers, and the same image whatever came before" {
  prepare
  run patch -q "$image" --to oci:all:v1
  run patch -q --hold 'lib*' "$image" --to oci:some:v1
  done_
  run patch -f json -o again.json oci:some:v1 --to oci:some:v2
  done_
  [ "$(digest some v2)" = "$(digest all v1)" ]
  [ "$(jq -r .outcome again.json)" = patched ] && [ "$(blob some "$(digest some v2)" | jq '.layers | length')" = 2 ]
  # what an earlier patch brought is not lost by wishing for less
  run patch -f json -o less.json --only data oci:all:v1
  done_
  [ "$(jq -r .outcome less.json)" = nothing ]
  # held by name, it goes back to what the original has
  run patch -f json --hold '*' oci:all:v1 --to oci:all:none
  done_
  [ "$(digest all none)" = "$(digest "$made/oci" v1)" ]
}

@test "an image built on a patched one is an original of its own" {
  prepare
  run patch -q --hold data "$image" --to oci:out:v1
  done_
  mkdir -p more/opt && echo x >more/opt/x && tar -C more -cf more.tar opt
  umoci raw add-layer --image out:v1 more.tar
  run patch -f json -o report.json oci:out:v1 --to oci:out:v2
  done_
  [ "$(blob out "$(digest out v2)" | jq '.layers | length')" = 4 ]
  [ "$(labels out "$(digest out v2)" | jq -r '."careen.patch.original"')" = "$(digest out v1)" ]
  run patch -f json oci:out:v2 --to oci:out:v3
  done_
  [ "$(digest out v2)" = "$(digest out v3)" ]
}

@test "whose labels do not lead to the original: told, and nothing is written" {
  prepare
  run patch -q "$image" --to oci:out:v1
  done_
  umoci config --image out:v1 --config.label "careen.patch.config=sha256:$(printf '%064d' 7)"
  run patch oci:out:v1 --to oci:never:v1
  code 2
  says 'cannot find the original'
  says 'hint: '
  [ ! -e never ]
}

@test "every thing asked for by name has one state, with why" {
  prepare
  run patch -f json --dry-run --only libsynth1,absent --only synth --hold synth "$image"
  done_
  [ "$(jq -r '[.states[] | "\(.package) \(.state) \(.why)"] | join(";")' <<<"$output")" = \
    "absent gone it is not installed;libsynth1 fixed null;synth held held by --hold synth" ]
}

@test "--dry-run prints the plan and writes nothing" {
  prepare
  run patch --dry-run --updates all "$image" --to oci:out
  done_
  says 'PLANNED   3 of 3 updates can be installed'
  says 'synth      1.0-1 → 1.0-2'
  [ ! -e out ]
}

@test "--updates reached leaves what nothing loads" {
  prepare
  run patch -f json --dry-run --updates reached "$image"
  done_
  [ "$(jq -r '[.changes[].package] | join(",")' <<<"$output")" = libsynth1 ]
}

@test "--from: exactly the updates of a report, each accounted for" {
  prepare
  CAREEN_KEYRINGS=$made/keyrings "$CAREEN" scan --no-changelogs "${mirrors[@]}" -f json -o scan.json "$image" || [ $? = 3 ]
  jq '.updates |= [.[] | select(.name != "data")] + [{name: "gone", arch: "amd64", candidate: "2"}]' scan.json >from.json
  run patch -f json --dry-run --from from.json "$image"
  done_
  [ "$(jq -r '[.states[] | "\(.package) \(.state)"] | join(",")' <<<"$output")" = "gone gone,libsynth1 fixed,synth fixed" ]
  [ "$(jq -r '[.changes[].package] | join(",")' <<<"$output")" = "libsynth1,synth" ]
  echo '{"schema": "careen.sbom/1"}' >other.json
  run patch --from other.json "$image"
  code 2
  says "cannot use 'other.json' for --from"
}

@test "nothing to do: the destination receives the original as it is" {
  prepare
  run patch --only absent "$image" --to oci:out:v1
  done_
  says 'NOTHING TO DO'
  [ "$(digest out v1)" = "$(digest "$made/oci" v1)" ]
}

@test "no archive could be read: not known, which is not nothing to do" {
  prepare
  run env CAREEN_KEYRINGS="$made/keyrings" "$CAREEN" patch --no-changelogs --no-smoke --cache-dir empty "${mirrors[@]/%/-gone}" "$image"
  code 3
  says 'NOT KNOWN   what is pending: none of its archives could be read'
  ! grep -q 'NOTHING TO DO' <<<"$output" || false
}

@test "without a destination it is proved, and said to be nowhere" {
  prepare
  run patch "$image"
  done_
  says 'PATCHED   2 of 2 security updates installed, 1 of them reached'
  says 'nowhere: made, proved and thrown away'
  says "next: careen patch $image --to oci:patched"
}

@test "archives, zstd where it can be said, gzip where it cannot" {
  prepare
  run patch -q --compression zstd "$image" --to oci:out:v1
  done_
  [ "$(blob out "$(digest out v1)" | jq -r '.layers[1].mediaType')" = application/vnd.oci.image.layer.v1.tar+zstd ]
  run patch -q --compression zstd "$image" --to docker-archive:web.tar --tag shop/web:4
  done_
  [ "$(tar -xOf web.tar manifest.json | jq -r '.[0].RepoTags[0]')" = shop/web:4 ]
  run patch -q docker-archive:web.tar --to oci-archive:again.tar
  done_
  says 'it is patched already'
}

@test "a script that fails: nothing is published, exit 1, the reason, and no fix is called fixed" {
  prepare
  local broken=("${mirrors[@]/%\/security/\/broken}")
  run env CAREEN_KEYRINGS="$made/keyrings" "$CAREEN" patch -f json -o report.json --no-changelogs --no-smoke "${broken[@]}" "$image" --to oci:never
  code 1
  [ ! -e never ]
  valid report.json
  [ "$(jq -r '[.outcome, (.result | tostring), .checks[0].name, .states[0].state] | join(",")' report.json)" = failed,null,install,kept-back ]
  jq -r '.checks[0].detail' report.json | grep -q 'it goes wrong'
  run env CAREEN_KEYRINGS="$made/keyrings" "$CAREEN" patch --no-changelogs --no-smoke "${broken[@]}" "$image"
  code 1
  says 'NOT PATCHED   it could not be done, and nothing was published'
}

@test "an image over which no sandbox can be made: that is said, and what must be otherwise" {
  prepare
  command -v umoci >/dev/null || skip "no umoci"
  cp -a "$made/oci" linked
  mkdir -p change && ln -s /var/none change/tmp
  : >change/.wh.tmp
  tar -C change --owner=0 --group=0 -cf gone.tar .wh.tmp && tar -C change --owner=0 --group=0 -cf link.tar tmp
  umoci raw add-layer --image linked:v1 gone.tar && umoci raw add-layer --image linked:v1 link.tar
  run patch oci:linked:v1 --to oci:never
  code 1
  says 'no sandbox can be made over the image, in which /tmp'
  [ ! -e never ]
}

@test "a link of the image that would lead out of the sandbox while it is made leads nowhere but into the image" {
  prepare
  command -v umoci >/dev/null || skip "no umoci"
  mkdir outside && cp -a "$made/oci" leading
  mkdir -p change/usr "change/oldroot$PWD/outside"
  ln -s "/oldroot$PWD/outside" change/usr/sbin
  : >change/usr/.wh.sbin
  tar -C change --owner=0 --group=0 -cf gone.tar usr/.wh.sbin
  tar -C change --owner=0 --group=0 -cf link.tar usr/sbin oldroot
  umoci raw add-layer --image leading:v1 gone.tar && umoci raw add-layer --image leading:v1 link.tar
  run patch oci:leading:v1 --to oci:never
  echo "exit $status: $output"
  [ -z "$(ls -A outside)" ]
}

@test "wrong use is told before anything runs" {
  prepare
  run patch --push "$image"
  code 2
  says 'cannot push: the result has no name'
  run patch --tag shop/web:5 "$image"
  code 2
  says "cannot tell where 'shop/web:5' is to be"
  run patch --to nowhere:x "$image"
  code 2
  says "cannot write to 'nowhere:x'"
  run patch --updates most "$image"
  code 2
  run patch rootfs:/nonexistent
  code 2
}

@test "a root file system, this machine and a bill of materials are no images to patch" {
  prepare
  mkdir root && tar -C root -xf "$made/root.tar"
  run patch rootfs:root --to oci:out
  code 2
  says "cannot patch 'rootfs:root': it is a root file system without layers and config"
  [ ! -e out ]
  run patch --dry-run "rootfs:$made/root.tar"
  code 2
  run patch --dry-run host:/
  code 2
  says "cannot patch 'host:/': it is this machine"
  printf '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}\n' >some.cdx.json
  run patch sbom:some.cdx.json
  code 2
  says 'it is a bill of materials'
}

@test "a start that is to be tried and not to be tried is refused" {
  prepare
  run patch --smoke true "$image"
  code 2
  says "cannot use --smoke 'true' with --no-smoke"
}

@test "the table fits narrow terminals, and has no colour in a pipe" {
  prepare
  for width in 50 80; do
    COLUMNS=$width patch --dry-run --updates all "$image" --hold 'lib*' >"$width.txt" || [ $? = 3 ]
    [ "$(python3 -c "import sys; print(max(len(l.rstrip()) for l in open('$width.txt') if len(l.split()) > 1))")" -le "$width" ]
    run grep -q $'\033' "$width.txt"
    code 1
  done
  patch --dry-run --color always "$image" >colour.txt || [ $? = 3 ]
  grep -q $'\033' colour.txt
}

@test "interrupted: no image, no process, no mount, and the next run clears what is left" {
  prepare
  # a shell's own background jobs do not hear Ctrl-C
  (CAREEN_KEYRINGS=$made/keyrings exec "$CAREEN" patch -q --in-memory never --no-changelogs "${mirrors[@]}" --smoke 'sleep 20' "$image" --to oci:out) >/dev/null 2>&1 &
  local pid=$! tries=0
  until compgen -G "$XDG_CACHE_HOME/careen/work/*/merged" >/dev/null || [ $((tries += 1)) -gt 600 ]; do read -rt 0.05 <> <(:) || true; done
  kill -TERM $pid
  local rc=0
  wait $pid || rc=$?
  [ $rc != 0 ]
  [ ! -e out ]
  run grep -q "$BATS_TEST_TMPDIR" /proc/self/mounts
  code 1
  run patch -q "$image" --to oci:out
  done_
  [ -z "$(ls "$XDG_CACHE_HOME/careen/work")" ]
}
