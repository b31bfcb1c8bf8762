#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify-patch before there is anything to verify, and the words of patch for records and keys. What a record proves is for tests/oracle/patch-record.
load common

keys() { cp -r "$top/tests/data/keys" keys && chmod 600 keys/*.key; }

@test "verify-patch: an image that careen has not patched" {
  small_image hello.oci.tar
  run careen verify-patch oci-archive:hello.oci.tar --offline
  code 2
  says "cannot verify 'oci-archive:hello.oci.tar': careen has not patched it"
}

@test "verify-patch: an image built on a patched one has inherited its labels" {
  small_image hello.oci.tar '{"Labels":{"careen.patch.layer":"sha256:0000000000000000000000000000000000000000000000000000000000000000","careen.patch.config":"x"}}'
  run careen verify-patch oci-archive:hello.oci.tar --offline
  code 2
  says "what it is built on was, or its last layer was replaced"
}

@test "verify-patch: labels that lie about the original, and no record" {
  small_root root
  tar -C root --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -cf layer.tar .
  local id
  id=sha256:$(sha256sum layer.tar | cut -d' ' -f1)
  small_image hello.oci.tar "{\"Labels\":{\"careen.patch.layer\":\"$id\",\"careen.patch.config\":\"$id\"}}"
  run careen verify-patch oci-archive:hello.oci.tar --offline
  code 2
  says "only registries hold records beside an image"
  says "hint: --record DIR names the folder"
  mkdir empty
  run careen verify-patch oci-archive:hello.oci.tar --offline --record empty
  code 2
  says "there is no record of a patch in 'empty'"
  mkdir odd && echo '{"_type": "https://in-toto.io/Statement/v1"}' >odd/provenance.json
  run careen verify-patch oci-archive:hello.oci.tar --offline --record odd
  code 1
  says "is about another image, or has no provenance"
}

@test "verify-patch: a key that is none, or a private one" {
  keys
  small_image hello.oci.tar
  run careen verify-patch oci-archive:hello.oci.tar --key keys/ed25519.key
  code 2
  says "cannot read the key 'keys/ed25519.key': it is no public key in PEM"
  run careen verify-patch oci-archive:hello.oci.tar --key hello.oci.tar
  code 2
  says "it is no public key in PEM"
  run careen verify-patch oci-archive:hello.oci.tar --key nowhere
  code 2
  says "cannot read 'nowhere'"
}

@test "patch: a key that cannot be used is told before any work" {
  keys
  small_image hello.oci.tar
  run careen patch oci-archive:hello.oci.tar --offline --to oci:out --sign keys/cosign.key
  code 2
  says "cannot read the key 'keys/cosign.key': it is encrypted, and no password was given"
  says "hint: COSIGN_PASSWORD holds it, or --password-file FILE"
  COSIGN_PASSWORD=wrong run careen patch oci-archive:hello.oci.tar --offline --to oci:out --sign keys/cosign.key
  code 2
  says "the password is wrong, or the file is damaged"
  run careen patch oci-archive:hello.oci.tar --offline --to oci:out --sign keys/curve.key
  code 2
  says "it is not ECDSA on P-256, P-384 or P-521, Ed25519 or RSA"
  [ ! -e out ]
}

@test "patch: a record of what is kept nowhere" {
  small_image hello.oci.tar
  run careen patch oci-archive:hello.oci.tar --offline --record record
  code 2
  says "cannot write the record 'record': the result is kept nowhere"
  [ ! -e record ]
}
