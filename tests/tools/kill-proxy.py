#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill-proxy.py SOCKET ENGINE [--at N] [--when before|after] [--log FILE] -- COMMAND…: runs COMMAND in a session of its own while SOCKET passes its
requests on to ENGINE (both unix sockets), and kills its whole process group with SIGKILL at its N-th request: before that is passed on, or when
the engine has answered and COMMAND has not got the answer yet. Counted are requests from the first that changes something on, and only those that
change something are counted with --when after: what has merely looked has left nothing. Exits as COMMAND did, 137 when it was killed.
FILE gets a line a counted request: METHOD PATH. COMMAND finds SOCKET by itself (DOCKER_HOST, CONTAINER_HOST)."""
import argparse, os, re, signal, socket, subprocess, sys, threading

parser = argparse.ArgumentParser()
parser.add_argument('socket')
parser.add_argument('engine')
parser.add_argument('--at', type=int, default=0)
parser.add_argument('--when', choices=('before', 'after'), default='before')
parser.add_argument('--log')
parser.add_argument('command', nargs='+')
options = parser.parse_args()
lock = threading.Lock()
state = {'count': 0, 'changed': False, 'child': None, 'log': open(options.log, 'w', buffering=1) if options.log else None}


def kill():
    """Called with the lock held, which nobody gets any more: no later request may slip through."""
    os.killpg(state['child'].pid, signal.SIGKILL)
    state['child'].wait()
    os._exit(137)


def count(method, path):
    """Is it the one? Called with the lock held."""
    changes = method not in ('GET', 'HEAD')
    state['changed'] = state['changed'] or changes
    if not state['changed'] or (options.when == 'after' and not changes):
        return False
    state['count'] += 1
    if state['log']:
        state['log'].write(f'{method} {path}\n')
    return state['count'] == options.at


def read_head(stream):
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        line = stream.readline()
        if not line:
            return None
        head += line
    return head.decode('latin-1')


def pass_body(stream, head, out):
    """A body by its length or in chunks, as it comes."""
    if re.search(r'(?im)^transfer-encoding:.*chunked', head):
        while True:
            line = stream.readline()
            out.sendall(line)
            size = int(line.split(b';')[0] or b'0', 16)
            out.sendall(stream.read(size + 2))
            if not size:
                return
    length = re.search(r'(?im)^content-length: *([0-9]+)', head)
    left = int(length[1]) if length else 0
    while left:
        piece = stream.read1(min(left, 1 << 16))
        if not piece:
            return
        out.sendall(piece)
        left -= len(piece)


def serve(client):
    """One request a connection; the answer ends with it."""
    with client, client.makefile('rb') as stream:
        head = read_head(stream)
        if head is None:
            return
        method, path = head.split(' ')[:2]
        with lock:
            it = count(method, path)
            if it and options.when == 'before':
                kill()
        lines = [x for x in head.split('\r\n')[:-2] if not re.match(r'(?i)(connection|expect):', x)]
        if re.search(r'(?im)^expect:', head):
            client.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(options.engine)
            engine.sendall(('\r\n'.join([*lines, 'Connection: close']) + '\r\n\r\n').encode('latin-1'))
            pass_body(stream, head, engine)
            answer = b''
            while True:
                try:
                    piece = engine.recv(1 << 16)
                except ConnectionResetError:  # Podman's way to close
                    piece = b''
                if not piece:
                    break
                if it:
                    answer += piece
                else:
                    client.sendall(piece)
            if it and answer:  # an engine that went away without an answer may have done nothing: that is no point
                with lock:
                    kill()


def serve_quietly(client):
    try:
        serve(client)
    except OSError:  # it went away: what was asked is done or not, as in life
        pass


if os.path.exists(options.socket):
    os.unlink(options.socket)
listener = socket.socket(socket.AF_UNIX)
listener.bind(options.socket)
listener.listen(64)


def accept():
    while True:
        threading.Thread(target=serve_quietly, args=(listener.accept()[0],), daemon=True).start()


state['child'] = subprocess.Popen(options.command, start_new_session=True)
threading.Thread(target=accept, daemon=True).start()
code = state['child'].wait()
sys.stdout.flush()
os._exit(code if code >= 0 else 128 - code)
