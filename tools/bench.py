# SPDX-License-Identifier: Apache-2.0
"""Speed and memory of the built program. Every row: what, figure, reference or bound, whether it holds. Fixtures live in build/bench."""
import concurrent.futures, gzip, hashlib, json, os, pathlib, re, shutil, subprocess, sys, tarfile, time, io, urllib.request
sys.dont_write_bytecode = True
import bench_fleet, bench_languages, bench_patch

top = pathlib.Path(sys.argv[1])
only = sys.argv[2:]
work = top / 'build' / 'bench'
work.mkdir(parents=True, exist_ok=True)
careen = str(top / 'build' / 'careen')
env = dict(os.environ, XDG_CACHE_HOME=str(work / 'cache'), XDG_STATE_HOME=str(work / 'state'), NO_COLOR='1')
rows = []


def row(name, figure, bound, holds):
    rows.append((name, figure, bound, 'holds' if holds else 'MISSED'))
    print(f'{name:<32} {figure:<42} {bound:<27} {rows[-1][3]}', flush=True)


def scan(image, *args, offline=True, **kw):
    command = [careen, 'scan', '-f', 'json', *(['--offline'] if offline else []), *args, image]
    p = subprocess.run(command, capture_output=True, env=env, **kw)
    if p.returncode not in (0, 1, 3):
        sys.exit(f'{" ".join(command)}: exit {p.returncode}: {p.stderr.decode(errors="replace")[-300:]}')
    return p


def why(image):
    p = subprocess.run([careen, 'why', '--offline', 'openssl', image], capture_output=True, env=env)
    if p.returncode not in (0, 1, 3):
        sys.exit(f'why: exit {p.returncode}: {p.stderr.decode(errors="replace")[-300:]}')


def seconds(f, *args):
    start = time.perf_counter()
    f(*args)
    return time.perf_counter() - start


def forget_layers():
    subprocess.run([careen, 'cache', 'prune', '--all', '--layers'], capture_output=True, env=env)


def peak_mib(image, *args):
    p = subprocess.run(['/usr/bin/time', '-f', '%M', careen, 'scan', '--offline', *args, image], capture_output=True, env=env)
    return int(p.stderr.split()[-1]) / 1024, p.returncode


def debian(name, packages, suite='bookworm', config='{"Cmd":["sh"]}'):
    image = work / f'{name}.oci.tar'
    if not image.exists():
        tar = work / f'{name}.tar'
        subprocess.run(['mmdebstrap', '-q', '--variant=minbase', f'--include={packages}', suite, str(tar),
                        f'deb http://deb.debian.org/debian {suite} main'], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([str(top / 'tools' / 'make-oci'), str(image), config, str(tar)], check=True)
        subprocess.run(f'gzip -6 -c {tar} > {work}/{name}.layer.gz', shell=True, check=True)
        tar.unlink()
    return f'oci-archive:{image}'


def big_image(name, write_layer):
    """An oci-archive with one gzip layer that is made by a generator and never held whole."""
    image = work / f'{name}.oci.tar'
    if image.exists():
        return f'oci-archive:{image}'
    blob, diff, digest = work / f'{name}.gz', hashlib.sha256(), hashlib.sha256()
    with open(blob, 'wb') as f:
        p = subprocess.Popen(['gzip', '-1', '-n'], stdin=subprocess.PIPE, stdout=f)

        class Tee:
            def write(self, data):
                diff.update(data)
                p.stdin.write(data)
                return len(data)
        write_layer(Tee())
        p.stdin.close()
        p.wait()
    with open(blob, 'rb') as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    blobs = []

    def put(data):
        d = hashlib.sha256(data).hexdigest()
        blobs.append((f'blobs/sha256/{d}', data))
        return {'digest': f'sha256:{d}', 'size': len(data)}
    config = put(json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'Cmd': ['sh']}, 'rootfs': {
        'type': 'layers', 'diff_ids': ['sha256:' + diff.hexdigest()]}, 'history': []}).encode())
    layer = {'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip', 'digest': 'sha256:' + digest.hexdigest(),
             'size': blob.stat().st_size}
    manifest = put(json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': {
        'mediaType': 'application/vnd.oci.image.config.v1+json', **config}, 'layers': [layer]}).encode())
    index = json.dumps({'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.manifest.v1+json', **manifest}]}).encode()
    with tarfile.open(str(image) + '.part', 'w') as t:
        for path, data in [('oci-layout', b'{"imageLayoutVersion":"1.0.0"}'), ('index.json', index), *blobs]:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo('blobs/sha256/' + digest.hexdigest())
        info.size = blob.stat().st_size
        with open(blob, 'rb') as f:
            t.addfile(info, f)
    blob.unlink()
    os.rename(str(image) + '.part', image)
    return f'oci-archive:{image}'


def zeros(out):
    info = tarfile.TarInfo('var/zeros')
    info.size = 10 << 30
    out.write(info.tobuf(tarfile.GNU_FORMAT))
    block = bytes(1 << 20)
    for _ in range(10 << 10):
        out.write(block)
    out.write(bytes(1024))


def many(out):
    for d in range(2000):
        info = tarfile.TarInfo(f'srv/data/dir{d:04}/')
        info.type = tarfile.DIRTYPE
        out.write(info.tobuf(tarfile.GNU_FORMAT))
        out.write(b''.join(tarfile.TarInfo(f'srv/data/dir{d:04}/entry-{f:04}.txt').tobuf(tarfile.GNU_FORMAT) for f in range(1000)))
    out.write(bytes(1024))


def bench_scan():
    image = debian('web', 'nginx-light,ca-certificates,python3', config='{"Entrypoint":["nginx","-g","daemon off;"]}')
    scan(image, offline=False)  # package lists
    layer = work / 'web.layer.gz'
    reference = lambda: subprocess.run(f'igzip -dc {layer} | openssl dgst -sha256', shell=True, capture_output=True)
    cold, ref, warm = [], [], []
    for _ in range(5):
        forget_layers()
        ref.append(seconds(reference))
        cold.append(seconds(scan, image))
    for _ in range(20):
        warm.append(seconds(scan, image))
    ratio = min(cold) / min(ref)
    row('scan, cold', f'{ratio:.2f} x ({min(cold):.3f} s / {min(ref):.3f} s)', '<= 1.0 x igzip | sha256', ratio <= 1)
    packages = len(json.loads(scan(image).stdout)['packages'])
    row('scan, warm', f'{min(warm) * 1000:.1f} ms for {packages} packages', '<= 30 ms', min(warm) <= 0.030)
    asked = min(seconds(why, image) for _ in range(20))
    row('why, warm', f'{asked * 1000:.1f} ms', '<= 30 ms', asked <= 0.030)
    forget_layers()
    m, _ = peak_mib(image)
    row('scan, cold, peak memory', f'{m:.0f} MiB', '<= 96 MiB', m <= 96)
    m, _ = peak_mib(image)
    row('scan, warm, peak memory', f'{m:.0f} MiB', '<= 96 MiB', m <= 96)


def bench_large():
    for name, writer, bound in (('zeros-10g', zeros, 96), ('entries-2m', many, 128)):
        image = big_image(name, writer)
        forget_layers()
        start = time.perf_counter()
        m, rc = peak_mib(image)
        took = time.perf_counter() - start
        row(f'layer {name}, cold', f'{m:.0f} MiB, {took:.1f} s, exit {rc}', f'<= {bound} MiB', m <= bound and rc in (0, 1, 3))
        start = time.perf_counter()
        m, rc = peak_mib(image)
        took = time.perf_counter() - start
        row(f'layer {name}, warm', f'{m:.0f} MiB, {took:.2f} s, exit {rc}', f'<= {bound} MiB', m <= bound and rc in (0, 1, 3))


def bench_together():
    base = debian('web', 'nginx-light,ca-certificates,python3', config='{"Entrypoint":["nginx","-g","daemon off;"]}')
    path = base.split(':', 1)[1]
    images = []
    for i in range(10):  # ten images: the same base, one small layer of each one's own
        image = work / f'ten-{i}.oci.tar'
        if not image.exists():
            tar = work / f'ten-{i}.tar'
            with tarfile.open(tar, 'w') as t:
                info = tarfile.TarInfo(f'srv/own-{i}')
                info.size = 1 << 20
                t.addfile(info, io.BytesIO(os.urandom(1 << 20)))
            root = work / 'ten-root.tar'
            if not root.exists():
                subprocess.run(f'igzip -dc {work}/web.layer.gz > {root}', shell=True, check=True)
            subprocess.run([str(top / 'tools' / 'make-oci'), str(image), '{"Cmd":["nginx"]}', str(root), str(tar)], check=True)
        images.append(f'oci-archive:{image}')
    scan(base, offline=False)
    forget_layers()
    alone = seconds(scan, images[0])
    forget_layers()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        start = time.perf_counter()
        outs = list(pool.map(lambda i: scan(i).stdout, images))
        took = time.perf_counter() - start
    again = [scan(i).stdout for i in images]  # from the cache that ten wrote at once: the same answers
    names = {tuple(p['purl'] for p in json.loads(o)['packages']) for o in outs + again}
    row('ten scans at once, one cache', f'{took:.2f} s, alone {alone:.2f} s, {len(names)} answer(s)',
        'no failure, one answer', len(names) == 1)
    forget_layers()
    scan(images[0])
    shared = seconds(scan, images[1])
    row('scan, base layer in the cache', f'{shared * 1000:.0f} ms, alone {alone * 1000:.0f} ms', '<= 0.5 x alone', shared <= alone / 2)


def bench_advisories():
    feeds = top.parent / 'shared' / 'feeds'
    if not feeds.exists():
        print('# advisories: skipped, there is no mirror of feeds beside the checkout')
        return
    cache = work / 'advisories'
    best, peak, megabytes = None, 0, 0
    for _ in range(3):
        shutil.rmtree(cache, ignore_errors=True)
        p = subprocess.run(['/usr/bin/time', '-f', '%M', careen, 'db', 'update', '-v', '--mirror', str(feeds), '--cache-dir', str(cache)],
                           capture_output=True, text=True, env=env, check=True)
        megabytes, took = map(float, re.search(r'compiled ([0-9.]+) MB of records in ([0-9.]+) s', p.stderr).groups())
        best, peak = min(best or took, took), max(peak, int(p.stderr.split()[-1]) / 1024)
    size = (cache / 'advisories' / 'advisories.db').stat().st_size / 1e6
    row('advisories, compile', f'{megabytes / best:.0f} MB/s ({megabytes:.0f} MB in {best:.2f} s)', '>= 100 MB/s of feed JSON', megabytes / best >= 100)
    row('advisories, peak memory', f'{peak:.0f} MiB', '<= 128 MiB', peak <= 128)
    row('advisories, database', f'{size:.0f} MB of {megabytes:.0f} MB', '<= 0.6 x the JSON', size <= 0.6 * megabytes)
    # Every so many of bookworm's sources by number of flaws, the one with most (linux) first.
    packages = json.loads(gzip.open(feeds / 'debian-tracker' / 'json.gz').read())
    most = sorted((p for p in packages if any('bookworm' in f['releases'] for f in packages[p].values())), key=lambda p: (len(packages[p]), p))
    step = max(len(most) // 299, 1)
    names = most[::-step][:300]
    p = subprocess.run([str(top / 'build' / 'tests' / 'unit' / 'print-advisories'), str(cache), 'time', '40'], capture_output=True, text=True,
                       input=''.join(f'Debian:12\t{n}\n' for n in names), env=env, check=True)
    best = min(p.stdout.splitlines(), key=lambda line: float(line.split()[0])).split()
    cold = []
    for _ in range(5):  # nothing of the database in memory
        with open(cache / 'advisories' / 'advisories.db', 'rb') as f:
            os.fsync(f.fileno())
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        one = subprocess.run([str(top / 'build' / 'tests' / 'unit' / 'print-advisories'), str(cache), 'time', '1'], capture_output=True, text=True,
                             input=''.join(f'Debian:12\t{n}\n' for n in names), env=env, check=True)
        cold.append(float(one.stdout.split()[0]))
    row('advisories, 300, cold page cache', f'{min(cold):.1f} ms, at most {max(cold):.1f} ms', 'none', True)
    row('advisories, 300 packages, warm', f'{float(best[0]):.1f} ms, {best[1]} advisories', '<= 10 ms', float(best[0]) <= 10)


def bench_findings():
    """The warm scan with what the advisories say of it."""
    feeds = top.parent / 'shared' / 'feeds'
    if not feeds.exists():
        print('# findings: skipped, there is no mirror of feeds beside the checkout')
        return
    image = debian('web', 'nginx-light,ca-certificates,python3', config='{"Entrypoint":["nginx","-g","daemon off;"]}')
    subprocess.run([careen, 'db', 'update', '-q', '--mirror', str(feeds)], env=env, check=True, capture_output=True)
    report = json.loads(scan(image, offline=False).stdout)
    warm = min(seconds(scan, image) for _ in range(30))
    row('scan, warm, with findings', f'{warm * 1000:.1f} ms, {len(report["findings"])} findings', '<= 40 ms', warm <= 0.040)
    shutil.rmtree(work / 'cache' / 'careen' / 'advisories')
    without = min(seconds(scan, image) for _ in range(30))
    row('matching', f'{(warm - without) * 1000:.1f} ms for {len(report["packages"])} packages', '<= 10 ms', warm - without <= 0.010)


def bench_languages_image():
    """An application on the same base: its packages are read out of their own metadata."""
    base = debian('web', 'nginx-light,ca-certificates,python3', config='{"Entrypoint":["nginx","-g","daemon off;"]}')
    image, layer = work / 'languages.oci.tar', work / 'languages.layer.gz'
    feeds = top.parent / 'shared' / 'feeds'
    if not image.exists():
        tar, root = work / 'languages.tar', work / 'languages-root.tar'
        bench_languages.write_layer(tar, feeds)
        subprocess.run(f'igzip -dc {work}/web.layer.gz > {root}', shell=True, check=True)
        subprocess.run([str(top / 'tools' / 'make-oci'), str(image), '{"Entrypoint":["/usr/local/bin/program-00"]}', str(root), str(tar)], check=True)
        subprocess.run(f'gzip -6 -c {tar} > {layer}', shell=True, check=True)
        tar.unlink(), root.unlink()
    image = f'oci-archive:{image}'
    scan(base, offline=False)  # package lists
    if feeds.exists():
        subprocess.run([careen, 'db', 'update', '-q', '--mirror', str(feeds)], env=env, check=True, capture_output=True)
    reference = lambda: subprocess.run(f'for l in {work}/web.layer.gz {layer}; do igzip -dc $l | openssl dgst -sha256; done', shell=True, capture_output=True)
    cold, ref = [], []
    for _ in range(5):
        forget_layers()
        ref.append(seconds(reference))
        cold.append(seconds(scan, image))
    ratio = min(cold) / min(ref)
    report = json.loads(scan(image).stdout)
    counts = {t: sum(p['type'] == t for p in report['packages']) for t in ('pypi', 'npm', 'maven', 'golang')}
    row('languages, cold', f'{ratio:.2f} x ({min(cold):.3f} s / {min(ref):.3f} s)', '<= 1.0 x igzip | sha256', ratio <= 1)
    row('languages, packages', ' '.join(f'{n} {t}' for t, n in counts.items()), '1000, 1000, >= 50, >= 30', counts['pypi'] == counts['npm'] == 1000 and counts['maven'] >= 50 and counts['golang'] >= 30)
    warm = min(seconds(scan, image) for _ in range(10))
    row('languages, warm', f'{warm * 1000:.0f} ms, {len(report["findings"])} findings', 'none', True)
    forget_layers()
    m, _ = peak_mib(image)
    row('languages, cold, peak memory', f'{m:.0f} MiB', '<= 96 MiB', m <= 96)


def bench_patches():
    bench_patch.bench(top, work, careen, env, row)


def bench_graph():
    """The fleet's graph from synthetic daemon answers: the second look, and the first, which asks for the layers of every image once."""
    def look(images, bases, containers):
        folder = work / 'graph'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / 'careen.yaml').write_text('images:\n' + ''.join(f'  shop/app-{i:04}:1: {{}}\n' for i in range(images)) + 'containers: ["app-*"]\n')
        engine = subprocess.Popen([sys.executable, str(top / 'tests/tools/fake-engine.py'), str(folder / 'e.sock'), '--images', str(images), '--bases', str(bases),
                                   '--containers', str(containers), '--layers', '6'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        engine.stdout.readline()
        own = dict(env, DOCKER_HOST=f'unix://{folder}/e.sock', CONTAINER_HOST=f'unix://{folder}/none.sock', XDG_CACHE_HOME=str(folder / 'cache'))
        figures = []
        for _ in range(2):
            p = subprocess.run(['/usr/bin/time', '-f', '%e %U %S %M', careen, 'graph', '-f', 'json'], capture_output=True, env=own, cwd=folder)
            wall, user, system, kib = map(float, p.stderr.split()[-4:])
            figures.append((wall, user + system, kib / 1024))
        found = json.loads(p.stdout)
        assert sum(1 for i in found['images'] if i['parents']) == images and len(found['containers']) == containers
        engine.stdin.close()
        engine.wait()
        return figures
    small, large = look(250, 20, 500), look(1000, 20, 2000)
    for n, name in enumerate(('first', 'again')):
        wall, cpu, mib = large[n]
        row(f'graph, 1,000 images, {name}', f'{wall:.2f} s, {cpu:.2f} s of CPU, {mib:.0f} MiB', 'CPU ≤ 2 s, ≤ 96 MiB', cpu <= 2 and mib <= 96)
    growth = large[1][1] / max(small[1][1], 0.01)
    row('graph, growth from 250 to 1,000', f'{growth:.1f} x the CPU', '≤ 6 x', growth <= 6)


def make_record(name, how, *more):
    """A record of what tests/tools/HOW fills in, and the environment in which it is this machine's; no engine answers there."""
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    own = dict(env, DOCKER_HOST=f'unix://{folder}/none.sock', CONTAINER_HOST=f'unix://{folder}/none.sock', XDG_STATE_HOME=str(folder / 'state'))
    subprocess.run([careen, 'plan'], env=own, cwd=folder, capture_output=True)  # makes the record
    subprocess.run([top / 'tests/tools' / how, folder / 'state' / 'careen' / 'record.db', *more], check=True)
    return folder, own


def bench_where():
    """A flaw and a package in 1,000 images of 300 packages and 300 flaws, each with a container: from the record alone."""
    folder, own = make_record('where', 'fill-record', '1000')
    record = folder / 'state' / 'careen' / 'record.db'
    row('where, record of 1,000 images', f'{record.stat().st_size / 2**20:.0f} MiB', '≤ 64 MiB', record.stat().st_size <= 64 * 2**20)
    for subject in ('CVE-2026-0007', 'lib7<1.9'):
        took = min(seconds(lambda: subprocess.run([careen, 'where', subject, '-f', 'json'], env=own, check=True, capture_output=True)) for _ in range(3))
        row(f'where {subject}, 1,000 images', f'{took:.2f} s', '≤ 1 s', took <= 1)
    bench_where_files(folder, own)


def make_layer(blobs, files):
    """A layer with FILES (names and contents) as a blob: its digest, which is its diff_id too, and its size."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode='w') as tar:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return put_blob(blobs, plain.getvalue())


def put_blob(blobs, data):
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {'digest': f'sha256:{digest}', 'size': len(data)}


def make_layout(folder, images, bases):
    """An OCI layout of IMAGES images of 5,000 files each, on BASES bases of 4,900."""
    blobs = folder / 'blobs/sha256'
    blobs.mkdir(parents=True)
    (folder / 'oci-layout').write_text('{"imageLayoutVersion": "1.0.0"}')
    below = [make_layer(blobs, [(f'usr/lib/base{b}/folder{i % 70}/lib{i}.so.{b}', b'%d %d' % (b, i)) for i in range(4900)]) for b in range(bases)]
    manifests = []
    for n in range(images):
        layers = [below[n % bases], make_layer(blobs, [(f'opt/app{n}/file{i}.txt', b'%d %d' % (n, i)) for i in range(100)])]
        config = put_blob(blobs, json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': [x['digest'] for x in layers]}}).encode())
        manifest = put_blob(blobs, json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': {**config, 'mediaType': 'application/vnd.oci.image.config.v1+json'},
                                               'layers': [{**x, 'mediaType': 'application/vnd.oci.image.layer.v1.tar'} for x in layers]}).encode())
        manifests.append({**manifest, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'annotations': {'org.opencontainers.image.ref.name': f'i{n}'}})
    (folder / 'index.json').write_text(json.dumps({'schemaVersion': 2, 'manifests': manifests}))


def bench_where_files(folder, own):
    """A path, globs and the digest of a file in 1,000 images of 5,000 files on 20 bases: from the layer indexes."""
    own = dict(own, XDG_STATE_HOME=str(folder / 'state-files'), XDG_CACHE_HOME=str(folder / 'cache-files'))
    layout = folder / 'layout'
    make_layout(layout, 1000, 20)
    for first in range(0, 1000, 50):
        subprocess.run([careen, 'scan', '--offline', '--remember', '-f', 'json', *(f'oci:{layout}:i{n}' for n in range(first, first + 50))], env=own, capture_output=True)
    shutil.rmtree(layout)
    digest = hashlib.sha256(b'7 7').hexdigest()
    for what, subject, found in (('PATH', '/usr/lib/base3/folder7/lib7.so.3', 50), ('a glob of few', '/usr/lib/*/lib77.so.?', 500), ('a glob of names', 'lib4899.so*', 1000),
                                 ('a glob of nothing', '/opt/*/libcrypto*', 0), ('SHA256', digest, 51)):
        best = 1e9
        for _ in range(3):
            began = time.perf_counter()
            done = subprocess.run([careen, 'where', subject, '-f', 'json'], env=own, capture_output=True, text=True)
            best = min(best, time.perf_counter() - began)
        hits = len(json.loads(done.stdout)['hits'])
        row(f'where {what}, 1,000 images of 5,000 files', f'{best:.2f} s, {hits} hits', f'≤ 1 s, {found} hits', best <= 1 and hits == found)


def bench_page():
    """careen serve over a record of 1,000 images with 40 findings each: CPU of the server, which is what a request costs it on a machine that others use, too."""
    folder, own = make_record('page', 'fill-page-record', 'large', '1000')
    server = subprocess.Popen([careen, 'serve', '--bind=127.0.0.1:0'], env=own, cwd=folder, stderr=subprocess.PIPE, text=True)
    try:
        address = re.search(r'the page is at (\S+)/', server.stderr.readline())[1]
        ticks = lambda: sum(map(int, pathlib.Path(f'/proc/{server.pid}/stat').read_text().rsplit(')', 1)[1].split()[11:13]))
        for path in ('/', '/calendar', '/status'):
            before, size = ticks(), 0
            for _ in range(20):
                with urllib.request.urlopen(address + path, timeout=60) as answer:
                    size = len(answer.read())
            took = (ticks() - before) / os.sysconf('SC_CLK_TCK') / 20 * 1000
            row(f'page {path}, 1,000 images', f'{took:.0f} ms of CPU, {size / 1024:.0f} KiB', '≤ 100 ms, ≤ 300 KB', took <= 100 and size <= 300000)
    finally:
        server.terminate()
        server.wait()


def bench_fleets():
    bench_fleet.bench(top, work, careen, env, row, debian('patch', 'nginx'))


def bench_downtime():
    """How long a server is away while careen re-creates its container, against Compose doing the same; needs an engine."""
    p = subprocess.run([top / 'tests/oracle/downtime'], env=dict(env, CAREEN=careen, DOWNTIME_TURNS='5'), capture_output=True, text=True)
    found = re.findall(r'^# away while it is re-created, (.*), median of (\d+): careen (\S+) s, Compose (\S+) (\S+) s, ratio (\S+)$', p.stdout, re.M)
    if p.returncode or not found:
        return print(f'downtime: not measured: {(p.stdout.strip().splitlines() or [p.stderr])[-1]}')
    for what, count, mine, kind, theirs, ratio in found:
        row(f'away, {what}, Compose {kind}', f'{mine} s for {theirs} s, medians of {count}: {ratio} x', '≤ 1.00 x up -d', float(ratio) <= 1)


benches = {'fleet': bench_fleets, 'graph': bench_graph, 'where': bench_where, 'page': bench_page, 'scan': bench_scan, 'large': bench_large, 'together': bench_together, 'advisories': bench_advisories, 'findings': bench_findings, 'languages': bench_languages_image, 'patch': bench_patches, 'downtime': bench_downtime}
for name, bench in benches.items():
    if not only or name in only:
        bench()
sys.exit(any(r[3] != 'holds' for r in rows))
