# SPDX-License-Identifier: Apache-2.0
"""A fleet at its full size, for ./bench: what a made-up engine says, images of real layers. Each is Debian with nginx, one of twenty bases, and small layers
of its own from a pool that was scanned once, so that no image is read here, and every one is planned for in full."""
import glob, hashlib, io, json, os, pathlib, re, shutil, signal, subprocess, sys, tarfile, time

POOL = 100
NGINX = {'Cmd': ['nginx', '-g', 'daemon off;'], 'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']}


def read_layers(archive):
    with tarfile.open(archive) as tar:
        blob = lambda digest: json.load(tar.extractfile('blobs/sha256/' + digest.split(':')[1]))
        manifest = blob(json.load(tar.extractfile('index.json'))['manifests'][0]['digest'])
        return [digest.split(':')[1] for digest in blob(manifest['config']['digest'])['rootfs']['diff_ids']]


def make_pool(top, folder, careen, env):
    """COUNT small layers, known to the cache."""
    layers = []
    for part in range(0, POOL + 20, 40):
        tars = []
        for n in range(part, part + 40):
            tars.append(folder / f'layer-{n}.tar')
            with tarfile.open(tars[-1], 'w') as tar:
                info = tarfile.TarInfo(f'srv/app/part-{n}')
                info.size = 64
                tar.addfile(info, io.BytesIO(hashlib.sha256(str(n).encode()).hexdigest().encode()))
        image = folder / f'pool-{part}.oci.tar'
        subprocess.run([top / 'tools/make-oci', image, '{"Cmd":["nginx"]}', *tars], check=True)
        subprocess.run([careen, 'scan', '--offline', '-f', 'json', f'oci-archive:{image}'], env=env, capture_output=True)
        layers += read_layers(image)
    return layers[:20], layers[20:]


class Fleet:
    """An engine with COUNT images of LAYERS layers and two containers each, and the careen.yaml that lists them. What is due is refused: a freeze."""

    def __init__(self, top, folder, root, pool, count, layers, env, containers=True):
        self.folder = folder / f'{count}-{layers}'
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        bases, parts = pool
        images = [{'id': f'base{b}', 'tags': [f'base-{b:03}:12'], 'layers': [*root, bases[b]], 'config': NGINX} for b in range(20)]
        for i in range(count):
            own = [parts[(i + 7 * k) % len(parts)] for k in range(layers - len(root) - 1)]
            images.append({'id': f'image{i}', 'tags': [f'shop/app-{i:04}:1'], 'layers': [*root, bases[i % 20], *own], 'config': NGINX})
        running = [{'name': f'app-{c:04}', 'image': f'shop/app-{c % count:04}:1', 'image_id': f'image{c % count}'} for c in range(2 * count)] if containers else []
        (self.folder / 'fleet.json').write_text(json.dumps({'images': images, 'containers': running}))
        (self.folder / 'freeze').touch()
        (self.folder / 'careen.yaml').write_text('images:\n' + ''.join(f'  shop/app-{i:04}:1: {{}}\n' for i in range(count)) +
                                                 f'containers: ["app-*"]\npolicy: {{freeze-file: {self.folder}/freeze}}\n')
        self.env = dict(env, DOCKER_HOST=f'unix://{self.folder}/e.sock', CONTAINER_HOST=f'unix://{self.folder}/none.sock', XDG_STATE_HOME=str(self.folder / 'state'))
        self.engine = subprocess.Popen([sys.executable, top / 'tests/tools/fake-engine.py', self.folder / 'e.sock', self.folder / 'fleet.json'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.engine.stdout.readline()

    def close(self):
        self.engine.stdin.close()
        self.engine.wait()

    def plan(self, careen):
        """Wall and CPU seconds, MiB at most, steps that change an image: of the second plan, when all is in the cache."""
        for _ in range(2):
            p = subprocess.run(['/usr/bin/time', '-f', '%e %U %S %M', careen, 'plan', '--no-changelogs', '-f', 'json'], capture_output=True, env=self.env, cwd=self.folder)
        wall, user, system, kib = map(float, p.stderr.split()[-4:])
        steps = json.loads(p.stdout)['steps']
        return wall, user + system, kib / 1024, sum(step['action'] in ('patch', 'rebuild') for step in steps)

    def watch(self, careen, rounds):
        """CPU seconds of a round in which every archive is asked and nothing is new, and MiB resident between two."""
        watch = subprocess.Popen([careen, 'watch', '-q', '--no-changelogs', '--interval', '5s', '--listen', f'unix:{self.folder}/metrics'], env=self.env, cwd=self.folder)

        def wait(target):
            while watch.poll() is None:
                said = subprocess.run(['curl', '-s', '--unix-socket', self.folder / 'metrics', 'http://careen/metrics'], capture_output=True, text=True).stdout
                done = int(re.search(r'^careen_rounds_total (\d+)', said + '\ncareen_rounds_total 0', re.M)[1])
                if done >= target:
                    return done
                time.sleep(0.1)
            sys.exit('watch ended')

        def used():
            stat = pathlib.Path(f'/proc/{watch.pid}/stat').read_text().rsplit(')', 1)[1].split()
            return (int(stat[11]) + int(stat[12])) / os.sysconf('SC_CLK_TCK')
        first = wait(2)
        before = used()
        for n in range(rounds):
            self.age()
            wait(first + n + 1)
        cpu = (used() - before) / rounds
        rss = int(re.search(r'VmRSS:\s+(\d+)', pathlib.Path(f'/proc/{watch.pid}/status').read_text())[1]) / 1024
        watch.send_signal(signal.SIGTERM)
        watch.wait()
        return cpu, rss

    def age(self):
        """Archives were asked ten minutes ago."""
        for name in glob.glob(self.env['XDG_CACHE_HOME'] + '/careen/archives/sites/*.json'):
            path = pathlib.Path(name)
            site = json.loads(path.read_text())
            site['fetched'] -= 600
            (self.folder / 'site').write_text(json.dumps(site))
            os.rename(self.folder / 'site', path)


def bench(top, work, careen, env, row, image):
    folder = work / 'fleet'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run([careen, 'scan', '-f', 'json', image], env=env, capture_output=True)
    root, pool = read_layers(image.split(':', 1)[1]), make_pool(top, folder, careen, env)

    def measure(count, layers, f):
        fleet = Fleet(top, folder, root, pool, count, layers, env)
        try:
            return f(fleet)
        finally:
            fleet.close()
    plan = {(count, layers): measure(count, layers, lambda fleet: fleet.plan(careen)) for count, layers in ((250, 5), (250, 20), (250, 60), (1000, 5))}
    wall, cpu, mib, steps = plan[1000, 5]
    assert steps == 1000, steps
    row('plan, 1,000 images with nginx', f'{wall:.1f} s, {cpu:.1f} s of CPU, {mib:.0f} MiB', '≤ 25 ms an image, ≤ 96 MiB', cpu <= 25 and mib <= 96)
    growth = cpu / plan[250, 5][1]
    row('plan, growth from 250 to 1,000', f'{growth:.1f} x the CPU', '≤ 6 x', growth <= 6)
    for layers in (20, 60):
        ratio = plan[250, layers][1] / plan[250, 5][1]
        row(f'plan, {layers} layers instead of 5', f'{ratio:.2f} x the CPU', '≤ 2 x', ratio <= 2)
    for count in (20, 1000):
        cpu, mib = measure(count, 5, lambda fleet: fleet.watch(careen, 5))
        row(f'watch, {count:,} images, nothing new', f'{cpu:.3f} s of CPU a round, {24 * cpu:.1f} s a day, {mib:.0f} MiB', '≤ 2 ms an image + 0.05, ≤ 96 MiB', cpu <= 0.05 + 0.002 * count and mib <= 96)
