# SPDX-License-Identifier: Apache-2.0
"""Images in distroless' layout out of Debian packages, as its builder makes them: one layer a package, its control file and md5sums in
var/lib/dpkg/status.d, no dpkg, no shell."""
import hashlib, io, json, lzma, subprocess, tarfile


def read_deb(path):
    """control.tar's files and the members of data.tar."""
    def part(option):
        data = subprocess.run(['dpkg-deb', option, path], check=True, capture_output=True).stdout
        return tarfile.open(fileobj=io.BytesIO(data))

    with part('--ctrl-tarfile') as archive:
        control = {m.name.lstrip('./'): archive.extractfile(m).read() for m in archive if m.isreg()}
    with part('--fsys-tarfile') as archive:
        members = [(m, archive.extractfile(m).read() if m.isreg() else None) for m in archive]
    return control, members


def keeps(path):
    """What builders leave in: of documents the copyright alone."""
    if path.startswith('usr/share/doc/') and path.count('/') > 3 - 1 and not path.endswith('/copyright'):
        return False
    return not path.startswith(('usr/share/man/', 'usr/share/lintian/', 'usr/share/info/', 'usr/share/locale/'))


def make_layer(control, members, name, extra=None):
    """EXTRA: further files, {path: bytes}, that md5sums lists as well."""
    out = io.BytesIO()
    sums = control.get('md5sums', b'')
    with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as archive:
        for member, data in members:
            member.name = member.name[2:] if member.name.startswith('./') else member.name
            if member.name in ('', '.') or not keeps(member.name):
                continue
            archive.addfile(member, io.BytesIO(data) if data is not None else None)
        for path, data in (extra or {}).items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(data), 1600000000
            archive.addfile(info, io.BytesIO(data))
            sums += f'{hashlib.md5(data).hexdigest()}  {path}\n'.encode()
        for path, data in ((f'var/lib/dpkg/status.d/{name}', control['control']), (f'var/lib/dpkg/status.d/{name}.md5sums', sums)):
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(data), 1600000000
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def write_layout(folder, layers, config):
    """An OCI layout of plain tars."""
    blobs = folder / 'blobs/sha256'
    blobs.mkdir(parents=True)

    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {'digest': 'sha256:' + digest, 'size': len(data)}

    diffs = ['sha256:' + hashlib.sha256(layer).hexdigest() for layer in layers]
    head = put(json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': config, 'rootfs': {'type': 'layers', 'diff_ids': diffs},
                           'history': [{'created_by': 'test'} for _ in layers]}).encode())
    kind = 'application/vnd.oci.image.'
    manifest = put(json.dumps({'schemaVersion': 2, 'mediaType': kind + 'manifest.v1+json', 'config': {'mediaType': kind + 'config.v1+json', **head},
                               'layers': [{'mediaType': kind + 'layer.v1.tar', **put(layer)} for layer in layers]}).encode())
    (folder / 'index.json').write_text(json.dumps({'schemaVersion': 2, 'manifests': [{
        'mediaType': kind + 'manifest.v1+json', **manifest, 'annotations': {'org.opencontainers.image.ref.name': 'one'}}]}))
    (folder / 'oci-layout').write_text('{"imageLayoutVersion": "1.0.0"}')
    return f'oci:{folder}:one'
