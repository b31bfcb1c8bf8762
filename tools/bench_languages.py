# SPDX-License-Identifier: Apache-2.0
"""The layer of an application for ./bench: 1,000 Python and 1,000 Node packages, 50 jars, 30 Go programs. Names are those of the advisories in
the mirror of feeds where there is one; metadata have the form that pip, npm, Maven and Go write, and as much text as theirs; code is Python's own
library, cut to pieces. The Go programs are built here, once."""
import io, json, os, pathlib, random, subprocess, sysconfig, tarfile, tempfile, zipfile

COUNT, JARS, PROGRAMS = 1000, 50, 30
MAIN = '''package main

import (
	"crypto/tls"
	"encoding/json"
	"html/template"
	"net/http"
	"os"
)

var number = "0"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		template.Must(template.New("page").Parse("{{.}}")).Execute(w, r.URL.Path+number)
	})
	json.NewEncoder(os.Stdout).Encode(tls.VersionTLS13)
	http.ListenAndServe(":0", nil)
}
'''


def read_names(feeds, ecosystem):
    """Packages that have advisories, first; then made-up ones."""
    names = set()
    archive = feeds / 'osv' / ecosystem / 'all.zip'
    if archive.exists():
        with zipfile.ZipFile(archive) as z:
            for member in z.namelist():
                names |= {a['package']['name'] for a in json.loads(z.read(member)).get('affected', []) if a['package'].get('ecosystem') == ecosystem}
    names = sorted(n for n in names if ecosystem != 'Maven' or n.count(':') == 1)
    return (names + [f'group:made-{i}' if ecosystem == 'Maven' else f'made-{i}' for i in range(COUNT)])[:COUNT]


def read_code():
    library = pathlib.Path(sysconfig.get_path('stdlib'))
    return ''.join(p.read_text(errors='replace') for p in sorted(library.glob('[a-h]*.py'))).encode()


def build_programs(folder):
    source = folder / 'program'
    source.mkdir()
    (source / 'main.go').write_text(MAIN)
    (source / 'go.mod').write_text('module example.org/program\n\ngo 1.19\n')
    environment = dict(os.environ, CGO_ENABLED='0', GOFLAGS='-mod=mod', GOPROXY='off', GOTOOLCHAIN='local', GOCACHE=str(folder / 'cache'), GOPATH=str(folder / 'path'))
    for i in range(PROGRAMS):
        subprocess.run(['go', 'build', '-trimpath', '-ldflags', f'-s -w -X main.number={i}', '-o', str(folder / f'program-{i:02}'), '.'], cwd=source, env=environment, check=True)
        yield (folder / f'program-{i:02}').read_bytes()


def write_layer(path, feeds):
    """Into the tar at PATH."""
    dice, code, at = random.Random(4), read_code(), 0
    with tempfile.TemporaryDirectory() as temporary, tarfile.open(path, 'w', format=tarfile.GNU_FORMAT) as out:
        def add(name, data, mode=0o644):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), mode
            out.addfile(info, io.BytesIO(data))

        def take(most):
            nonlocal at
            size = dice.randrange(most // 4, most)
            at = (at + size) % (len(code) - most)
            return code[at:at + size]

        for name in read_names(feeds, 'PyPI'):
            version = f'{dice.randrange(4)}.{dice.randrange(20)}.{dice.randrange(9)}'
            folder, module = 'usr/local/lib/python3.11/site-packages', name.replace('-', '_').replace('.', '_').lower()
            add(f'{folder}/{module}-{version}.dist-info/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\nRequires-Python: >=3.8\n\n'.encode() + take(4000))
            files = [f'{module}/{part}.py' for part in ('__init__', 'api', 'core', 'utils')]
            add(f'{folder}/{module}-{version}.dist-info/RECORD', ''.join(f'{f},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n' for f in files).encode())
            for file in files:
                add(f'{folder}/{file}', take(16000))
        for name in read_names(feeds, 'npm'):
            version = f'{dice.randrange(6)}.{dice.randrange(20)}.{dice.randrange(9)}'
            add(f'app/node_modules/{name}/package.json', json.dumps({'name': name, 'version': version, 'description': 'x' * 60, 'license': 'MIT', 'main': 'index.js', 'dependencies': {}}, indent=2).encode())
            for file in ('index.js', 'lib/core.js', 'README.md'):
                add(f'app/node_modules/{name}/{file}', take(12000))
        for i, name in enumerate(read_names(feeds, 'Maven')[:JARS]):
            group, artifact = name.split(':')
            version, jar = f'{dice.randrange(4)}.{dice.randrange(20)}.{dice.randrange(9)}', io.BytesIO()
            with zipfile.ZipFile(jar, 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('META-INF/MANIFEST.MF', f'Manifest-Version: 1.0\r\nImplementation-Title: {artifact}\r\nImplementation-Version: {version}\r\n')
                z.writestr(f'META-INF/maven/{group}/{artifact}/pom.properties', f'groupId={group}\nartifactId={artifact}\nversion={version}\n')
                for k in range(200):
                    z.writestr(f'{group.replace(".", "/")}/Class{k}.class', b'\xca\xfe\xba\xbe' + take(6000))
            add(f'app/lib/{i:02}-{artifact}-{version}.jar', jar.getvalue())
        for i, program in enumerate(build_programs(pathlib.Path(temporary))):
            add(f'usr/local/bin/program-{i:02}', program, 0o755)
