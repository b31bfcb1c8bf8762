# SPDX-License-Identifier: Apache-2.0
"""For the oracles of rpm: packages by rpmbuild, repositories by createrepo_c, roots by rpm, and dnf's own answer."""
import hashlib, json, os, pathlib, re, shutil, subprocess, tempfile, time

ARCH = os.uname().machine
LISTS = ('Requires', 'Provides', 'Obsoletes', 'Conflicts', 'Recommends', 'Suggests', 'Supplements', 'Enhances')


def run(*argv, **kw):
    done = subprocess.run([str(a) for a in argv], capture_output=True, **kw)
    if done.returncode:
        raise SystemExit(f'{argv} failed: {done.stdout!r} {done.stderr!r}')
    return done


class Rpms:
    """All below WORK. Packages are built once for each description."""

    def __init__(self, work, vendor='AlmaLinux'):
        self.work, self.vendor, self.built = pathlib.Path(work), vendor, {}
        self.environment = {**os.environ, 'HOME': str(work), 'LC_ALL': 'C', 'COLUMNS': '200'}

    def make_key(self, name):
        home = self.work / ('gpg-' + name)
        home.mkdir(mode=0o700)
        run('gpg', '--homedir', home, '--batch', '--passphrase', '', '--quick-gen-key', f'{name} <{name}@example.org>', 'rsa2048', 'sign', 'never')
        (self.work / f'{name}.asc').write_bytes(run('gpg', '--homedir', home, '--batch', '--armor', '--export').stdout)
        return home

    def close(self):
        """gpg's agents end."""
        for home in self.work.glob('gpg-*'):
            subprocess.run(['gpgconf', '--homedir', home, '--kill', 'all'], capture_output=True)

    def build(self, name, version='1', release='1', epoch=0, arch='noarch', vendor=None, module=None, files=(), scripts='', sign=None, **lists):
        """FILES: path → content, or paths; LISTS: requires=[…] and so on, in rpm's words."""
        what = json.dumps([name, version, release, epoch, arch, vendor, module, sorted(dict.fromkeys(files)) if not isinstance(files, dict) else sorted(files.items()), scripts, sign, sorted(lists.items())])
        if what in self.built:
            return self.built[what]
        files = files if isinstance(files, dict) else {path: path for path in files}
        folder = self.work / 'built' / hashlib.sha256(what.encode()).hexdigest()[:16]
        spec = self.work / 'x.spec'
        text = f'Name: {name}\nVersion: {version}\nRelease: {release}\nSummary: x\nLicense: MIT\nVendor: {vendor or self.vendor}\nAutoReqProv: no\n'
        text += (f'Epoch: {epoch}\n' if epoch else '') + ('BuildArch: noarch\n' if arch == 'noarch' else '') + (f'ModularityLabel: {module}\n' if module else '')
        for field in LISTS:
            text += ''.join(f'{field}: {value}\n' for value in lists.get(field.lower(), ()))
        text += '%description\nx\n%install\n'
        listing = ''
        for number, (path, content) in enumerate(files.items()):
            source = self.work / f'file{number}'
            source.write_text(content)
            program = '/bin/' in path or '/sbin/' in path
            text += f'install -D -m {755 if program else 644} {source} %{{buildroot}}{path}\n'
            listing += ('%config(noreplace) ' if path.startswith('/etc/') else '') + path + '\n'
        spec.write_text(text + scripts + '\n%files\n' + listing)
        run('rpmbuild', '-bb', '--target', arch, '--define', f'_topdir {folder}', '--define', '_build_id_links none', '--define', 'debug_package %{nil}',
            '--define', '__os_install_post %{nil}', '--define', '_buildhost x', '--define', 'use_source_date_epoch_as_buildtime 1', spec,
            env={**self.environment, 'SOURCE_DATE_EPOCH': '1767225600'})
        found = next((folder / 'RPMS').glob('*/*.rpm'))
        if sign:
            run('rpmsign', '--define', f'__gpg {shutil.which("gpg")}', '--define', f'_gpg_name {sign}', '--define', f'_gpg_path {self.work}/gpg-{sign}', '--addsign', found, env=self.environment)
        self.built[what] = found
        return found

    def repository(self, where, files, key=None, modules=None, updates=None, when=None):
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        for file in files:
            shutil.copyfile(file, where / file.name)
        run('createrepo_c', '--revision', int(time.time()) - 86400 if when is None else when, where)
        for kind, text in (('modules', modules), ('updateinfo', updates)):
            if text:
                (self.work / f'{kind}.{"yaml" if kind == "modules" else "xml"}').write_text(text)
                run('modifyrepo_c', '--mdtype', kind, self.work / f'{kind}.{"yaml" if kind == "modules" else "xml"}', where / 'repodata')
        if key:
            run('gpg', '--homedir', self.work / ('gpg-' + key), '--batch', '--yes', '--armor', '-o', where / 'repodata/repomd.xml.asc', '--detach-sign', where / 'repodata/repomd.xml')

    def root(self, root, packages, os_release='ID="almalinux"\nVERSION_ID="9.4"\nPRETTY_NAME="AlmaLinux 9.4"\nID_LIKE="rhel centos fedora"\n'):
        shutil.rmtree(root, ignore_errors=True)
        for folder in ('etc/yum.repos.d', 'etc/dnf/modules.d', 'usr/lib/sysimage/rpm', 'etc/pki/rpm-gpg'):
            (root / folder).mkdir(parents=True)
        (root / 'etc/os-release').write_text(os_release)
        # --dbpath is below --root; Debian's rpm keeps it elsewhere by default
        run('rpm', '--root', root, '--dbpath', '/usr/lib/sysimage/rpm', '-i', '--nodeps', '--noscripts', '--ignorearch', *packages)
        theirs = root / run('rpm', '--eval', '%{_dbpath}', text=True, env=self.environment).stdout.strip().lstrip('/')  # where this system's dnf looks
        theirs.parent.mkdir(parents=True, exist_ok=True)
        if not theirs.exists():
            theirs.symlink_to(os.path.relpath(root / 'usr/lib/sysimage/rpm', theirs.parent))
        return root

    def dnf(self, root, repositories, *argv, main=''):
        """What dnf says of ROOT with REPOSITORIES (id → folder or (folder, settings))."""
        conf = self.work / 'dnf.conf'
        text = f'[main]\n{main}\nreposdir={self.work}/none\ncachedir={tempfile.mkdtemp(dir=self.work)}\nplugins=0\n'
        for name, where in repositories.items():
            where, settings = where if isinstance(where, tuple) else (where, '')
            text += f'[{name}]\nname={name}\nbaseurl=file://{where}\ngpgcheck=0\n{settings}\n'
        conf.write_text(text)
        done = subprocess.run(['dnf', '-c', conf, '--installroot', root, '--releasever', '9', '--setopt=module_platform_id=platform:el9', '--rpmverbosity', 'error', *argv],
                              capture_output=True, text=True, env=self.environment)
        return done.stdout + done.stderr


def parse_transaction(text):
    """dnf's table: {section: {name.arch: version}}, and what is replaced: {name.arch}."""
    sections, replaced, section = {}, set(), None
    for line in text.splitlines():
        title = re.match(r'(Upgrading|Installing[a-z ]*|Removing[a-z ]*|Skipping[a-z ()]*|Downgrading|Reinstalling)', line)
        if title and line.rstrip().endswith((':', ')')):
            section = title[1].strip(' (')
            sections.setdefault(section, {})
        elif line.startswith('Transaction Summary'):
            section = None
        elif section and re.match(r'\s+replacing\s', line):
            name = line.split()[1]
            replaced.add(name)
        elif section and re.match(r'^ \S+\s+\S+\s+\S+\s+\S+\s+[\d.]+ \S+$', line):
            name, arch, version = line.split()[:3]
            sections[section][f'{name}.{arch}'] = version
    return sections, replaced
