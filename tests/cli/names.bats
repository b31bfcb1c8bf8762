#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names are bytes: what is not UTF-8 is U+FFFD in the output, and its exact bytes are in hex in `problems`.
load common
bats_require_minimum_version 1.5.0

latin_image() { # FILE: Latin-1 in a package, in a path and in the config
  local cafe=$'root/usr/local/bin/caf\xe9'
  small_root root
  mkdir -p root/usr/local/bin
  printf '#!/bin/sh\nexec /usr/bin/hello\n' >"$cafe" && chmod 755 "$cafe"
  printf 'Package: b\xe9ta\nStatus: install ok installed\nArchitecture: amd64\nSource: s\xf4urce (1\xe0)\nVersion: 1\nMaintainer: Ren\xe9\nDescription: x\n\n' >>root/var/lib/dpkg/status.new
  cat root/var/lib/dpkg/status.new <(echo) root/var/lib/dpkg/status >status && mv status root/var/lib/dpkg/status
  sed -i $'s/^PRETTY_NAME=.*/PRETTY_NAME="D\xe9bian"/' root/etc/os-release
  tar -C root --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf layer.tar .
  "$top/tools/make-oci" "$1" $'{"Cmd":["/bin/sh","-c","exec /usr/local/bin/caf*"],"Env":["A=\xfe"],"Labels":{"l\xe0bel":"v\xe9lue","plain":"\u00e9"},"User":"\xfc"}' layer.tar
}

# has_bytes TEXT: a note has the hex of it
has_bytes() {
  local hex
  hex=$(printf '%s' "$1" | od -An -tx1 | tr -d ' \n')
  jq -e --arg hex "$hex" 'any(.problems[]; .kind == "note" and (.what | endswith("is not UTF-8; its bytes are " + $hex)))' out.json >/dev/null ||
    { echo "no note with $hex:"; jq -c '.problems[]' out.json; return 1; }
}

@test "in JSON: U+FFFD there, the bytes in problems" {
  latin_image latin.oci.tar
  run careen scan --offline -f json -o out.json latin.oci.tar
  code 3
  iconv -f UTF-8 -t UTF-8 out.json >/dev/null
  jq -e 'any(.packages[]; .name == "b\ufffdta" and .source.name == "s\ufffdurce" and (.purl | startswith("pkg:deb/debian/b%E9ta@1?")))' out.json
  jq -e 'any(.unowned[]; .path == "usr/local/bin/caf\ufffd")' out.json
  jq -e '.image.labels == {"l\ufffdbel": "v\ufffdlue", "plain": "é"} and .image.user == "\ufffd" and .os.name == "D\ufffdbian"' out.json
  has_bytes $'b\xe9ta'
  has_bytes $'s\xf4urce'
  has_bytes $'usr/local/bin/caf\xe9'
  has_bytes $'D\xe9bian'
  has_bytes $'l\xe0bel'
  has_bytes $'v\xe9lue'
  has_bytes $'A=\xfe'
  has_bytes $'\xfc'
  python3 - "$top/doc/schema/careen.scan-1.json" out.json <<'END'
import json, sys
from jsonschema import validate
validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
END
}

@test "names that differ only there stay two" {
  small_root root
  for byte in e8 e9; do
    printf '#!/bin/sh\n' >"root/usr/bin/x$(printf "\\x$byte")" && chmod 755 root/usr/bin/x*
  done
  run careen scan --offline -f json -o out.json rootfs:root
  code 3
  [ "$(jq '[.unowned[] | select(.path == "usr/bin/x\ufffd")] | length' out.json)" = 2 ]
  has_bytes $'usr/bin/x\xe8'
  has_bytes $'usr/bin/x\xe9'
}

@test "on a terminal: valid, nothing raw; a note each" {
  latin_image latin.oci.tar
  run careen scan --offline --all latin.oci.tar
  code 3
  iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
  says "'b�ta' is not UTF-8; its bytes are 62e97461"
}

@test "why finds such a path by its bytes" {
  latin_image latin.oci.tar
  run careen why --offline $'/usr/local/bin/caf\xe9' latin.oci.tar
  code 3
  says 'usr/local/bin/caf�'
  run careen why --offline -f json $'b\xe9ta' latin.oci.tar
  code 3
  jq -e . <<<"$output"
}

@test "a name of the user's own that is not UTF-8" {
  small_image hello.oci.tar
  mv hello.oci.tar $'h\xe9.oci.tar'
  run careen scan --offline -f json -o out.json $'h\xe9.oci.tar'
  code 3
  jq -e '.image.ref == "h\ufffd.oci.tar"' out.json
  run careen scan --offline $'no-h\xe9'
  code 2
  says "it is not UTF-8; and no such path"
}

@test "a bill of materials tells them too" {
  latin_image latin.oci.tar
  run careen sbom -f json -o out.json latin.oci.tar
  code 3 # it has no /bin/sh, and a package no list of its files
  has_bytes $'b\xe9ta'
  has_bytes $'usr/local/bin/caf\xe9'
  has_bytes $'v\xe9lue'
}
