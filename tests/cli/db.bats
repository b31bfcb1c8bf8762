#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# careen db: from a folder and from a server, what fails, what is carried.
bats_require_minimum_version 1.5.0
load common

# mirror DIR: a feed of each kind, a few records
mirror() {
  python3 - "$1" <<'END'
import gzip, json, os, pathlib, sys, zipfile
top = pathlib.Path(sys.argv[1])
def put(name, data):
    path = top / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
def osv(ecosystem, records):
    path = top / 'osv' / ecosystem / 'all.zip'
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, record in records.items():
            archive.writestr(zipfile.ZipInfo(name + '.json', (2026, 1, 1, 0, 0, 0)), record if isinstance(record, str) else json.dumps(record))
def record(me, ecosystem, name, **more):
    return {'id': me, 'modified': '2026-03-04T05:06:07Z', 'summary': f'{me} in {name}', 'affected': [{'package': {'ecosystem': ecosystem, 'name': name},
            'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '2'}]}]}], **more}
pypi = {f'PYSEC-2026-{i}': record(f'PYSEC-2026-{i}', 'PyPI', f'package-{i}', aliases=[f'CVE-2026-{1000 + i}']) for i in range(40)}
pypi['BROKEN-1'] = '{"id": "BROKEN-1", "affected": ['
pypi['HOSTILE-1'] = '[' * 200
osv('PyPI', pypi)
osv('npm', {'GHSA-a': record('GHSA-a', 'npm', 'left-pad')})
put('debian-tracker/json.gz', gzip.compress(json.dumps({'hello': {'CVE-2026-1000': {'description': 'd', 'releases': {
    'bookworm': {'status': 'open', 'urgency': 'low', 'nodsa': 'Minor issue', 'nodsa_reason': ''}}}}}).encode(), mtime=0))
put('alpine-secdb/v3.18/main.json', json.dumps({'packages': [{'pkg': {'name': 'xen', 'secfixes': {'0': ['CVE-2026-1 XSA-1']}}}]}))
put('kev/known_exploited_vulnerabilities.json', json.dumps({'dateReleased': '2026-08-07T00:00:00Z', 'vulnerabilities': [{'cveID': 'CVE-2026-1000', 'dateAdded': '2026-08-07'}]}))
put('epss/epss_scores-current.csv.gz', gzip.compress(b'#model_version:v1,score_date:2026-07-02T00:00:00Z\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n', mtime=0))
put('endoflife/debian.json', json.dumps([{'cycle': '12', 'eol': '2026-06-10', 'latestReleaseDate': '2026-05-16'}]))
for path in top.rglob('*'):
    os.utime(path, (1767225600, 1767225600))
END
}

# serve DIR: an HTTP server over DIR with ETags, ranges and a log of requests; its address in $url. With a number in DIR/.cut an answer ends
# after so many bytes, and ranges are not honoured; with DIR/.once only one answer does.
serve() {
  cat >server.py <<'END'
import hashlib, http.server, pathlib, re, sys, urllib.parse
top = pathlib.Path(sys.argv[1])
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        path = top / urllib.parse.unquote(self.path).lstrip('/')
        asked, status, cut = self.headers.get('Range'), 200, top / '.cut'
        data = path.read_bytes() if path.is_file() else None
        tag = '"%s"' % hashlib.sha256(data or b'').hexdigest()[:16]
        start = 0
        if data is None: status, data = 404, b'none'
        elif self.headers.get('If-None-Match') == tag: status, data = 304, b''
        elif asked and self.headers.get('If-Range') == tag and (not cut.exists() or (top / '.once').exists()):
            start, status = int(re.match(r'bytes=(\d+)-', asked)[1]), 206
        with open(top / '.log', 'a') as log: print(status, self.path, asked or '-', file=log)
        self.send_response(status)
        if status == 206: self.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
        self.send_header('ETag', tag)
        if status != 304: self.send_header('Content-Length', str(len(data) - start))
        self.end_headers()
        if status == 200 and cut.exists() and len(data) > int(cut.read_text()):
            self.wfile.write(data[:int(cut.read_text())])
            if (top / '.once').exists(): cut.unlink()
            self.close_connection = True
            return
        self.wfile.write(data[start:])
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
  python3 server.py "$1" >port 3>&- &
  server=$!
  while [ ! -s port ]; do kill -0 "$server" || return 1; read -r -t 0.05 <> <(:) || :; done
  url=http://127.0.0.1:$(cat port)
}

teardown() { [ -z "${server:-}" ] || kill "$server" 2>/dev/null || :; }

@test "a folder: everything it has, broken records named, a table and JSON by the schema" {
  mirror feeds
  run careen db update --mirror feeds
  code 0
  expect db-update
  run careen db update --mirror feeds
  code 0
  says "0 files new, 7 unchanged, 0 failed"
  careen db status -f json >status.json
  careen db update --mirror feeds -f json >update.json
  jq -e '.feeds | map({(.name): .records}) | add == {"alpine-secdb/v3.18": 1, "debian-tracker": 1, "endoflife": 1, "epss": 1, "kev": 1, "osv/PyPI": 40, "osv/npm": 1}' status.json
  jq -e '.feeds[] | select(.name == "osv/PyPI") | .skipped == 2 and .date == "2026-03-04T05:06:07Z" and .licence == "CC-BY-4.0"' status.json
  jq -e '.written == false and (.files | all(.outcome == "unchanged"))' update.json
  python3 - "$top/doc/schema" <<'END'
import json, sys
from jsonschema import Draft202012Validator as V
for name in 'status', 'update':
    schema = json.load(open(f'{sys.argv[1]}/careen.db-{name}-1.json'))
    V.check_schema(schema)
    V(schema).validate(json.load(open(f'{name}.json')))
END
}

@test "nothing yet is said; a mirror that is none, or empty, too" {
  run careen db status
  code 0
  says "there are no advisories yet: careen db update"
  run careen db update --mirror nowhere
  code 4
  says "cannot read the mirror 'nowhere': it is no folder"
  mkdir empty
  run careen db update --mirror empty
  code 4
  says "it holds no feed"
  run careen db export out
  code 4
  says "cannot export the advisories: there are none"
  [ ! -e out ]
}

@test "one feed fails: the others are new, its old data stay and say why" {
  mirror feeds
  careen db update -q --mirror feeds
  printf 'PK\003\004garbage' >feeds/osv/PyPI/all.zip
  echo '{"vulnerabilities": []}' >feeds/kev/known_exploited_vulnerabilities.json
  printf 'x' >>feeds/endoflife/debian.json
  run careen db update --mirror feeds
  code 3
  says "4 unchanged, 3 failed"
  says "cannot read 'osv/PyPI/all.zip': it is no whole ZIP archive"
  says "cannot read 'kev/known_exploited_vulnerabilities.json': no record in it can be used"
  careen db status -f json >status.json
  jq -e '.feeds[] | select(.name == "osv/PyPI") | .records == 40 and (.error | contains("ZIP"))' status.json
  jq -e '.feeds[] | select(.name == "kev") | .records == 1 and .error' status.json
  mirror feeds
  run careen db update --mirror feeds
  code 0
  careen db status -f json | jq -e '.feeds | all(.error == null)'
}

@test "a feed that shrinks below half is not believed" {
  mirror feeds
  careen db update -q --mirror feeds
  python3 - <<'END'
import zipfile
with zipfile.ZipFile('feeds/osv/PyPI/all.zip') as old:
    kept = {n: old.read(n) for n in old.namelist()[:10]}
with zipfile.ZipFile('feeds/osv/PyPI/all.zip', 'w') as new:
    for name, data in kept.items(): new.writestr(name, data)
END
  run careen db update --mirror feeds
  code 3
  says "cannot believe 'osv/PyPI/all.zip': it has 10 records, and the one before had 40"
  careen cache prune --all --advisories
  run careen db update --mirror feeds
  code 0
}

@test "a server: one request a file, 304 when nothing is new" {
  mirror feeds
  serve feeds
  run careen db update --mirror "$url"
  code 0
  says "debian-tracker"
  sort feeds/.log >first.log
  grep -q '^200 /debian-tracker/json.gz' first.log
  run ! grep -q npm first.log # nothing was scanned: no language
  [ "$(cut -d' ' -f2 first.log | uniq -d | wc -l)" = 0 ]
  rm feeds/.log
  run careen db update --mirror "$url"
  code 0
  says "0 files new"
  [ "$(grep -c '^200' feeds/.log)" = 0 ]
  grep -q '^304 /kev/' feeds/.log
  rm feeds/.log
  run careen db update --mirror "$url" --max-age 1h
  code 0
  [ "$(grep -vc '^404' feeds/.log 2>/dev/null)" = 0 ] || [ ! -e feeds/.log ]
  run careen db update --mirror "$url" --all
  code 3 # this mirror has few of all ecosystems
  says "osv/npm"
}

@test "a download that breaks goes on where it ended, in one call and in the next" {
  mirror feeds
  head -c 300000 /dev/urandom | base64 | sed 's/.*/{"cycle":"&"},/' | { printf '['; cat; printf '{"cycle":"1"}]'; } >feeds/endoflife/debian.json
  serve feeds
  touch feeds/.once
  echo 100000 >feeds/.cut
  run careen db update --mirror "$url"
  code 0
  grep -q '^206 /endoflife/debian.json bytes=100000-' feeds/.log
  # Broken at every try: the next call has the beginning.
  careen cache prune --all --advisories
  rm feeds/.log feeds/.once
  echo 100000 >feeds/.cut
  run careen db update --mirror "$url"
  code 3
  rm feeds/.cut feeds/.log
  run careen db update --mirror "$url"
  code 0
  grep -q '^206 /endoflife/debian.json bytes=100000-' feeds/.log
  [ -z "$(find "$XDG_CACHE_HOME/careen/advisories/fetch" -type f)" ] # nothing is left of it
}

@test "a mirror of one feed, and offline" {
  mirror feeds
  run careen db update --offline
  code 3
  says "cannot fetch any advisories"
  run careen db update --offline --mirror debian-tracker="$PWD/feeds/debian-tracker"
  code 3
  careen db status -f json | jq -e '.feeds[] | select(.name == "debian-tracker") | .records == 1 and .error == null'
}

@test "what another machine exported is used; what is no export changes nothing" {
  mirror feeds
  careen db update -q --mirror feeds
  careen db export carried.tar.zst
  tar -tf carried.tar.zst >names
  diff - names <<<$'manifest.json\nadvisories.db'
  careen db status -f json | jq .feeds >here.json
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/other
  run careen db import carried.tar.zst
  code 0
  careen db status -f json | jq .feeds | diff here.json -
  head -c 3000 carried.tar.zst >cut
  printf 'garbage' >garbage
  zstd -dqc carried.tar.zst | sed 's/osv\/PyPI/osv\/Pypi/' | zstd -qc >changed
  for file in cut garbage changed; do
    run careen db import "$file"
    code 2
    says "cannot import '$file'"
    careen db status -f json | jq .feeds | diff here.json -
  done
  run careen db import absent
  code 2
  run careen db export one -o one
  code 2
  says "cannot write the report into 'one'"
  [ ! -e one ]
  careen db export -f json one -o exported.json
  careen db import -f json one >imported.json
  jq -e '.action == "export" and .file == "one" and .records > 10 and .file_size > 1000' exported.json
  jq -e --slurpfile e exported.json '.action == "import" and .date == $e[0].date and .size == $e[0].size' imported.json
  python3 -c 'import json, jsonschema, sys
schema, *files = map(json.load, map(open, sys.argv[1:]))
for file in files: jsonschema.Draft202012Validator(schema).validate(file)' "$top/doc/schema/careen.db-carry-1.json" exported.json imported.json
  run careen db import one
  says "imported one: "
  run careen db import -q one
  [ -z "$output" ]
  run careen db export -f csv two
  code 2
  says "cannot understand 'csv' for --format: 'db export' has table, json"
  [ ! -e two ]
}

@test "a database that is damaged is said, and made again" {
  mirror feeds
  careen db update -q --mirror feeds
  truncate -s -8192 "$XDG_CACHE_HOME/careen/advisories/advisories.db"
  run careen db status
  code 2
  says "cannot use the advisory database"
  says "hint: careen db update"
  run careen db update --mirror feeds
  code 0
  run careen db status
  code 0
}

@test "status: releases of one feed in one line, with --all in a line each" {
  mirror feeds
  cp -a feeds/alpine-secdb/v3.18 feeds/alpine-secdb/v3.19
  careen db update -q --mirror feeds
  COLUMNS=150 run careen db status
  says 'alpine-secdb, 2 releases  '
  says 'feeds/alpine-secdb/'
  [[ $output != */v3.1* ]]
  COLUMNS=150 run careen db status --all
  says 'alpine-secdb/v3.18'
  says 'alpine-secdb/v3.19'
}

@test "killed at any moment the old database stays, and what was left over goes" {
  mirror feeds
  careen db update -q --mirror feeds
  careen db status -f json | jq .feeds >before.json
  for delay in 0.002 0.005 0.01 0.02 0.04; do
    touch feeds/osv/PyPI/all.zip feeds/debian-tracker/json.gz
    timeout -s KILL "$delay" "$CAREEN" db update -q --mirror feeds || :
    careen db status -f json | jq '.feeds | map(del(.fetched, .date))' >now.json
    jq 'map(del(.fetched, .date))' before.json | diff - now.json
  done
  touch feeds/osv/PyPI/all.zip
  careen db update -q --mirror feeds
  [ -z "$(find "$XDG_CACHE_HOME/careen/advisories" -name '.tmp-*')" ]
}

@test "no room: a clear error, and the old database stays" {
  mirror feeds
  careen db update -q --mirror feeds
  careen db status -f json | jq .feeds >before.json
  touch feeds/osv/PyPI/all.zip
  run bash -c "ulimit -f 64; trap '' XFSZ; '$CAREEN' db update --mirror feeds"
  code 4
  says "cannot write the advisory database in"
  careen db status -f json | jq .feeds | diff before.json -
}

@test "two updates at once" {
  mirror feeds
  careen db update -q --mirror feeds & first=$!
  careen db update -q --mirror feeds & second=$!
  wait $first
  wait $second
  careen db status -f json | jq -e '.feeds | length == 7 and all(.error == null)'
}

@test "cache ls knows it, cache prune forgets it" {
  mirror feeds
  careen db update -q --mirror feeds
  careen cache ls -f json | jq -e '.items | any(.area == "advisories" and .name == "advisories.db")'
  careen cache prune --all --advisories
  run careen db status
  says "there are no advisories yet"
}

@test "--max-age in a scan: none is an error, young ones are used" {
  mirror feeds
  small_root root
  run careen scan --offline --max-age 1d rootfs:root
  code 4
  says "cannot use advisories as young as --max-age asks: there are none"
  says "hint: careen db update"
  careen db update -q --mirror feeds
  run careen scan --offline --max-age 1h rootfs:root
  code 3
  run careen scan --offline --max-age soon rootfs:root
  code 2
  says "it is an age such as 36h or 7d"
}

@test "a download shows how much of it is there" {
  { echo '#model_version:v1,score_date:2026-08-07T00:00:00+0000' && echo cve,epss,percentile && seq -f 'CVE-2020-%05g,0.00043,0.1' 1 20000; } | gzip >scores.csv.gz
  run python3 "$here/slow-feed.py" "$CAREEN" scores.csv.gz
  code 3
  grep -qE 'fetching [0-9]+ feed files  \[[#.]+\] +[0-9]+ %' terminal
}

@test "one file is one file" {
  mirror feeds
  mkdir some
  cp -a feeds/kev some/
  run careen db update --mirror some
  says "1 file new, 0 unchanged, 0 failed; 1 record"
}

@test "feeds that were there come again together with new ones: each keeps its own rows" {
  mirror feeds
  careen db update -q --mirror feeds
  careen db status -f json | jq '.feeds | map({name, records})' >whole
  for old in 'kev epss' endoflife 'osv kev' debian-tracker; do
    rm -rf some "$XDG_CACHE_HOME/careen/advisories"
    mkdir some
    for feed in $old; do cp -a "feeds/$feed" some/; done
    careen db update -q --mirror some
    careen db update -q --mirror feeds # another path: all of it is new
    careen db status -f json | jq '.feeds | map({name, records})' | diff whole -
    run careen db update --mirror feeds
    says "0 files new, 7 unchanged, 0 failed"
  done
}

@test "a cache that cannot be written: nothing is fetched, and what helps is said" {
  mirror feeds
  : >file
  run careen db update --mirror feeds --cache-dir file/cache
  [ "$status" = 4 ]
  says "hint: name a folder that can be written with --cache-dir"
  XDG_STATE_HOME=$PWD/file run careen rollback nothing
  [ "$status" = 4 ]
  says "cannot write the record '$PWD/file/careen/record.db'"
  says "hint: name a folder that can be written with XDG_STATE_HOME"
}
