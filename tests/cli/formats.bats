#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The formats for other programs. What each writes of every kind of finding stands in tests/data/report/formats (made and
# compared by tests/unit/report/test-formats.c); here it is judged by the publishers' schemas.
load common
bats_require_minimum_version 1.5.0

# judge SCHEMA FILE…: each is valid by ../shared/schemas/SCHEMA
judge() {
  python3 - "$top/../shared/schemas" "$@" <<'END'
import json, os, sys, warnings
warnings.filterwarnings('ignore')
import jsonschema
folder, schema, *files = sys.argv[1:]
store = {}
for name in os.listdir(folder):
    if not name.endswith('.json'): continue
    one = json.load(open(f'{folder}/{name}'))
    for key in ('$id', 'id'):
        if key in one: store[one[key]] = one
    store['http://cyclonedx.org/schema/' + name.replace('cyclonedx-', '').replace('.schema.json', '.SNAPSHOT.schema.json')] = one
schema = json.load(open(f'{folder}/{schema}'))
judge = jsonschema.validators.validator_for(schema)(schema, resolver=jsonschema.RefResolver(schema.get('$id', ''), schema, store=store))
for file in files:
    errors = [f'{file}: {list(e.absolute_path)}: {e.message[:300]}' for e in judge.iter_errors(json.load(open(file)))]
    if errors: sys.exit('\n'.join(errors[:5]))
END
}

need_schemas() { [ -d "$top/../shared/schemas" ] || skip "no ../shared/schemas beside this checkout"; }

@test "sarif and openvex are valid by their publishers' schemas" {
  need_schemas
  judge sarif-2.1.0.schema.json "$top"/tests/data/report/formats/{sample,several}.sarif
  judge openvex.schema.json "$top/tests/data/report/formats/sample.openvex"
}

@test "openvex: only what nothing reaches is not affected, and it names the command" {
  vex=$top/tests/data/report/formats/sample.openvex
  jq -e '[.statements[] | select(.status == "not_affected") | .justification] | unique == ["vulnerable_code_not_in_execute_path", "vulnerable_code_not_present"]' "$vex"
  jq -e '[.statements[] | select(.justification == "vulnerable_code_not_in_execute_path") | .impact_statement | contains("nginx -g")] | all' "$vex"
  jq -e '.statements[] | select(.justification == "vulnerable_code_not_present") | .vulnerability.name == "GO-2023-5"' "$vex"
  jq -e '[.statements[] | select(.products[0].subcomponents[0]["@id"] | contains("libssl3")) | .status] | unique == ["affected"]' "$vex"
  jq -e '.author == "ops@example.org"' "$vex"
}

@test "junit and html parse, csv has a header and as many fields in every line" {
  python3 - "$top/tests/data/report/formats" <<'END'
import csv, sys, xml.dom.minidom
from html.parser import HTMLParser
folder = sys.argv[1]
for name in ('sample', 'several'): xml.dom.minidom.parse(f'{folder}/{name}.junit')
rows = list(csv.reader(open(f'{folder}/sample.csv', newline='')))
assert rows[0][0] == 'image' and len(rows) > 5 and {len(r) for r in rows} == {len(rows[0])}, rows
assert not any(cell[:1] in '=+-' for row in rows[1:] for cell in row if cell), rows
class Page(HTMLParser):
    void = {'meta', 'br'}
    def __init__(self): super().__init__(); self.open = []
    def handle_starttag(self, tag, attrs):
        assert tag not in ('script', 'iframe', 'img', 'link'), tag
        for name, value in attrs: assert name not in ('src', 'style') and not name.startswith('on'), (tag, name)
        if tag not in self.void: self.open.append(tag)
    def handle_endtag(self, tag): assert self.open.pop() == tag, tag
page = Page(); page.feed(open(f'{folder}/sample.html').read()); assert not page.open, page.open
END
}

@test "sbom: valid as CycloneDX, SPDX and careen's own, the same bytes on repeat" {
  small_image hello.oci.tar
  export SOURCE_DATE_EPOCH=1700000000
  for format in cyclonedx spdx json; do
    careen sbom -f "$format" -o "one.$format" hello.oci.tar
    careen sbom -f "$format" hello.oci.tar >"two.$format"
    cmp "one.$format" "two.$format"
  done
  jq -e '.components | map(.name) | index("hello")' one.cyclonedx
  jq -e '.packages | map(.name) | index("hello")' one.spdx
  jq -e '[.packages[].name] == ["base-files", "hello"]' one.json
  python3 - "$top/doc/schema/careen.sbom-1.json" one.json <<'END'
import json, sys
from jsonschema import Draft202012Validator as V
schema, real = (json.load(open(f)) for f in sys.argv[1:])
V.check_schema(schema)
errors = [e.message[:200] for e in V(schema).iter_errors(real)]
if errors: sys.exit('\n'.join(errors))
END
  need_schemas
  judge cyclonedx-bom-1.6.schema.json one.cyclonedx
  judge spdx-2.3.schema.json one.spdx
}

@test "sbom: what depends on what, as dpkg says" {
  small_root root
  sed -i '/^Package: hello/a Depends: base-files (>= 12), nothing-here | base-files:any' root/var/lib/dpkg/status
  careen sbom -f json rootfs:root >out.json
  jq -e '.packages[] | select(.name == "hello") | .depends | length == 1 and (.[0] | startswith("pkg:deb/debian/base-files@"))' out.json
  jq -e '.packages[] | select(.name == "base-files") | .depends == []' out.json
}

@test "a format of another command is refused by name; a variable that names one is passed over" {
  small_image hello.oci.tar
  run careen why --offline -f sarif hello hello.oci.tar
  code 2
  says "cannot understand 'sarif' for --format: 'why' has table, json"
  CAREEN_FORMAT=sarif run careen why --offline hello hello.oci.tar
  code 3
}

@test "every format of scan works on a real image" {
  small_image hello.oci.tar
  for format in table json sarif junit gitlab markdown html csv openvex summary simple bugs packages detail; do
    run --separate-stderr careen scan --offline -f "$format" hello.oci.tar
    code 3
  done
}

@test "--new-since: silent when nothing is new, and nothing else than what is" {
  small_image hello.oci.tar
  careen scan --offline -f json -o before.json hello.oci.tar || true
  run --separate-stderr careen scan --offline --new-since before.json hello.oci.tar
  code 3
  [ -z "$output" ]
  jq '.findings = [{"id": "CVE-2020-1", "package": "gone", "status": "unfixed"}]' before.json >more.json
  run --separate-stderr careen scan --offline --new-since more.json hello.oci.tar
  says '*** Fixed vulnerabilities'
  says 'CVE-2020-1 gone'
  careen scan --offline --new-since more.json -f json -o news.json hello.oci.tar || true
  python3 - "$top/doc/schema/careen.news-1.json" news.json <<'END'
import json, sys
from jsonschema import Draft202012Validator as V
schema, real = (json.load(open(f)) for f in sys.argv[1:])
V.check_schema(schema)
errors = [e.message[:200] for e in V(schema).iter_errors(real)]
if errors: sys.exit('\n'.join(errors))
END
  run careen scan --offline --new-since more.json -f sarif hello.oci.tar
  code 2
  says "cannot write what is new as 'sarif'"
  run careen scan --offline --new-since missing.json hello.oci.tar
  code 2
  says "cannot read 'missing.json': No such file"
}

@test "ignore rules and VEX: strict, with the place; what they hide is said" {
  small_image hello.oci.tar
  printf 'ignore:\n  - id: CVE-2020-1\n    reason: none\n    owner: me\n' >rules.yaml
  run careen scan --offline --ignore-file rules.yaml hello.oci.tar
  code 2
  says "cannot read 'rules.yaml' line 2, column 5: 'expires' is missing"
  printf '    expires: 2030-01-01\n' >>rules.yaml
  run careen scan --offline --ignore-file rules.yaml hello.oci.tar
  code 3
  says "the ignore rule for CVE-2020-1 meets nothing in this image"
  echo '{}' >vex.json
  run careen scan --offline --vex vex.json hello.oci.tar
  code 2
  says "cannot read 'vex.json': it is no VEX document of a known form"
}

@test "scan sbom:FILE: what was written is read again, from CycloneDX, SPDX and careen's own" {
  small_image hello.oci.tar
  careen scan --offline -f json -o image.json hello.oci.tar || true
  jq -r '.packages[] | [.purl, .type, .name, .version, .arch, .source.name, .source.version] | @tsv' image.json >of-image
  for format in cyclonedx spdx json; do
    careen sbom -f "$format" -o "sbom.$format" hello.oci.tar
    run --separate-stderr careen scan --offline -f json "sbom:sbom.$format"
    code 3
    jq -r '.packages[] | [.purl, .type, .name, .version, .arch, .source.name, .source.version] | @tsv' <<<"$output" >of-sbom
    diff of-image of-sbom
    jq -e '.image.source == "sbom" and .os.id == "debian" and .os.version == "12" and .os.codename == "bookworm"' <<<"$output"
  done
}

@test "scan sbom:FILE: what Trivy and Syft write is understood" {
  run --separate-stderr careen scan --offline -f json "sbom:$top/fuzz/corpus/sbom/trivy.json"
  jq -e '.os.codename == "bookworm" and .os.version == "12"' <<<"$output"
  jq -e '[.packages[] | [.type, .name, .source.name, .source.version]] == [["deb", "libssl3", "openssl", "3.0.11-1~deb12u2"], ["npm", "@scope/x", "@scope/x", "1.0.0"]]' <<<"$output"
  run --separate-stderr careen scan --offline -f json "sbom:$top/fuzz/corpus/sbom/syft.json"
  jq -e '.packages[0] | .name == "bash" and .source.version == "5.2.15-2" and .paths == ["var/lib/dpkg/status"]' <<<"$output"
}

@test "scan sbom:FILE: what is no SBOM" {
  echo '{"a": 1}' >other.json
  run careen scan --offline sbom:other.json
  code 2
  [ "$output" = "careen: cannot read 'sbom:other.json': it is no SBOM of a known form
hint: CycloneDX and SPDX (JSON) are read, and careen's own" ]
  run careen sbom --offline sbom:other.json # nor is an empty one made of it
  code 2
  # one of several has its element all the same
  run --separate-stderr careen scan --offline -f json sbom:other.json "sbom:$top/fuzz/corpus/sbom/trivy.json"
  code 2
  jq -e '.[0].error.code == "input" and .[1].packages[0].name == "libssl3"' <<<"$output"
  echo '{' >cut.json
  run careen scan --offline sbom:cut.json
  code 2
  run careen scan --offline sbom:missing.json
  code 2
  says "cannot read 'missing.json': No such file"
}

@test "scan sbom:FILE: names keep their spelling, and what stands before them" {
  mkdir -p root/usr/lib/python3/dist-packages/PyYAML-5.3.dist-info root/srv/wp-includes root/srv/wp-content/plugins/akismet
  printf 'Metadata-Version: 2.1\nName: PyYAML\nVersion: 5.3\n' >root/usr/lib/python3/dist-packages/PyYAML-5.3.dist-info/METADATA
  printf "<?php\n\$wp_version = '5.8';\n" >root/srv/wp-includes/version.php
  printf '<?php\n/*\nPlugin Name: Akismet\nVersion: 4.1.10\n*/\n' >root/srv/wp-content/plugins/akismet/akismet.php
  names() { jq -r '.packages[] | [.type, .name, .version, .purl] | @tsv'; }
  careen scan --offline -f json rootfs:root | names >of-image
  grep -q "^generic	wordpress/plugins/akismet" of-image
  for format in cyclonedx spdx json; do
    careen sbom --offline -f "$format" -o "sbom.$format" rootfs:root || true
    careen scan --offline -f json "sbom:sbom.$format" | names | diff of-image -
  done
}

@test "--command as an array, as Dockerfiles and docker inspect have it" {
  mkdir -p root/bin
  printf '#!/bin/sh\n' >root/bin/start
  chmod +x root/bin/start
  careen scan --offline -f json --command '["/bin/start", "a b"]' rootfs:root >report.json || true
  jq -e '[.problems[] | select(.where == "start") | .what | contains("[")] | any | not' report.json
}
