# SPDX-License-Identifier: Apache-2.0
"""A small image and small signed archives for tests of `careen patch`: everything is made here, nothing is fetched.

The image is of this machine's own dpkg and shell (bookworm by its os-release) with two packages made with the C
compiler: libsynth1, a library with symbol versions, and synth, a program that needs it. `Bench.archive()` makes the
archive of the release (main) or the one for security, signed with a key made here; `Bench.image()` an OCI layout."""
import hashlib, os, pathlib, shutil, subprocess, tempfile, time

top = pathlib.Path(__file__).resolve().parents[2]
MAIN, SECURITY = 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'
NEEDED = ('dpkg-deb', 'dpkg', 'apt-ftparchive', 'gpg', 'gpgv', 'umoci', 'bwrap', 'cc', 'ldd')
PROGRAMS = ('sh', 'rm', 'tar', 'cat', 'sleep', 'cp', 'mv', 'ls', 'mkdir', 'id', 'dd', 'touch', 'chmod', 'head', 'seq', 'date', 'hostname', 'sort', 'grep', 'sed',
            'dpkg', 'dpkg-deb', 'dpkg-query', 'dpkg-split', 'dpkg-trigger', 'dpkg-divert', 'update-alternatives', 'ldconfig', 'start-stop-daemon', 'setsid', 'diff', 'env', 'wc', 'tr', 'tail', 'mount', 'mknod', 'cut')
LIBRARY = 'int synth_new(void) { return 2; }\nint synth_old(void) { return 1; }\n'
PROGRAM = '''#include <stdio.h>
#include <unistd.h>
int synth_new(void); int synth_old(void);
int main(int argc, char **argv) { printf("synth %d\\n", synth_new() + synth_old()); fflush(stdout); if (argc > 1) return 0; for (;;) pause(); }
'''
BOTH = 'SYNTH_1 { global: synth_old; local: *; };\nSYNTH_2 { global: synth_new; } SYNTH_1;\n'
ONE = 'SYNTH_1 { global: synth_old; synth_new; local: *; };\n'


def run(*argv, **kw):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, **kw)


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)


def missing():
    return next((f'no {need}' for need in NEEDED if not shutil.which(need)), None) or (os.geteuid() != 0 and 'dpkg --root needs root') or None


class Bench:
    def __init__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix='careen-proof-', dir=os.environ.get('TMPDIR', '/var/tmp')))
        self.work.chmod(0o755)
        self.key = self.work / 'gpg'
        self.key.mkdir(mode=0o700)
        self.gpg('--passphrase', '', '--quick-gen-key', 'synth <synth@example.org>', 'rsa2048', 'sign', 'never')
        write(self.work / 'keyrings/debian-archive-keyring.gpg', self.gpg('--export').stdout)
        self.cache = self.work / 'cache'
        self.mirrors = {}
        self.archive('main', {})
        self.archive('security', {})

    def gpg(self, *argv):
        return run('gpg', '--homedir', self.key, '--batch', '--yes', *argv)

    def close(self):
        subprocess.run(['gpgconf', '--homedir', str(self.key), '--kill', 'all'], capture_output=True)
        shutil.rmtree(self.work, ignore_errors=True)

    # ---- packages ----

    def build_library(self, versions=BOTH):
        name = 'lib-' + hashlib.sha256(versions.encode()).hexdigest()[:8]
        folder = self.work / name
        if not folder.exists():
            write(folder / 'lib.c', LIBRARY)
            write(folder / 'map', versions)
            run('cc', '-shared', '-fPIC', '-Wl,-soname,libsynth.so.1', '-Wl,--version-script=map', '-o', 'libsynth.so.1', 'lib.c', cwd=folder)
        return folder / 'libsynth.so.1'

    def build_program(self):
        out = self.work / 'program/synth'
        if not out.exists():
            write(out.parent / 'p.c', PROGRAM)
            run('cc', '-o', out, out.parent / 'p.c', self.build_library())
        return out

    def deb(self, name, version, files=None, scripts=None, fields='', folder='debs'):
        """The path of NAME_VERSION_amd64.deb; FILES: path → text, bytes or a path to copy (an executable)."""
        tree = self.work / 'deb-tree'
        shutil.rmtree(tree, ignore_errors=True)
        write(tree / 'DEBIAN/control', f'Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: x <x@example.org>\n{fields}Description: x\n')
        for path, what in (files or {}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(what, pathlib.Path):
                shutil.copy(what, tree / path)
            else:
                write(tree / path, what)
        for script, text in (scripts or {}).items():
            write(tree / 'DEBIAN' / script, text if text.startswith('#!') else '#!/bin/sh\nset -e\n' + text + '\n', 0o755)
        out = self.work / folder / f'{name}_{version}_amd64.deb'
        out.parent.mkdir(exist_ok=True)
        run('dpkg-deb', '-Znone', '-b', '--root-owner-group', tree, out)
        return out

    # ---- archives ----

    def archive(self, which, debs, at=-86400, until=None):
        """Make the archive WHICH ('main', 'security') of these .deb files anew; main has an empty bookworm-updates, too."""
        root = self.work / which
        shutil.rmtree(root, ignore_errors=True)
        (root / 'pool').mkdir(parents=True)
        if which == 'main':
            self.suite(root, which, 'bookworm-updates', 'oldstable-updates', at, until)
        for deb in debs:
            shutil.copy(deb, root / 'pool')
        self.suite(root, which, *{'main': ('bookworm', 'oldstable'), 'security': ('bookworm-security', 'oldstable-security')}[which], at, until)
        self.mirrors[MAIN if which == 'main' else SECURITY] = f'file://{root}'
        for site in ('state', 'cache/archives'):
            shutil.rmtree(self.work / site, ignore_errors=True)

    def suite(self, root, which, suite, name, at, until):
        binary = root / 'dists' / suite / 'main/binary-amd64'
        binary.mkdir(parents=True)
        write(binary / 'Packages', run('apt-ftparchive', 'packages', 'pool', cwd=root).stdout)
        label = {'main': 'Debian', 'security': 'Debian-Security'}[which]
        options = [f'Origin=Debian', f'Label={label}', f'Suite={name}', f'Codename={suite}', 'Architectures=amd64', 'Components=main']
        release = run('apt-ftparchive', *sum((['-o', 'APT::FTPArchive::Release::' + x] for x in options), []), 'release', '.', cwd=binary.parents[1]).stdout.decode()
        stamp = lambda offset: time.strftime('%a, %d %b %Y %H:%M:%S UTC', time.gmtime(time.time() + offset))
        lines = [x for x in release.splitlines() if not x.startswith(('Date:', 'Valid-Until:'))]
        head = [f'Date: {stamp(at)}'] + ([f'Valid-Until: {stamp(until)}'] if until is not None else [])
        write(self.work / 'Release', '\n'.join(head + lines) + '\n')
        self.gpg('-o', binary.parents[1] / 'InRelease', '--clearsign', self.work / 'Release')

    # ---- images ----

    def root(self, debs, files=None):
        """A root file system with DEBS installed by this machine's dpkg."""
        root = self.work / 'root'
        shutil.rmtree(root, ignore_errors=True)
        for folder in ('usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'etc', 'tmp', 'run', 'root', 'var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/lib/dpkg/triggers', 'var/log', 'dev', 'proc', 'sys', 'home/app'):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for name in ('bin', 'sbin', 'lib', 'lib64'):
            (root / name).symlink_to('usr/' + name)
        (root / 'tmp').chmod(0o1777)
        for program in PROGRAMS:
            self.copy_program(root, shutil.which(program) or shutil.which(program, path='/usr/sbin:/sbin'))
        write(root / 'etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        write(root / 'etc/debian_version', '12.9\n')
        write(root / 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n')
        write(root / 'etc/group', 'root:x:0:\napp:x:1000:\nextra:x:2000:app\n')
        write(root / 'etc/ld.so.conf', '/usr/lib/x86_64-linux-gnu\n/usr/lib\n')
        write(root / 'var/lib/dpkg/status', '')
        write(root / 'var/lib/dpkg/available', '')
        if debs:
            run('dpkg', '--root', root, '--force-unsafe-io', '--force-depends', '-i', *debs)
        for path, text in (files or {}).items():
            write(root / path, text, 0o755 if str(text).startswith('#!') else 0o644)
        run('ldconfig', '-r', root)
        (root / 'var/log/dpkg.log').unlink(missing_ok=True)
        return root

    def copy_program(self, root, path):
        target = root / 'usr/bin' / pathlib.Path(path).name
        shutil.copy(os.path.realpath(path) if pathlib.Path(path).name != 'sh' else '/bin/dash', target)
        for line in run('ldd', target).stdout.decode().splitlines() if b'\x7fELF' == target.read_bytes()[:4] else ():
            words = line.split()
            library = next((w for w in words if w.startswith('/')), None)
            if library:
                to = root / ('usr/lib64' if 'ld-linux' in library else 'usr/lib/x86_64-linux-gnu') / pathlib.Path(library).name
                to.parent.mkdir(parents=True, exist_ok=True)
                if not to.exists():
                    shutil.copy(os.path.realpath(library), to)

    def image(self, tag, debs, config=(), files=None, change=None):
        """An image TAG in the layout WORK/oci; returns how careen calls it."""
        root = self.root(debs, files)
        if change:
            change(root)
        if not (self.work / 'oci').exists():
            run('umoci', 'init', '--layout', self.work / 'oci')
        run('umoci', 'new', '--image', f'{self.work}/oci:{tag}')
        run('tar', '-C', root, '-cf', self.work / 'root.tar', '.')
        run('umoci', 'raw', 'add-layer', '--image', f'{self.work}/oci:{tag}', self.work / 'root.tar')
        run('umoci', 'config', '--image', f'{self.work}/oci:{tag}', '--architecture', 'amd64', '--os', 'linux', *config)
        return f'oci:{self.work}/oci:{tag}'

    # ---- running ----

    def environment(self):
        return dict(os.environ, CAREEN_KEYRINGS=str(self.work / 'keyrings'), XDG_STATE_HOME=str(self.work / 'state'), LC_ALL='C.UTF-8',
                    CAREEN_IN_MEMORY='never')  # what is left over is looked for in the cache

    def command(self, image, *options):
        careen = os.environ.get('CAREEN', str(top / 'build/careen'))
        mirrors = sum((['--mirror', f'{a}={b}'] for a, b in self.mirrors.items()), [])
        return [careen, 'patch', '--cache-dir', str(self.cache), '--no-progress', '--no-changelogs', *mirrors, *options, image]

    def patch(self, image, *options, **kw):
        return subprocess.run(self.command(image, *options), capture_output=True, text=True, env=self.environment(), **kw)

    def processes(self, seconds=0):
        """Command lines of what still runs for this bench, after so long a wait for their end."""
        deadline = time.monotonic() + seconds
        while True:
            left = []
            for process in pathlib.Path('/proc').glob('[0-9]*'):
                try:
                    words = (process / 'cmdline').read_bytes().split(b'\0')
                except OSError:
                    continue
                if words[0].endswith((b'bwrap', b'careen', b'synth')) and any(str(self.work).encode() in w for w in words):
                    left.append(words)
            if not left or time.monotonic() >= deadline:
                return left
            time.sleep(0.05)

    def leftovers(self):
        """Folders of workspaces, mounts and processes of a run that is over."""
        folder = self.cache / 'work'
        left = [str(p) for p in folder.iterdir()] if folder.exists() else []
        return left + [line for line in open('/proc/self/mounts') if str(self.work) in line] + self.processes()

    def expire(self):
        """A keyring with the same key, which has expired since it signed."""
        old = self.work / 'gpg-old'
        shutil.copytree(self.key, old, ignore=shutil.ignore_patterns('S.*'))
        name = run('gpg', '--homedir', self.key, '--batch', '--list-keys', '--with-colons').stdout.decode()
        fingerprint = next(line.split(':')[9] for line in name.splitlines() if line.startswith('fpr'))
        run('gpg', '--homedir', old, '--batch', '--yes', '--quick-set-expire', fingerprint, 'seconds=1')
        time.sleep(2)
        write(self.work / 'keyrings/debian-archive-keyring.gpg', run('gpg', '--homedir', old, '--batch', '--export').stdout)
        subprocess.run(['gpgconf', '--homedir', str(old), '--kill', 'all'], capture_output=True)
