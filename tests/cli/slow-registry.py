#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slow-registry.py CAREEN [--no-progress|--quiet|no-terminal]: scans an image of a registry that goes on sending the layer, a little
at a time, until a bar has been on the terminal, or for two seconds where none is to be. Files: terminal, stdout. Exits as careen does."""
import gzip, hashlib, http.server, io, json, os, pty, random, subprocess, sys, tarfile, threading, time

def digest(data): return 'sha256:' + hashlib.sha256(data).hexdigest()

tar = io.BytesIO()
with tarfile.open(fileobj=tar, mode='w') as out:
    def add(name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        out.addfile(info, io.BytesIO(data))
    add('etc/os-release', b'ID=debian\nVERSION_ID="12"\n')
    add('var/lib/dpkg/status', b'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n')
    add('opt/noise', random.Random(1).randbytes(4 << 20))
layer = gzip.compress(tar.getvalue(), 1)
config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {},
                     'rootfs': {'type': 'layers', 'diff_ids': [digest(tar.getvalue())]}}).encode()
def describe(kind, data): return {'mediaType': 'application/vnd.oci.image.' + kind, 'digest': digest(data), 'size': len(data)}
manifest = json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
                       'config': describe('config.v1+json', config), 'layers': [describe('layer.v1.tar+gzip', layer)]}).encode()
seen = threading.Event()
wanted = 2 if sys.argv[2:] else 60  # seconds to wait for a bar

class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_HEAD(self): self.do_GET()
    def do_GET(self):
        body = {digest(config): config, digest(layer): layer}.get(self.path.split('/')[-1], manifest if '/manifests/' in self.path else b'{}')
        self.send_response(200)
        self.send_header('Content-Type', 'application/vnd.oci.image.manifest.v1+json' if body is manifest else 'application/octet-stream')
        self.send_header('Docker-Content-Digest', digest(body))
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command == 'HEAD': return
        if body is not layer:
            self.wfile.write(body)
            return
        end, at = time.monotonic() + wanted, 0
        while at < len(layer) // 2 and not seen.is_set() and time.monotonic() < end:
            self.wfile.write(layer[at:at + 16384])
            at += 16384
            seen.wait(0.02)
        seen.wait(max(0, end - time.monotonic()) if wanted > 2 else 0)
        self.wfile.write(layer[at:])

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
main, side = pty.openpty()
options = [o for o in sys.argv[2:] if o != 'no-terminal']
command = [sys.argv[1], 'scan', '-f', 'json', '--plain-http', '--no-changelogs', *options,
           f'registry:127.0.0.1:{server.server_port}/slow:1']
log = open('stderr', 'wb') if 'no-terminal' in sys.argv else None
process = subprocess.Popen(command, stdin=side, stdout=open('stdout', 'wb'), stderr=log or side,
                           env=dict(os.environ, TERM='xterm', http_proxy='', all_proxy=''))
os.close(side)
text = b''
try:
    while data := os.read(main, 65536):
        text += data
        if b'[#' in text: seen.set()
except OSError:
    pass
open('terminal', 'wb').write(text)
sys.exit(process.wait())
