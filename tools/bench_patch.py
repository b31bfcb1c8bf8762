# SPDX-License-Identifier: Apache-2.0
"""careen patch against the two ways it replaces, for ./bench: `docker build` of RUN apt-get update && apt-get -y upgrade (a daemon is started here
if none runs; without one, buildah), and apt-get upgrade by hand in an unpacked root. All have the same packages at hand: the builder behind a proxy
on this machine that has seen every answer before, apt in its own cache, careen in its own."""
import atexit, http.server, json, os, pathlib, shutil, subprocess, sys, threading, time, urllib.error, urllib.request

DOCKERFILE = 'FROM careen-bench-patch\nRUN apt-get update && apt-get -y upgrade\n'
SOURCES = ('deb http://deb.debian.org/debian bookworm main\ndeb http://deb.debian.org/debian bookworm-updates main\n'
           'deb http://deb.debian.org/debian-security bookworm-security main\n')


class Proxy(http.server.BaseHTTPRequestHandler):
    """Every answer once from the network, then from memory."""
    protocol_version = 'HTTP/1.1'
    seen = {}

    def do_GET(self):
        if self.path not in self.seen:
            try:
                with urllib.request.urlopen(self.path) as answer:
                    self.seen[self.path] = (200, answer.headers.get('Last-Modified'), answer.read())
            except urllib.error.HTTPError as e:
                self.seen[self.path] = (e.code, None, b'')
        status, modified, body = self.seen[self.path]
        self.send_response(status)
        if modified:
            self.send_header('Last-Modified', modified)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start_proxy():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_address[1]}'


def start_docker(work):
    """The environment of a client; None: there is no daemon to be had."""
    if subprocess.run(['docker', 'version'], capture_output=True).returncode == 0:
        return dict(os.environ)
    if os.geteuid() or not shutil.which('dockerd'):
        return None
    host, log = f'unix://{work}/docker.sock', open(work / 'dockerd.log', 'w')
    daemon = subprocess.Popen(['dockerd', '-H', host, '--data-root', work / 'docker', '--exec-root', work / 'docker-exec', '--pidfile', work / 'docker.pid',
                               '--bridge=none', '--iptables=false'], stdout=log, stderr=log)

    def stop():
        daemon.terminate()
        daemon.wait()
        subprocess.run(['umount', work / 'docker-exec/netns/default'], capture_output=True)  # dockerd leaves it behind
        for name in ('docker', 'docker-exec'):
            shutil.rmtree(work / name, ignore_errors=True)
    atexit.register(stop)
    env = dict(os.environ, DOCKER_HOST=host)
    for _ in range(120):
        if daemon.poll() is not None:
            return None
        if subprocess.run(['docker', 'version'], capture_output=True, env=env).returncode == 0:
            return env
        time.sleep(0.25)
    return None


def make_root(top, work):
    image, tar = work / 'patch.oci.tar', work / 'patch.root.tar'
    if not image.exists():
        hook = f'printf "%s" "{SOURCES}" >"$1/etc/apt/sources.list"'
        subprocess.run(['mmdebstrap', '-q', '--variant=minbase', '--include=nginx-light,ca-certificates', f'--customize-hook={hook}', 'bookworm', str(tar),
                        'deb http://deb.debian.org/debian bookworm main'], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([str(top / 'tools' / 'make-oci'), str(image), '{"Entrypoint":["nginx","-g","daemon off;"]}', str(tar)], check=True)
    return image, tar


def quiet(argv, env=None, **kw):
    p = subprocess.run([str(a) for a in argv], capture_output=True, env=env, **kw)
    if p.returncode:
        sys.exit(f'{" ".join(map(str, argv))}: exit {p.returncode}: {(p.stdout + p.stderr).decode(errors="replace")[-800:]}')
    return p


def timed(argv, env=None, **kw):
    start = time.perf_counter()
    quiet(argv, env, **kw)
    return time.perf_counter() - start


def build_by_docker(work, tar, proxy, env):
    """Seconds, and the bytes of the new layer as it would be pushed."""
    quiet(['docker', 'import', tar, 'careen-bench-patch'], env)
    folder = work / 'patch.context'
    folder.mkdir(exist_ok=True)
    (folder / 'Dockerfile').write_text(DOCKERFILE)
    argv = ['docker', 'build', '--no-cache', '--network', 'host', '--build-arg', f'http_proxy={proxy}', '-t', 'careen-bench-patched', folder]
    quiet(argv, env)
    took = min(timed(argv, env) for _ in range(2))
    saved = work / 'patch.saved'
    shutil.rmtree(saved, ignore_errors=True)
    saved.mkdir()
    subprocess.run(f'docker save careen-bench-patched | tar -x -C {saved}', shell=True, check=True, env=env)
    layer = json.loads((saved / 'manifest.json').read_text())[0]['Layers'][-1]
    size = int(subprocess.run(f'gzip -dcf {saved / layer} | gzip -6 | wc -c', shell=True, check=True, capture_output=True).stdout)
    shutil.rmtree(saved)
    return took, size


def upgrade_by_hand(work, tar, proxy):
    root = work / 'patch.root'
    best = None
    for _ in range(2):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        quiet(['tar', '-xf', tar, '-C', root])
        (root / 'usr/sbin/policy-rc.d').write_text('#!/bin/sh\nexit 101\n')
        (root / 'usr/sbin/policy-rc.d').chmod(0o755)
        inside = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', f'http_proxy={proxy}', 'chroot', root, 'apt-get', '-y',
                  '-o', 'Dpkg::Options::=--force-confold']
        quiet([*inside, 'update'])
        quiet([*inside, '--download-only', 'upgrade'])
        took = timed([*inside, 'upgrade'])
        best = took if best is None else min(best, took)
    shutil.rmtree(root)
    return best


def bench(top, work, careen, env, row):
    image, tar = make_root(top, work)
    proxy, docker = start_proxy(), start_docker(work)
    out = work / 'patch.out'
    shutil.rmtree(out, ignore_errors=True)
    patch = [careen, 'patch', '-f', 'json', '--updates', 'all', '--no-smoke', f'oci-archive:{image}']
    quiet([*patch, '--to', f'oci:{out}:v'], env)  # package lists, changelogs, packages
    ours = min(timed([*patch, '--offline', '--to', f'oci:{out}:{i}'], env) for i in range(3))
    report = json.loads(quiet([*patch, '--offline'], env).stdout)
    packages = len(report['changes'])
    if docker:
        theirs, size = build_by_docker(work, tar, proxy, docker)
        ratio, part = ours / theirs, report['layer']['size'] / size
        row('patch', f'{ratio:.2f} x ({ours:.1f} s / {theirs:.1f} s), {packages} packages', '<= 0.7 x docker build', ratio <= 0.7)
        row('patch, new layer', f'{part:.2f} x ({report["layer"]["size"] / 1e6:.1f} MB / {size / 1e6:.1f} MB)', '<= 0.6 x docker build', part <= 0.6)
    else:
        row('patch', f'{ours:.1f} s, {packages} packages', 'no Docker daemon here', True)
    if os.geteuid() == 0:
        by_hand = upgrade_by_hand(work, tar, proxy)
        row('patch, bare apt', f'{ours / by_hand:.2f} x ({ours:.1f} s / {by_hand:.1f} s)', '<= 1.3 x apt-get upgrade', ours / by_hand <= 1.3)
    with_smoke = timed([a for a in patch if a != '--no-smoke'] + ['--offline'], env)
    row('patch, with its start tried', f'{with_smoke:.1f} s', 'none', True)
    p = subprocess.run(['/usr/bin/time', '-f', '%M', *patch, '--offline'], capture_output=True, env=env)
    peak = int(p.stderr.split()[-1]) / 1024
    row('patch, peak memory', f'{peak:.0f} MiB', '<= 96 MiB', peak <= 96)
    again = [careen, 'patch', '-q', '--offline', '--updates', 'all', f'oci:{out}:v', '--to', f'oci:{out}:again']
    quiet(again, env)
    nothing = min(timed(again, env) for _ in range(10))
    row('patch, nothing new', f'{nothing * 1000:.0f} ms', '<= 100 ms', nothing <= 0.1)
