#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py DIR: hostile and odd images, made new each time, and DIR/cases.tsv: name, image reference, allowed exit codes, and a text
that stderr or the report must hold ("-": none). No case may crash, hang, print control characters, or be silent about what is wrong."""
import gzip, hashlib, io, json, os, random, struct, sys, tarfile, zlib

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
cases = []
random.seed(3)
OS = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
STATUS = b''.join(b'Package: p%d\nStatus: install ok installed\nMaintainer: A B <a@b>\nArchitecture: amd64\nVersion: 1.%d-1\nDescription: x\n\n' % (i, i) for i in range(40))
sha = lambda b: hashlib.sha256(b).hexdigest()


def member(name, data=b'', type=tarfile.REGTYPE, mode=0o644, link='', size=None, fmt=tarfile.GNU_FORMAT, pax=None):
    info = tarfile.TarInfo(name)
    info.size = len(data) if size is None else size
    info.type, info.mode, info.linkname = type, mode, link
    if pax:
        info.pax_headers, fmt = pax, tarfile.PAX_FORMAT
    head = info.tobuf(fmt, errors='surrogateescape')
    return head + data + bytes(-len(data) % 512)


def layer(*members):
    return b''.join(members) + bytes(1024)


def debian(*more):
    return layer(member('etc/os-release', OS), member('var/lib/dpkg/status', STATUS), *more)


def image(name, layers, config=None, codes='0 1 2 3', text='-', mangle=None, compress=lambda b: gzip.compress(b, 1, mtime=0)):
    """LAYERS: plain tars. MANGLE(parts) may spoil anything: parts has blobs, manifest, config, index."""
    parts = {'blobs': {}, 'extra': []}
    blobs = [compress(l) for l in layers]
    parts['config'] = config if config is not None else {'architecture': 'amd64', 'os': 'linux', 'config': {'Entrypoint': ['/bin/app']},
        'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(l) for l in layers]}}
    parts['manifest'] = lambda c: {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
        'config': {'mediaType': 'application/vnd.oci.image.config.v1+json', 'digest': 'sha256:' + sha(c), 'size': len(c)},
        'layers': [{'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip', 'digest': 'sha256:' + sha(b), 'size': len(b)} for b in blobs]}
    parts['layer_blobs'] = blobs
    if mangle:
        mangle(parts)
    c = parts['config'] if isinstance(parts['config'], bytes) else json.dumps(parts['config']).encode()
    m = parts['manifest'](c)
    m = m if isinstance(m, bytes) else json.dumps(m).encode()
    index = parts.get('index') or json.dumps({'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'digest': 'sha256:' + sha(m), 'size': len(m)}]}).encode()
    path = f'{out}/{name}.oci.tar'
    with open(path, 'wb') as f:
        f.write(member('oci-layout', b'{"imageLayoutVersion":"1.0.0"}') + member('index.json', index))
        for d, b in [(sha(c), c), (sha(m), m)]:
            f.write(member('blobs/sha256/' + d, b))
        for want, got in zip([sha(compress(l)) for l in layers], parts['layer_blobs']):
            f.write(member('blobs/sha256/' + want, got))
        for n, b in parts['extra']:
            f.write(member(n, b))
        f.write(bytes(1024))
    cases.append((name, 'oci-archive:' + path, codes, text))
    return path


def rootfs(name, data, codes='0 1 2 3', text='-', suffix='.tar'):
    path = f'{out}/{name}{suffix}'
    open(path, 'wb').write(data)
    cases.append((name, 'rootfs:' + path, codes, text))


# names and links
rootfs('names-escape', debian(member('../../etc/passwd', b'x'), member('/etc/shadow', b'x'), member('a/../../b', b'x'), member('./././c', b'x'), member('d//e///f', b'x'), member('..', type=tarfile.DIRTYPE), member('', b'x')))
rootfs('names-odd', debian(*[member(n, b'#!/bin/sh\n', mode=0o755) for n in ('bin/a\nb', 'bin/\x1b[31mred\x1b[0m', 'bin/\u202egpj.exe', 'bin/"quote\'', 'bin/' + 'x' * 250, 'usr/bin/\udcff\udcfe', 'bin/tab\there', 'bin/\x07bell')]))
rootfs('names-long', debian(member('/'.join(['d' * 200] * 30) + '/f', b'x'), member('/'.join('x' * 3000), b'x')))
rootfs('links-loop', debian(member('a', type=tarfile.SYMTYPE, link='b'), member('b', type=tarfile.SYMTYPE, link='a'), member('etc/ld.so.cache', type=tarfile.SYMTYPE, link='ld.so.cache'), member('bin', type=tarfile.SYMTYPE, link='bin'), member('lib', type=tarfile.SYMTYPE, link='../../../../lib')))
rootfs('links-everywhere', layer(member('etc', type=tarfile.SYMTYPE, link='/real'), member('real/os-release', type=tarfile.SYMTYPE, link='../usr/lib/os-release'), member('usr/lib/os-release', OS), member('var/lib/dpkg', type=tarfile.SYMTYPE, link='/data'), member('data/status', STATUS)), codes='0 1 3')
rootfs('links-hard', debian(member('h1', type=tarfile.LNKTYPE, link='h2'), member('h2', type=tarfile.LNKTYPE, link='h1'), member('h3', type=tarfile.LNKTYPE, link='../../etc/passwd'), member('h4', type=tarfile.LNKTYPE, link='/etc/os-release'), member('h5', type=tarfile.LNKTYPE, link='')))
rootfs('types-odd', debian(member('dev/null', type=tarfile.CHRTYPE), member('dev/sda', type=tarfile.BLKTYPE), member('run/fifo', type=tarfile.FIFOTYPE), member('odd', type=b'Z'), member('var/lib/dpkg/info', type=tarfile.CHRTYPE), member('etc/ld.so.cache', type=tarfile.DIRTYPE)))
rootfs('types-database-is-a-folder', layer(member('etc/os-release', type=tarfile.DIRTYPE), member('var/lib/dpkg/status', type=tarfile.DIRTYPE)), codes='3')
rootfs('same-name-twice', debian(member('var/lib/dpkg/status', STATUS[:400]), member('var', b'a file'), member('var/lib/dpkg/status', STATUS)))
rootfs('whiteouts', debian(member('.wh.etc'), member('.wh..wh..opq'), member('.wh.'), member('.wh..wh.plnk/1'), member('.wh..'), member('.wh...'), member('x/.wh..wh..opq')))
rootfs('symlink-then-through-it', debian(member('out', type=tarfile.SYMTYPE, link='/etc'), member('out/os-release', b'ID=evil\n'), member('up', type=tarfile.SYMTYPE, link='../../..'), member('up/etc/passwd', b'x')))

# tar oddities
rootfs('sparse-gnu', debian(member('var/sparse', size=0, type=tarfile.GNUTYPE_SPARSE)))
rootfs('pax-lies', debian(member('x', b'data', pax={'size': '99999999999999'}), member('y', b'', pax={'path': 'z' * 70000}), member('w', b'', pax={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' * 30})))
rootfs('size-lies', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', STATUS, size=1 << 40)), codes='2 3')
rootfs('size-negative', layer(member('etc/os-release', OS)[:124] + b'\xff' * 12 + member('etc/os-release', OS)[136:]), codes='2 3')
rootfs('checksum-wrong', b'x' * 148 + b'0000000\0' + bytes(2000), codes='2')
rootfs('truncated-in-data', debian(member('opt/app', os.urandom(100000)))[:60000], codes='2 3')
rootfs('truncated-in-header', debian()[:700], codes='2 3')
rootfs('truncated-gzip', gzip.compress(debian(member('opt/app', os.urandom(100000))))[:50000], codes='2 3', suffix='.tar.gz')
rootfs('corrupt-gzip', (lambda b: b[:3000] + bytes(50) + b[3050:])(gzip.compress(debian(member('opt/app', os.urandom(100000))))), codes='2 3', suffix='.tar.gz')
rootfs('gzip-trailing-garbage', gzip.compress(debian()) + b'garbage' * 100, codes='2 3', suffix='.tar.gz')
rootfs('gzip-trailing-zeros', gzip.compress(debian()) + bytes(4096), suffix='.tar.gz')
rootfs('gzip-members', b''.join(gzip.compress(debian()[i:i + 700]) for i in range(0, len(debian()), 700)), suffix='.tar.gz')
rootfs('empty', b'', codes='2 3')
rootfs('zeros-only', bytes(10240), codes='0 2 3')
rootfs('not-a-tar', os.urandom(5000), codes='2')
c = zlib.compressobj(9, zlib.DEFLATED, 31)
bomb = c.compress(member('bomb', size=4 << 30)) + b''.join(c.compress(bytes(1 << 24)) for _ in range(256)) + c.compress(bytes(1024)) + c.flush()
rootfs('gzip-bomb', bomb, codes='2 3', suffix='.tar.gz')
rootfs('ten-thousand-folders', debian(*[member('/'.join(str(i % 10) for i in range(n, n + 60)) + '/f', b'') for n in range(3000)]))

# digests and documents (each with a layer of its own: what another case put into the cache is not read again)
def wrong_layer(p):
    named = p['layer_blobs'][0] = gzip.compress(b'other' * 1000)
    p['extra'].append(('blobs/sha256/' + sha(named), named[:-20] + bytes(20)))  # the right name and size, other bytes
image('digest-of-layer-wrong', [debian(member('opt/own-1', b'x'))], codes='2', mangle=wrong_layer)
def bad_diff(p): p['config']['rootfs']['diff_ids'] = ['sha256:' + '0' * 64]
image('diff-id-wrong', [debian(member('opt/own-2', b'x'))], codes='2', mangle=bad_diff)
def cut_layer(p): p['layer_blobs'][0] = p['layer_blobs'][0][:-200]
image('cut-layer', [debian(member('opt/own-3', b'x'))], codes='2 3', mangle=cut_layer)
deep = b'{"a":' * 100000 + b'1' + b'}' * 100000
image('manifest-deep', [debian()], codes='2', mangle=lambda p: p.__setitem__('manifest', lambda c: deep))
image('manifest-huge', [debian()], codes='2', mangle=lambda p: p.__setitem__('manifest', lambda c: b'{"layers":[' + b'{},' * 4000000 + b'{}]}'))
image('manifest-no-layers', [debian()], codes='2 3', mangle=lambda p: p.__setitem__('manifest', lambda c: {'schemaVersion': 2}))
image('manifest-not-json', [debian()], codes='2', mangle=lambda p: p.__setitem__('manifest', lambda c: b'\x1b[31m{nope'))
def self_index(p): p['index'] = json.dumps({'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.index.v1+json', 'digest': 'sha256:' + 'a' * 64, 'size': 10}] * 5000}).encode()
image('index-of-missing', [debian()], codes='2', mangle=self_index)
for n, conf in enumerate(([], 'text', 7, None, {'config': 'x'}, {'config': {'Entrypoint': 'nginx', 'Cmd': 3, 'Env': {'a': 1}, 'Labels': [1, 2], 'User': 5}}, {'rootfs': 7}, {'rootfs': {'diff_ids': 'x'}}, {'rootfs': {'diff_ids': [1, None]}})):
    def wrong(p, conf=conf):
        if isinstance(conf, dict) and 'rootfs' not in conf:
            conf = dict(p['config'], **conf)
        p['config'] = json.dumps(conf).encode()
    image(f'config-wrong-type-{n}', [debian()], codes='0 1 2 3', mangle=wrong)
image('entrypoint-control-characters', [debian()], config={'architecture': 'amd64', 'os': 'linux', 'config': {'Entrypoint': ['/bin/\x1b[2Jx', '\u202e', '\n'], 'Labels': {'\x07': '\x1b'}}, 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(debian())]}}, codes='0 1 3')
image('platform-odd', [debian()], config={'architecture': '\x1b', 'os': 'plan9', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(debian())]}})
open(f'{out}/garbage.oci.tar', 'wb').write(os.urandom(20000))
cases.append(('garbage-archive', f'oci-archive:{out}/garbage.oci.tar', '2', '-'))
whole = open(image('good', [debian()], codes='0 1 3'), 'rb').read()
for at in (10, 600, 1500, 3000, len(whole) - 2000):
    open(f'{out}/cut-at-{at}.oci.tar', 'wb').write(whole[:at])
    cases.append((f'cut-at-{at}', f'oci-archive:{out}/cut-at-{at}.oci.tar', '2 3', '-'))


# what `docker save` might have written
def saved(name, members, codes, text='-'):
    path = f'{out}/{name}.docker.tar'
    open(path, 'wb').write(b''.join(members) + bytes(1024))
    cases.append((name, 'docker-archive:' + path, codes, text))


def saved_config(*layers):
    return member('c.json', json.dumps({'os': 'linux', 'architecture': 'amd64', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(l) for l in layers]}}).encode())


def saved_list(*layers, config='c.json'):
    return member('manifest.json', json.dumps([{'Config': config, 'RepoTags': ['a:1'], 'Layers': list(layers)}]).encode())


own = debian(member('opt/own-4', b'x'))
saved('saved-link-loop', [member('a/layer.tar', type=tarfile.SYMTYPE, link='../b/layer.tar'), member('b/layer.tar', type=tarfile.SYMTYPE, link='../a/layer.tar'), saved_config(own), saved_list('a/layer.tar')], '3', 'not in')
saved('saved-link-out', [member('a/layer.tar', type=tarfile.SYMTYPE, link='../../../../etc/passwd'), saved_config(own), saved_list('a/layer.tar')], '3', 'not in')
saved('saved-path-out', [saved_config(own), saved_list('../../../etc/passwd')], '3', 'not in')
saved('saved-config-out', [saved_config(own), saved_list('a', config='/etc/passwd')], '2', 'etc/passwd')
saved('saved-layers-twice', [member('1.tar', own), saved_config(own, own), saved_list('1.tar', '1.tar')], '0 1 3')
other = debian(member('opt/own-5', b'x'))
saved('saved-layer-is-a-folder', [member('1.tar', type=tarfile.DIRTYPE), saved_config(other), saved_list('1.tar')], '3', 'not in')
saved('saved-layer-of-garbage', [member('1.tar', os.urandom(4000)), saved_config(other), saved_list('1.tar')], '2')
saved('saved-config-of-control-characters', [member('\x1b[31m.json', b'{}'), saved_list('1.tar', config='\x1b[31m.json')], '2')
saved('saved-many-members', [member(f'{n}.json', b'{}') for n in range(40000)], '2')
saved('saved-many-images', [member('manifest.json', json.dumps([{'Config': f'{n}.json', 'RepoTags': [f'a:{n}'], 'Layers': []} for n in range(9000)]).encode())], '2', 'several')
saved('saved-many-layers', [saved_config(*[own] * 1500), saved_list(*['x'] * 1500)], '2', 'more than the 1000 allowed')

# package databases
rootfs('dpkg-cut', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', STATUS[:-90])), codes='0 1 3')
rootfs('dpkg-huge-field', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', STATUS + b'Package: big\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nDescription: ' + b'A' * 10_000_000 + b'\n')), codes='3')
rootfs('dpkg-huge-name', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', b'Package: ' + b'n' * 1_000_000 + b'\nStatus: install ok installed\nVersion: ' + b'9' * 1_000_000 + b'\n')), codes='0 1 3')
rootfs('dpkg-control-characters', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', b'Package: a\x1b[31m\nStatus: install ok installed\nVersion: 1\x07\nArchitecture: \xff\xfe\nMaintainer: \x9b31m\n\n' + STATUS)), codes='0 1 3')
rootfs('dpkg-binary', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', os.urandom(200000))), codes='3')
rootfs('dpkg-many', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', b''.join(b'Package: p%d\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n' % i for i in range(150000)))), codes='0 1 2 3')
rootfs('dpkg-depends-bomb', layer(member('etc/os-release', OS), member('var/lib/dpkg/status', STATUS + b'Package: q\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nDepends: ' + b', '.join(b'p%d | p%d (>= 1)' % (i % 40, (i + 1) % 40) for i in range(50000)) + b'\n\n')), codes='0 1 3')
rootfs('apk-binary', layer(member('etc/os-release', b'ID=alpine\nVERSION_ID=3.18.9\n'), member('lib/apk/db/installed', b'P:' + os.urandom(50000))), codes='3')
for db in ('var/lib/rpm/rpmdb.sqlite', 'var/lib/rpm/Packages', 'var/lib/rpm/Packages.db', 'usr/lib/sysimage/rpm/rpmdb.sqlite'):
    for kind, data in (('random', os.urandom(70000)), ('sqlite', b'SQLite format 3\0' + bytes([16, 0, 2, 2]) + os.urandom(70000)), ('ndb', b'RpmP' + struct.pack('<7I', 0, 1, 8, 1, 2, 3, 4) + os.urandom(60000)), ('bdb', bytes(12) + struct.pack('<II', 0x061561, 9) + os.urandom(60000)), ('short', b'\0')):
        rootfs('rpm-' + db.replace('/', '-') + '-' + kind, layer(member('etc/os-release', b'ID="almalinux"\nVERSION_ID="9.1"\n'), member(db, data)), codes='3')
rootfs('os-release-odd', layer(member('etc/os-release', b'ID="deb\x1bian\nVERSION_ID=\'12\nNAME=$(reboot)\nPRETTY_NAME="`id`"\n=\n===\n' + b'X' * 100000), member('var/lib/dpkg/status', STATUS)), codes='0 1 3')
rootfs('sources-odd', debian(member('etc/apt/sources.list', b'deb [trusted=yes] http://127.0.0.1:1/ $(reboot) main\ndeb file:///etc passwd\ndeb\ndeb [ x\n' + b'deb http://[::1 \x1b[31m a\n' * 1000), member('etc/apt/sources.list.d/x.sources', b'Types: deb\nURIs: file:///etc/\nSuites: ../../..\nComponents: ../..\nSigned-By: /etc/shadow\n\n' * 100), member('etc/apt/preferences', b'Package: *\nPin: version *\nPin-Priority: 99999999999999999999\n'), member('etc/apt/apt.conf', b'Dir::Bin::gpgv "/bin/evil";\nAPT::Default-Release "' + b'a' * 100000)), codes='0 1 3')

# programs
def elf(patch):
    head = bytearray(b'\x7fELF\x02\x01\x01' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', 3, 62, 1, 0x1000, 64, 4096, 0, 64, 56, 9, 64, 30, 29))
    body = bytearray(head + b''.join(struct.pack('<IIQQQQQQ', t, 4, 0x200, 0x200, 0x200, 0x300, 0x300, 8) for t in (6, 3, 1, 1, 2, 4, 7, 0x6474e551, 0x6474e552)))
    body += bytes(0x1000 - len(body)) + os.urandom(8000)
    for at, data in patch:
        body[at:at + len(data)] = data
    return bytes(body)


programs = [member(f'usr/bin/elf{i}', elf([(random.randrange(16, 700), os.urandom(random.choice((1, 2, 4, 8)))) for _ in range(12)]), mode=0o755) for i in range(400)]
programs += [member(f'usr/bin/offset{o}', elf([(o, b'\xff' * 8)]), mode=0o755) for o in range(16, 640, 4)]
programs += [member('usr/bin/short', b'\x7fELF', mode=0o755), member('usr/bin/short2', b'\x7fELF\x02\x01', mode=0o755), member('bin/app', elf([]), mode=0o755)]
image('elf-every-offset', [debian(*programs)], codes='0 1 3')
script = b'#!/bin/sh\n\x1b[31m\x07\x00\xff' + b'$($($(' * 5000 + b'"' * 999 + b'\nexec "$@"\n' + b'if ' * 10000
image('script-control-characters', [debian(member('bin/app', script, mode=0o755), member('bin/sh', b'#!/bin/sh\n', mode=0o755))], codes='0 1 3')
image('script-interpreter-loop', [debian(member('bin/app', b'#!/bin/app2\n', mode=0o755), member('bin/app2', b'#!/bin/app\n', mode=0o755))], codes='0 1 3')
image('script-long-line', [debian(member('bin/app', b'#!' + b'/' * 500000 + b'bin/app', mode=0o755))], codes='0 1 3')
image('ld-cache-odd', [debian(member('bin/app', elf([]), mode=0o755), member('etc/ld.so.cache', b'glibc-ld.so.cache1.1' + b'\xff' * 5000), member('etc/ld.so.conf', b'include /etc/ld.so.conf\ninclude *\n' * 100), member('etc/ld.so.preload', b'/a ' * 10000))], codes='0 1 3')
image('layers-many', [layer(member(f'l{i}', b'x')) for i in range(300)] + [debian()], codes='0 1 3')
image('layers-too-many', [layer(member('l', b'x'))] * 1500, codes='2 3')

with open(f'{out}/cases.tsv', 'w') as f:
    for c in cases:
        f.write('\t'.join(c) + '\n')
print(len(cases), 'cases')
