#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A made-up Docker Engine on a unix socket, read only: fake-engine.py SOCKET FLEET.json, or fake-engine.py SOCKET --images N [--bases B]
[--containers C] [--layers L] [--stale S] for a fleet of any size. Says "ready" when it answers; ends with its standard input.

FLEET.json: {"version": "27.0.0", "api": "1.46", "oldest": "1.24", "images": [{"id": hex, "tags": [], "digests": [], "layers": [hex], "labels": {}, "config": {}}],
"containers": [{"name": "", "image": "ref", "id": hex, "image_id": hex, "state": "running", "labels": {}, "host": {}}]}. Short hex is filled up.
GET /fake/requests tells how many requests there were before, their paths, and the versions that they named; GET /fake/load reads FLEET.json again; GET /fake/event?TYPE,ACTION,NAME has whoever follows /events told of that,
and answers how many they are."""
import argparse, hashlib, http.server, json, os, queue, re, socketserver, sys, threading, time, urllib.parse


def full(text):
    return 'sha256:' + (text if len(text) == 64 else hashlib.sha256(text.encode()).hexdigest())


def make(images, bases, containers, layers, stale):
    """Bases of two layers; an image is its base and layers of its own; every STALEth container runs what its name was before."""
    out = {'images': [], 'containers': []}
    for b in range(bases):
        out['images'].append({'id': f'base{b}', 'tags': [f'base-{b:03}:12'], 'layers': [f'b{b}.0', f'b{b}.1'],
                              'digests': [f'base-{b:03}@{full(f"manifest base{b}")}']})
    for i in range(images):
        b = i % max(bases, 1)
        out['images'].append({'id': f'image{i}', 'tags': [f'shop/app-{i:04}:1'],
                              'layers': [f'b{b}.0', f'b{b}.1'] + [f'i{i}.{n}' for n in range(layers)]})
    for c in range(containers):
        i = c % max(images, 1)
        old = stale and c % stale == 0
        out['containers'].append({'name': f'app-{c:04}', 'image': f'shop/app-{i:04}:1', 'image_id': f'was{i}' if old else f'image{i}'})
    return out


class Fleet:
    def __init__(self, data):
        self.version, self.api, self.oldest = data.get('version', '27.0.0'), data.get('api', '1.46'), data.get('oldest', '1.24')
        self.versions = set()
        self.images, self.by, self.paths, self.followers = [], {}, [], []
        for i in data.get('images', []):
            item = {'Id': full(i['id']), 'RepoTags': i.get('tags', []), 'RepoDigests': i.get('digests', []), 'Labels': i.get('labels') or None,
                    'Created': 1700000000, 'Size': 1 << 20, 'ParentId': '', 'Containers': -1, 'SharedSize': -1}
            self.images.append(item)
            config = {'Cmd': ['sh'], 'Env': ['PATH=/usr/bin'], **i.get('config', {}), 'Labels': i.get('labels') or None}
            whole = {'Id': item['Id'], 'RepoTags': item['RepoTags'], 'RepoDigests': item['RepoDigests'], 'Created': '2026-01-01T00:00:00Z', 'Os': 'linux',
                     'Architecture': 'amd64', 'Size': item['Size'], 'Config': config, 'RootFS': {'Type': 'layers', 'Layers': [full(x) for x in i['layers']]}}
            for name in [item['Id'], item['Id'][7:], *item['RepoTags'], *item['RepoDigests'], *(t.removesuffix(':latest') for t in item['RepoTags'])]:
                self.by[name] = whole
        self.containers, self.inspects = [], {}
        for c in data.get('containers', []):
            id, state = full('c ' + c['name'])[7:], c.get('state', 'running')
            self.containers.append({'Id': id, 'Names': ['/' + c['name']], 'Image': c['image'], 'ImageID': full(c['image_id']), 'State': state,
                                    'Status': 'Up', 'Labels': c.get('labels', {}), 'Created': 1700000000, 'Mounts': [],
                                    'HostConfig': {'NetworkMode': 'bridge'}, 'NetworkSettings': {'Networks': {}}})
            whole = {'Id': id, 'Name': '/' + c['name'], 'Image': full(c['image_id']), 'Created': '2026-01-01T00:00:00Z', 'Path': 'sh', 'Args': [],
                     'State': {'Status': state, 'Running': state == 'running', 'Pid': 0, 'ExitCode': 0, 'StartedAt': '2026-01-01T00:00:00Z'},
                     'Config': {'Image': c['image'], 'Hostname': id[:12], 'Labels': c.get('labels', {}), 'Env': [], 'Cmd': ['sh']},
                     'HostConfig': {'NetworkMode': 'bridge', 'RestartPolicy': {'Name': 'always', 'MaximumRetryCount': 0}, 'AutoRemove': False, **c.get('host', {})},
                     'Mounts': [], 'NetworkSettings': {'Networks': {'bridge': {}}}, 'RestartCount': 0}
            self.inspects[id] = self.inspects[c['name']] = whole

    def answer(self, target):
        path = re.sub(r'^/v[0-9.]+', '', urllib.parse.unquote(urllib.parse.urlsplit(target).path))
        self.versions.update(re.findall(r'^/v([0-9.]+)/', target))
        if path == '/fake/requests':
            return {'requests': len(self.paths), 'paths': self.paths, 'versions': sorted(self.versions)}
        if path == '/fake/event':
            type, action, name = urllib.parse.unquote(urllib.parse.urlsplit(target).query).split(',')
            event = {'Type': type, 'Action': action, 'Actor': {'ID': full(name), 'Attributes': {'name': name}}, 'time': int(time.time()), 'timeNano': time.time_ns()}
            for follower in self.followers:
                follower.put(json.dumps(event).encode() + b'\n')
            return {'followers': len(self.followers)}
        self.paths.append(path)
        if path == '/_ping':
            return 'OK'
        if path == '/version':
            return {'Version': self.version, 'ApiVersion': self.api, 'MinAPIVersion': self.oldest, 'Os': 'linux', 'Arch': 'amd64', 'Components': []}
        if path == '/info':
            return {'ServerVersion': self.version, 'DefaultRuntime': 'runc', 'Name': 'fake', 'OSType': 'linux', 'Architecture': 'x86_64'}
        if path == '/images/json':
            return self.images
        if path == '/containers/json':
            return self.containers
        if m := re.fullmatch(r'/images/(.+)/(json|history)', path):
            return (self.by.get(m[1]) if m[2] == 'json' else []) if m[1] in self.by else None
        if m := re.fullmatch(r'/containers/([^/]+)/json', path):
            return self.inspects.get(m[1])
        return None


    def take_over(self, old):
        self.paths, self.followers = old.paths, old.followers
        return self


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def follow(self):
        mine = queue.Queue()
        self.close_connection = True
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.server.fleet.followers.append(mine)
        try:
            while True:
                self.wfile.write(mine.get())
                self.wfile.flush()
        except OSError:
            self.server.fleet.followers.remove(mine)

    def do_GET(self):
        if re.match(r'(/v[0-9.]+)?/events(\?|$)', self.path):
            return self.follow()
        if self.path == '/fake/load':
            self.server.fleet = Fleet(json.load(open(o.fleet))).take_over(self.server.fleet)
        found = self.server.fleet.answer('/fake/requests' if self.path == '/fake/load' else self.path)
        body = found.encode() if isinstance(found, str) else json.dumps({'message': 'No such thing: ' + self.path} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header('Content-Type', 'text/plain' if isinstance(found, str) else 'application/json')
        self.send_header('Api-Version', self.server.fleet.api)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    do_HEAD = do_GET

    def address_string(self):
        return 'unix'

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def get_request(self):
        request, _ = super().get_request()
        return request, ('unix', 0)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('socket')
    parser.add_argument('fleet', nargs='?')
    for name, default in (('images', 0), ('bases', 0), ('containers', 0), ('layers', 4), ('stale', 10)):
        parser.add_argument('--' + name, type=int, default=default)
    o = parser.parse_args()
    data = json.load(open(o.fleet)) if o.fleet else make(o.images, o.bases, o.containers, o.layers, o.stale)
    if os.path.exists(o.socket):
        os.unlink(o.socket)
    server = Server(o.socket, Handler)
    server.fleet = Fleet(data)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print('ready', flush=True)
    sys.stdin.read()
    server.shutdown()
