# SPDX-License-Identifier: Apache-2.0
"""For tests of what careen apply does at once: images whose update has a script that waits until it is told to go on, where the image has /etc/waits (it
fails where it has /etc/fails), and a careen apply that works on them. Nothing is timed: what is to overlap waits for each other."""
import json, os, pathlib, sqlite3, subprocess, time
import patch_fixture as fixture

LIMIT = 240  # seconds that anything is waited for: a hang, not a measure
WORDS = ('planned', 'started', 'done', 'failed', 'rolled-back', 'skipped', 'refused')  # of CrStepState (record/record.h)
SCRIPT = '''if [ -e /etc/fails ]; then echo it goes wrong; exit 3; fi
if [ -e /etc/waits ]; then until [ -e /run/go ]; do sleep 0.1; done; rm /run/go; fi'''


def list_room():
    """KiB that each of this process's memory groups has left, as careen counts it (remedy/workspace-place.c)."""
    for line in pathlib.Path('/proc/self/cgroup').read_text().splitlines():
        _, controllers, path = line.split(':', 2)
        if controllers not in ('', 'memory'):
            continue
        root, most, now, cache = (('/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file') if controllers else
                                  ('/sys/fs/cgroup', 'memory.max', 'memory.current', 'inactive_file'))
        group = pathlib.Path(root + path)
        for folder in (group, *group.parents):
            if folder.is_relative_to(root) and (folder / most).is_file() and (folder / most).read_text().strip() != 'max':
                kept = next((int(text.split()[1]) for text in (folder / 'memory.stat').read_text().splitlines() if text.split()[0] == cache), 0)
                yield (int((folder / most).read_text()) - int((folder / now).read_text()) + kept) >> 10


def missing():
    free = next(int(line.split()[1]) for line in open('/proc/meminfo') if line.startswith('MemAvailable:'))
    free = min([free, *list_room()])
    # two patches at once want 1 GiB of free memory, and other tests may take some meanwhile
    return fixture.missing() or (free < 3 << 20 and 'less than 3 GiB of memory are free') or None


def make_packages(bench):
    """Makes the archives; what an image has that wants the update."""
    lib = 'usr/lib/x86_64-linux-gnu/libsynth.so.1'
    packages = [bench.deb('libsynth1', '1.0-1', {lib: bench.build_library()}),
                bench.deb('synth', '1.0-1', {'usr/bin/synth': bench.build_program()}, fields='Depends: libsynth1\n'),
                bench.deb('data', '1.0-1', {'usr/share/data/one': 'one\n'})]
    bench.archive('main', packages)
    bench.archive('security', [bench.deb('data', '1.0-1+deb12u1', {'usr/share/data/one': 'two\n'}, scripts={'postinst': SCRIPT})])
    return packages


class Apply:
    """careen apply with state and cache of its own, of careen.yaml TEXT and RECIPES (folder → Dockerfile), on the engine at HOST."""

    def __init__(self, bench, name, text, recipes, host, *options):
        self.folder = bench.work / name
        self.seen = set()  # folders that images were unpacked in
        for n, lines in recipes.items():
            fixture.write(self.folder / n / 'Dockerfile', lines)
        fixture.write(self.folder / 'careen.yaml', text)
        mirrors = [f'--mirror={a}={b}' for a, b in bench.mirrors.items()]
        env = {**bench.environment(), 'XDG_STATE_HOME': str(self.folder / 'state'), 'XDG_CACHE_HOME': str(self.folder / 'cache'), 'CAREEN_METERED': 'no', 'HOME': str(self.folder),
               'DOCKER_HOST': host, 'CONTAINER_HOST': f'unix://{bench.work}/none.sock', 'CAREEN_LOCK_DIR': str(self.folder)}
        careen = os.environ.get('CAREEN', str(fixture.top / 'build/careen'))
        self.process = subprocess.Popen([careen, 'apply', '--no-progress', '--no-changelogs', '-f', 'json', *mirrors, *options], cwd=self.folder, env=env, text=True,
                                        stdout=(self.folder / 'out').open('w'), stderr=(self.folder / 'err').open('w'))

    def get_said(self):
        return (self.folder / 'err').read_text()

    def waiting(self):
        """Pids of scripts that wait, of this careen."""
        found = {}
        for process in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                words = (process / 'cmdline').read_bytes().split(b'\0')
                if any(w.endswith(b'/data.postinst') for w in words) and words[0].endswith(b'sh') and (process / 'root/etc/waits').exists() \
                   and not (process / 'root/run/go').exists() and self.is_ours(int(process.name)):
                    found[int(process.name)] = self.parent(process.name)
            except OSError:
                continue
        return sorted(pid for pid, parent in found.items() if parent not in found)  # not one of its own that is about to be another program

    def parent(self, pid):
        return int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])

    def is_ours(self, pid):
        while pid > 1:
            if pid == self.process.pid:
                return True
            pid = self.parent(pid)
        return False

    def wait_for(self, count):
        """So many wait; their pids."""
        end = time.monotonic() + LIMIT
        while len(found := self.waiting()) < count and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.05)
        self.workspaces()
        return found

    def workspaces(self):
        """Folders that images are unpacked in, in memory or in the cache: careen has each of them open."""
        found = set()
        try:
            for fd in pathlib.Path(f'/proc/{self.process.pid}/fd').iterdir():
                target = pathlib.Path(os.readlink(fd))
                if target.parent.name.startswith('careen-') or target.parent.name == 'work':
                    found.add(target)
        except OSError:
            pass
        self.seen |= found
        return found

    def wait_for_settled(self):
        """Until of some workspace nothing is left but the new layer."""
        end, found = time.monotonic() + LIMIT, False
        while not (found := any([f.name for f in one.glob('*')] == ['layer.tar'] for one in self.workspaces())) and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.05)
        return found

    def left(self):
        """Of the folders that were seen, those that are still there."""
        return [folder for folder in self.seen if folder.exists()]

    def go(self, pids):
        for pid in pids:
            try:
                pathlib.Path(f'/proc/{pid}/root/run/go').touch()
            except OSError:
                pass

    def steps(self):
        db = sqlite3.connect(self.folder / 'state/careen/record.db', timeout=60)
        rows = db.execute('SELECT number, subject, state FROM steps ORDER BY number').fetchall()
        db.close()
        return [(number, subject, WORDS[state]) for number, subject, state in rows]

    def end(self):
        """Everything goes on; the exit code, the plan's steps (image → state, reason), what was said."""
        end = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < end:
            self.go(self.waiting())
            time.sleep(0.05)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        said = (self.folder / 'err').read_text()
        try:
            plan = json.loads((self.folder / 'out').read_text())
        except ValueError:
            plan = {'steps': []}
        return self.process.returncode, {s['image']: (s['state'], s['reason']) for s in plan['steps']}, said
