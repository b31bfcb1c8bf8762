#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# careen patch of an image of several platforms, as far as no archive is needed; the rest is tests/oracle/patch-platforms.
load common

# two: a layout whose index lists one image for amd64, s390x and ppc64le (what is in it is not asked), and BuildKit's attestation of it
two() {
  small_image hello.oci.tar
  mkdir two && tar -C two -xf hello.oci.tar
  jq -c '.manifests[0] as $m | .mediaType = "application/vnd.oci.image.index.v1+json" | .manifests = ([["amd64"], ["s390x"], ["ppc64le"]]
    | map($m + {platform: {os: "linux", architecture: .[0]}} | del(.annotations)))
    + [$m + {platform: {os: "unknown", architecture: "unknown"}, annotations: {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": $m.digest}}]' \
    two/index.json >inner
  digest=$(sha256sum <inner | cut -d' ' -f1)
  mv inner "two/blobs/sha256/$digest"
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:%s","size":%s}]}' \
    "$digest" "$(stat -c %s "two/blobs/sha256/$digest")" >two/index.json
}

@test "a platform that is not there is wrong use; one that does not run here is the machine's matter" {
  [ "$(uname -m)" = x86_64 ] || skip 'not amd64'
  two
  run careen patch --offline --dry-run --platform linux/riscv64 oci:two
  code 2
  says "cannot find platform 'linux/riscv64'"
  says 'hint: choose one with --platform: linux/amd64, linux/s390x, linux/ppc64le'
  ! grep -rqs '^enabled' /proc/sys/fs/binfmt_misc/ || skip 'this machine runs foreign programs'
  run careen patch --offline --dry-run --platform linux/amd64,linux/s390x oci:two
  code 4
  says "cannot patch linux/s390x of 'oci:two': s390x programs do not run on this machine"
  says qemu-user-static
}

@test "where one platform is held several are wrong use, before anything is done" {
  two
  run careen patch --offline --platform linux/amd64,linux/s390x --to docker-archive:x.tar oci:two
  code 2
  says "cannot write several platforms to 'docker-archive:x.tar': it holds one"
  [ ! -e x.tar ]
  run careen patch --offline --dry-run --platform linux/amd64,x/y/z/w oci:two
  code 2
  says "cannot use platform 'x/y/z/w'"
}

@test "an image that stands alone must be of a platform that is asked for" {
  small_image hello.oci.tar
  run careen patch --offline --dry-run --platform linux/s390x,linux/ppc64le hello.oci.tar
  code 2
  says 'it is for linux/'"$(dpkg --print-architecture)"' only'
}

@test "what becomes of each platform is told, in the table and as JSON by its schema" {
  [ "$(uname -m)" = x86_64 ] || skip 'not amd64'
  two
  run careen patch --offline --dry-run --platform linux/amd64 -f json oci:two
  jq -e '[.platforms[] | [.platform, .outcome, .why]] == [["linux/amd64", "nothing", null], ["linux/s390x", "carried", "--platform names others"],
    ["linux/ppc64le", "carried", "--platform names others"]]' <<<"$output"
  python3 - "$top/doc/schema/careen.remedy-1.json" <<'END' "$output"
import json, sys
from jsonschema import Draft202012Validator as V
errors = [f'{list(e.absolute_path)}: {e.message[:200]}' for e in V(json.load(open(sys.argv[1]))).iter_errors(json.loads(sys.argv[2]))]
sys.exit('\n'.join(errors[:5]) or 0)
END
  run careen patch --offline --dry-run --platform linux/amd64 oci:two
  says PLATFORMS
  says 'carried over unpatched: --platform names others'
}
