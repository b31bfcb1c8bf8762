#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slow-feed.py CAREEN FILE: careen db update on a terminal, from a server that has nothing but FILE as the EPSS scores and sends the second half
when a bar with a percentage was on the screen (or after a minute). File: terminal. Exits as careen does."""
import http.server, os, pathlib, pty, subprocess, sys, threading

body = pathlib.Path(sys.argv[2]).read_bytes()
seen = threading.Event()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args): pass

    def do_GET(self):
        found = self.path.endswith('.csv.gz') and 'epss' in self.path
        self.send_response(200 if found else 404)
        self.send_header('Content-Length', str(len(body) if found else 0))
        self.end_headers()
        if not found:
            return
        for at in range(0, len(body) // 2, 64):
            self.wfile.write(body[at:at + 64])
            if seen.wait(0.02):
                break
        seen.wait(60)
        self.wfile.write(body[at + 64:])


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
main, side = pty.openpty()
process = subprocess.Popen([sys.argv[1], 'db', 'update', '--mirror', f'http://127.0.0.1:{server.server_port}'], stdin=side, stdout=subprocess.DEVNULL, stderr=side,
                           env=dict(os.environ, TERM='xterm', http_proxy='', all_proxy=''))
os.close(side)
text = b''
while True:
    try:
        piece = os.read(main, 65536)
    except OSError:
        break
    if not piece:
        break
    text += piece
    if b' %' in text:
        seen.set()
pathlib.Path('terminal').write_bytes(text)
sys.exit(process.wait())
