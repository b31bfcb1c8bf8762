#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A made-up Docker Engine on a unix socket: fake-engine.py SOCKET FLEET.json, or fake-engine.py SOCKET --images N [--bases B]
[--containers C] [--layers L] [--stale S] for a fleet of any size. Says "ready" when it answers; ends with its standard input.

FLEET.json: {"version": "27.0.0", "api": "1.46", "oldest": "1.24", "images": [{"id": hex, "tags": [], "digests": [], "layers": [hex], "labels": {}, "config": {}}],
"containers": [{"name": "", "image": "ref", "id": hex, "image_id": hex, "state": "running", "labels": {}, "host": {}}]}. Short hex is filled up.
An image {"oci": FOLDER, "name": name of it there, "tags": []} is one of an OCI layout: such can be saved. What is loaded, tagged, deleted and built changes the engine's images; nothing else can be changed.
A build is its base (one that was saved so) with a label of its own; with "hold": true in FLEET.json it waits until GET /fake/go?TEXT, where TEXT is in its Dockerfile, and fails where
that has "RUN false". GET /fake/builds has the Dockerfiles of those that wait.
GET /fake/requests tells how many requests there were before, their paths, the versions that they named, and what was changed ("tag ID NAME", "delete NAME", "load ID"); GET /fake/load reads FLEET.json again; GET /fake/event?TYPE,ACTION,NAME has whoever follows /events told of that,
and answers how many they are."""
import argparse, hashlib, http.server, io, json, os, pathlib, queue, re, socketserver, sys, tarfile, tempfile, threading, time, urllib.parse


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
        Handler.server_version = data.get('server', 'Docker/27.0.0 (linux)')  # Podman's is Libpod/4.3.1 (linux)
        self.version, self.api, self.oldest = data.get('version', '27.0.0'), data.get('api', '1.46'), data.get('oldest', '1.24')
        self.versions = set()
        self.images, self.by, self.paths, self.followers = [], {}, [], []
        self.stored, self.acts, self.lock = {}, [], threading.Lock()  # id → (folder of blobs, manifest)
        self.hold, self.building = data.get('hold', False), {}  # Dockerfile → event
        for i in data.get('images', []):
            if 'oci' in i:
                index = json.loads((pathlib.Path(i['oci']) / 'index.json').read_text())
                blobs = pathlib.Path(i['oci']) / 'blobs/sha256'
                found = next(m for m in index['manifests'] if m['annotations']['org.opencontainers.image.ref.name'] == i['name'])
                self.add(blobs, json.loads((blobs / found['digest'][7:]).read_text()), i.get('tags', []))
                continue
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

    # ---- images that can be changed ----

    def add(self, blobs, manifest, tags=()):
        id = manifest['config']['digest']
        config = json.loads((blobs / id[7:]).read_text())
        if id not in self.stored:
            self.images.append({'Id': id, 'RepoTags': [], 'RepoDigests': [], 'Labels': config.get('config', {}).get('Labels'), 'Created': 1700000000, 'Size': 1 << 20,
                                'ParentId': '', 'Containers': -1, 'SharedSize': -1})
            self.by[id] = self.by[id[7:]] = {'Id': id, 'RepoTags': self.images[-1]['RepoTags'], 'RepoDigests': [], 'Created': config.get('created', '2026-01-01T00:00:00Z'),
                                             'Os': config['os'], 'Architecture': config['architecture'], 'Size': 1 << 20, 'Config': config.get('config', {}),
                                             'RootFS': {'Type': 'layers', 'Layers': config['rootfs']['diff_ids']}}
            self.stored[id] = blobs, manifest
        for tag in tags:
            self.tag(id, tag)
        return id

    def tag(self, id, name):
        before = self.by.get(name)
        if before:
            before['RepoTags'].remove(name)
        self.by[name] = self.by[id]
        self.by[id]['RepoTags'].append(name)

    def delete(self, name):
        image = self.by[name]
        answers = []
        if name in image['RepoTags']:
            image['RepoTags'].remove(name)
            del self.by[name]
            answers.append({'Untagged': name})
        if not image['RepoTags']:
            self.images = [i for i in self.images if i['Id'] != image['Id']]
            self.stored.pop(image['Id'], None)
            self.by = {key: value for key, value in self.by.items() if value is not image}
            answers.append({'Deleted': image['Id']})
        return answers

    def save(self, name):
        """As Docker 25 saves: an OCI layout with the older manifest.json."""
        if name not in self.by or self.by[name]['Id'] not in self.stored:
            return None
        image = self.by[name]
        blobs, manifest = self.stored[image['Id']]
        raw = json.dumps(manifest).encode()
        digest = hashlib.sha256(raw).hexdigest()
        place = lambda blob: 'blobs/sha256/' + blob['digest'][7:]
        files = {place(blob): (blobs / blob['digest'][7:]).read_bytes() for blob in [manifest['config'], *manifest['layers']]}
        files[f'blobs/sha256/{digest}'] = raw
        files['oci-layout'] = b'{"imageLayoutVersion": "1.0.0"}'
        files['index.json'] = json.dumps({'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'digest': 'sha256:' + digest, 'size': len(raw)}]}).encode()
        files['manifest.json'] = json.dumps([{'Config': place(manifest['config']), 'RepoTags': image['RepoTags'], 'Layers': [place(x) for x in manifest['layers']]}]).encode()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w') as tar:
            for path, data in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def load(self, body):
        folder = pathlib.Path(tempfile.mkdtemp(prefix='loaded-', dir=os.path.dirname(os.path.abspath(o.socket))))
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            tar.extractall(folder)
        index = json.loads((folder / 'index.json').read_text())
        blobs = folder / 'blobs/sha256'
        return [self.add(blobs, json.loads((blobs / m['digest'][7:]).read_text())) for m in index['manifests']]

    def build(self, query, body):
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            recipe = tar.extractfile(query['dockerfile']).read().decode()
        if self.hold:
            self.building[recipe] = threading.Event()
            self.building[recipe].wait()
            del self.building[recipe]
        if 'RUN false' in recipe:
            return '{"stream": "Step 1/2"}\n{"errorDetail": {"message": "it goes wrong"}, "error": "it goes wrong"}\n'
        with self.lock:
            blobs, manifest = self.stored[self.by[re.search(r'^FROM (\S+)', recipe, re.M)[1]]['Id']]
            config = json.loads((blobs / manifest['config']['digest'][7:]).read_text())
            config.setdefault('config', {}).setdefault('Labels', {})['built'] = query['t']
            raw = json.dumps(config).encode()
            digest = hashlib.sha256(raw).hexdigest()
            (blobs / digest).write_bytes(raw)
            id = self.add(blobs, {**manifest, 'config': {**manifest['config'], 'digest': 'sha256:' + digest, 'size': len(raw)}}, [query['t']])
            self.acts.append(f'build {id}')
        return json.dumps({'aux': {'ID': id}}) + '\n'

    def change(self, method, target, body):
        """The status and answer."""
        parts = urllib.parse.urlsplit(target)
        path, query = re.sub(r'^/v[0-9.]+', '', urllib.parse.unquote(parts.path)), dict(urllib.parse.parse_qsl(parts.query))
        if method == 'POST' and path == '/build':
            return 200, self.build(query, body)
        with self.lock:
            if method == 'POST' and path == '/images/load':
                self.acts += ['load ' + id for id in self.load(body)]
                return 200, {'stream': 'Loaded image'}
            m = re.fullmatch(r'/images/(.+?)(/tag)?', path)
            if not m or m[1] not in self.by or (method == 'POST') != bool(m[2]):
                return 404, {'message': 'No such image: ' + path}
            if m[2]:
                name = f'{query["repo"]}:{query["tag"]}'
                self.acts.append(f'tag {self.by[m[1]]["Id"]} {name}')
                self.tag(self.by[m[1]]['Id'], name)
                return 201, ''
            self.acts.append('delete ' + m[1])
            return 200, self.delete(m[1])

    # ---- what is asked ----

    def answer(self, target):
        path = re.sub(r'^/v[0-9.]+', '', urllib.parse.unquote(urllib.parse.urlsplit(target).path))
        self.versions.update(re.findall(r'^/v([0-9.]+)/', target))
        if path == '/fake/requests':
            return {'requests': len(self.paths), 'paths': self.paths, 'versions': sorted(self.versions), 'acts': self.acts}
        if path == '/fake/event':
            type, action, name = urllib.parse.unquote(urllib.parse.urlsplit(target).query).split(',')
            event = {'Type': type, 'Action': action, 'Actor': {'ID': full(name), 'Attributes': {'name': name}}, 'time': int(time.time()), 'timeNano': time.time_ns()}
            for follower in self.followers:
                follower.put(json.dumps(event).encode() + b'\n')
            return {'followers': len(self.followers)}
        if path == '/fake/builds':
            return list(self.building)
        if path == '/fake/go':
            text = urllib.parse.unquote(urllib.parse.urlsplit(target).query)
            return [event.set() for recipe, event in list(self.building.items()) if text in recipe]
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
        if m := re.fullmatch(r'/images/(.+)/get', path):
            return self.save(m[1])
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
        self.give(404 if found is None else 200, {'message': 'No such thing: ' + self.path} if found is None else found)

    def give(self, status, found):
        body = found if isinstance(found, bytes) else found.encode() if isinstance(found, str) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/x-tar' if isinstance(found, bytes) else 'text/plain' if isinstance(found, str) else 'application/json')
        self.send_header('Api-Version', self.server.fleet.api)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    do_HEAD = do_GET

    def read_body(self):
        if self.headers.get('Transfer-Encoding', '').lower() != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length', 0)))
        body = b''
        while size := int(self.rfile.readline().split(b';')[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_POST(self):
        body = self.read_body()
        self.give(*self.server.fleet.change(self.command, self.path, body))

    do_DELETE = do_POST

    def address_string(self):
        return 'unix'

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], (BrokenPipeError, ConnectionResetError)):  # who asked has enough
            super().handle_error(request, address)

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
