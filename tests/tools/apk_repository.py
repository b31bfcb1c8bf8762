# SPDX-License-Identifier: Apache-2.0
"""apk's repositories for oracles: keys, signed indexes, packages, made with openssl as abuild makes them."""
import base64, gzip, hashlib, io, pathlib, re, subprocess, tarfile, time

KEY = 'alpine-devel@lists.alpinelinux.org-00000001.rsa.pub'
PUBLIC = 'https://dl-cdn.alpinelinux.org/alpine'
DIGESTS = {'RSA': '-sha1', 'RSA256': '-sha256', 'RSA512': '-sha512'}


def run(*argv, **kw):
    return subprocess.run(argv, check=True, capture_output=True, **kw)


def make_key(folder, name):
    run('openssl', 'genrsa', '-out', folder / f'{name}.rsa', '2048')
    run('openssl', 'rsa', '-in', folder / f'{name}.rsa', '-pubout', '-out', folder / f'{name}.pub')
    return folder / f'{name}.rsa'


def tar(files, when, end):
    """FILES are (name, bytes), or (TarInfo, bytes); a cut tar, to which another is appended, has no END."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            if isinstance(name, str):
                info.mode = 0o755 if name.startswith('.') and name != '.PKGINFO' else 0o644
                info.mtime = when
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
        size = archive.offset
    return gzip.compress(out.getvalue() if end else out.getvalue()[:size], mtime=0)


def seal(key, body, when, name=KEY, form='RSA'):
    """What abuild-sign puts before BODY: a cut tar with its signature."""
    signature = run('openssl', 'dgst', DIGESTS[form], '-sign', key, input=body).stdout
    return tar([(f'.SIGN.{form}.{name}', signature)], when, False)


def sign(where, index, key, description='v3.15.11-1-gtest', when=None, name=KEY, form='RSA', alter=None):
    when = int(time.time()) - 86400 if when is None else when
    body = tar([('DESCRIPTION', description.encode()), ('APKINDEX', index)], when, True)
    where.mkdir(parents=True, exist_ok=True)
    data = seal(key, body, when, name, form) + body
    (where / 'APKINDEX.tar.gz').write_bytes(alter(data) if alter else data)


def file(path, data=b'', mode=0o644, link=None, when=1700000000, folder=False):
    """A file of a package, with the checksum that apk keeps of it."""
    info = tarfile.TarInfo(path)
    info.mode, info.mtime, info.uname, info.gname = mode, when, 'root', 'root'
    if folder:
        info.type = tarfile.DIRTYPE
    elif link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, link
        info.pax_headers = {'APK-TOOLS.checksum.SHA1': hashlib.sha1(link.encode()).hexdigest()}
    else:
        info.pax_headers = {'APK-TOOLS.checksum.SHA1': hashlib.sha1(data).hexdigest()}
    return info, data


def make_package(key, info, files, scripts=(), when=1700000000, name=KEY):
    """The bytes of a package and its stanza of an index. INFO: a list of (field, value) of .PKGINFO."""
    data = tar(files, when, True)
    text = ''.join(f'{k} = {v}\n' for k, v in [*info, ('datahash', hashlib.sha256(data).hexdigest())])
    control = tar([('.PKGINFO', text.encode()), *scripts], when, False)
    whole = seal(key, control, when, name) + control + data
    letters = [('pkgname', 'P'), ('pkgver', 'V'), ('arch', 'A'), (None, 'S'), ('size', 'I'), ('pkgdesc', 'T'), ('url', 'U'), ('license', 'L'),
               ('origin', 'o'), ('maintainer', 'm'), ('builddate', 't'), ('commit', 'c'), ('provider_priority', 'k'), ('depend', 'D'),
               ('install_if', 'i'), ('provides', 'p')]
    stanza = 'C:Q1' + base64.b64encode(hashlib.sha1(control).digest()).decode() + '\n'
    for field, letter in letters:
        values = [v for k, v in info if k == field] if field else [str(len(whole))]
        stanza += f'{letter}:{" ".join(values)}\n' if values else ''
    return whole, stanza + '\n'


class Database:
    """lib/apk/db of a root: what is installed, and each package's files and scripts."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.records = {}
        for text in (self.root / 'lib/apk/db/installed').read_text().split('\n\n'):
            if m := re.search(r'^P:(.*)$', text, re.M):
                self.records[m[1]] = text

    def get(self, name, letter):
        head = self.records[name].split('\nF:')[0]
        m = re.search(rf'^{letter}:(.*)$', head, re.M)
        return m[1] if m else ''

    def paths(self, name):
        folder, paths = '', []
        for line in self.records[name].splitlines():
            if line.startswith('F:'):
                folder = line[2:]
                paths.append((folder, True))
            elif line.startswith('R:'):
                paths.append((f'{folder}/{line[2:]}'.lstrip('/'), False))
        return [p for p in paths if p[0]]

    def files(self, name):
        """As a package would bring them."""
        out = []
        for path, folder in self.paths(name):
            at = self.root / path
            if not at.exists() and not at.is_symlink():
                continue
            mode = at.lstat().st_mode & 0o7777
            if at.is_symlink():
                out.append(file(path, link=str(at.readlink()), mode=0o777))
            elif folder:
                out.append(file(path, mode=mode, folder=True))
            else:
                out.append(file(path, at.read_bytes(), mode))
        return out

    def scripts(self, name):
        start = f'{name}-{self.get(name, "V")}.'
        with tarfile.open(self.root / 'lib/apk/db/scripts.tar') as archive:
            return [('.' + m.name.rsplit('.', 1)[1], archive.extractfile(m).read()) for m in archive if m.name.startswith(start)]

    def triggers(self, name):
        identity = self.get(name, 'C')
        for line in (self.root / 'lib/apk/db/triggers').read_text().splitlines():
            if line.startswith(identity + ' '):
                return line.split(' ', 1)[1]
        return ''

    def info(self, name, version):
        """.PKGINFO of another version."""
        letters = {'T': 'pkgdesc', 'U': 'url', 'I': 'size', 'A': 'arch', 'o': 'origin', 'm': 'maintainer', 'L': 'license', 'c': 'commit', 'k': 'provider_priority',
                   'q': 'replaces_priority'}
        many = {'D': 'depend', 'p': 'provides', 'r': 'replaces', 'i': 'install_if'}
        old = self.get(name, 'V')
        info = [('pkgname', name), ('pkgver', version), ('builddate', '1700000000')]
        info += [(word, self.get(name, letter)) for letter, word in letters.items() if self.get(name, letter)]
        for letter, word in many.items():
            info += [(word, v.replace('=' + old, '=' + version)) for v in self.get(name, letter).split()]
        if self.triggers(name):
            info.append(('triggers', self.triggers(name)))
        return info
