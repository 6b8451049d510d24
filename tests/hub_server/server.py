"""A local server that speaks the part of the Hub's protocol that publishing and loading a dataset needs.

    python tests/hub_server/server.py --token KEY=USER [--port 0] [--multipart-bytes N]

It prints its address. ``POST /_control/faults`` asks for faults, ``GET /_control/log`` gives what was received,
``POST /_control/release`` lets stalled requests go on.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
from state import Hub, HubError

NAME = r"(?P<name>[^/]+/[^/]+)"
API = rf"/api/datasets/{NAME}"
STORE = rf"/_store/{NAME}"


@dataclass
class Fault:
    """What goes wrong, how often: ``kind`` is a status (``503``), ``drop`` (closed before anything is done), ``lost``
    (done, but the answer never leaves), ``cut`` (half of the answer's body, then a reset), ``end`` (half of it, then an
    orderly end), ``corrupt`` (a wrong byte in it) or ``stall`` (waits for release)."""

    where: str
    kind: str
    times: int


class Control:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.log: list[dict] = []
        self.release = threading.Event()
        self.lock = threading.Lock()

    def take(self, what: str) -> str | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.where, what):
                    fault.times -= 1
                    return fault.kind
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    hub: Hub
    control: Control

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_POST = do_PUT = do_GET

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        self.route, self.query = unquote(parts.path), parse_qs(parts.query)
        what = f"{self.command} {self.route}"
        self.fault = None if self.route.startswith("/_control") else self.control.take(what)
        if self.fault == "drop":
            return self._reset()
        if self.fault == "stall":
            self.control.release.wait(60)
        self.body = self._read_body()
        if not self.route.startswith("/_control"):
            self.control.log.append({"what": what, "bytes": len(self.body), "range": self.headers.get("Range")})
        try:
            if self.fault is not None and self.fault.isdigit():
                raise HubError(int(self.fault), "injected")
            with self.hub.lock:
                self._route()
        except HubError as error:
            headers = {"X-Error-Message": error.message} | ({"X-Error-Code": error.code} if error.code else {})
            self._send(error.status, {"error": error.message}, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        return None

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _reset(self) -> None:
        # With a linger time of 0 the peer sees a reset, not an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.rfile = self.wfile = _Nothing()  # type: ignore[assignment]

    def _send(self, status: int, value: object = None, headers: dict[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        if self.fault == "lost":
            return self._reset()
        if self.fault == "corrupt" and data:
            data = bytes([data[0] ^ 255]) + data[1:]
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(value, bytes) else "application/json"
        for name, text in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command == "HEAD":
            return None
        if self.fault in ("cut", "end") and len(data) > 1:
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.close_connection = True
            return self._reset() if self.fault == "cut" else None
        self.wfile.write(data)
        return None

    def _user(self) -> str | None:
        word = self.headers.get("Authorization", "")
        return self.hub.user(word.removeprefix("Bearer ") if word.startswith("Bearer ") else None)

    def _route(self) -> None:
        for method, pattern, name in ROUTES:
            match = re.fullmatch(pattern, self.route)
            if match and self.command in method.split("|"):
                getattr(self, f"_{name}")(**match.groupdict())
                return
        raise HubError(404, f"no such route: {self.command} {self.route}")

    # --- control

    def _faults(self) -> None:
        self.control.faults = [Fault(**row) for row in json.loads(self.body)]
        self.control.release.clear()
        self._send(200, {})

    def _log(self) -> None:
        self._send(200, self.control.log)

    def _forget(self) -> None:
        self.control.log.clear()
        self._send(200, {})

    def _release(self) -> None:
        self.control.release.set()
        self._send(200, {})

    def _messages(self, name: str) -> None:
        self._send(200, self.hub.repos[name].messages)

    # --- account and repositories

    def _whoami(self) -> None:
        user = self._user()
        if user is None:
            raise HubError(401, "Invalid username or password.")
        self._send(200, {"type": "user", "name": user, "auth": {"type": "access_token"}, "orgs": []})

    def _create(self) -> None:
        asked = json.loads(self.body)
        user = self._user()
        name = f"{asked.get('organization') or user}/{asked['name']}"
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.hub.create(name, user, private)
        self._send(200, {"url": f"{self._base()}/datasets/{name}", "name": name, "id": name})

    def _settings(self, name: str) -> None:
        repo = self.hub.repo(name, self._user(), write=True)
        asked = json.loads(self.body)
        if "visibility" in asked or "private" in asked:
            repo.private = asked.get("visibility") == "private" or bool(asked.get("private"))
        if "gated" in asked:
            repo.gated = asked["gated"]
        self._send(200, {"private": repo.private, "gated": repo.gated})

    def _yaml(self) -> None:
        text = json.loads(self.body)["content"]
        good = text.startswith("---\n") and "\n---\n" in text[4:]
        errors = [] if good else [{"message": "no front matter"}]
        self._send(200 if good else 400, {"errors": errors, "warnings": []})

    def _info(self, name: str, revision: str = "main") -> None:
        self._send(200, self.hub.repo(name, self._user()).info(revision))

    def _refs(self, name: str) -> None:
        repo = self.hub.repo(name, self._user())

        def rows(kind: str, found: dict[str, str]) -> list[dict]:
            return [
                {"name": ref, "ref": f"refs/{kind}/{ref}", "targetCommit": oid} for ref, oid in sorted(found.items())
            ]

        self._send(200, {"branches": rows("heads", repo.branches), "tags": rows("tags", repo.tags), "converts": []})

    def _tree(self, name: str, revision: str, path: str = "") -> None:
        tree = self.hub.repo(name, self._user()).tree(revision)
        recursive = self.query.get("recursive", ["false"])[0].lower() in ("true", "1")
        rows, folders = [], set()
        for file, entry in sorted(tree.items()):
            if path and not file.startswith(f"{path}/"):
                continue
            inner = file[len(path) + 1 if path else 0 :]
            steps = inner.split("/")[:-1]
            for depth in range(1, len(steps) + 1) if recursive else range(1, min(len(steps), 1) + 1):
                folders.add("/".join(([path] if path else []) + steps[:depth]))
            if recursive or not steps:
                rows.append(entry.as_json(file))
        if path and not rows and not folders:
            raise HubError(404, "Entry not found", "EntryNotFound")
        rows += [{"type": "directory", "path": folder, "size": 0, "oid": "0" * 40} for folder in sorted(folders)]
        self._send(200, rows)

    def _paths(self, name: str, revision: str) -> None:
        tree = self.hub.repo(name, self._user()).tree(revision)
        kind = self.headers.get("Content-Type", "")
        asked = json.loads(self.body)["paths"] if "json" in kind else parse_qs(self.body.decode()).get("paths", [])
        rows = [tree[path].as_json(path) for path in asked if path in tree]
        rows += [
            {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}
            for path in asked
            if path not in tree and any(file.startswith(f"{path}/") for file in tree)
        ]
        self._send(200, rows)

    def _preupload(self, name: str, revision: str) -> None:
        tree = self.hub.repo(name, self._user(), write=True).tree(revision)
        rows = []
        for file in json.loads(self.body)["files"]:
            entry = tree.get(file["path"])
            known = None if entry is None else entry.sha256 or entry.oid
            mode = self.hub.upload_mode(file["path"], file["size"])
            rows.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": known})
        self._send(200, {"files": rows})

    def _batch(self, name: str) -> None:
        self.hub.repo(name, self._user(), write=True)
        rows = []
        for asked in json.loads(self.body)["objects"]:
            oid, size = asked["oid"], asked["size"]
            row = {"oid": oid, "size": size}
            if (name, oid) not in self.hub.objects:
                step = self.hub.multipart_bytes
                store = f"{self._base()}/_store/{name}"
                verify = {"href": f"{store}/verify"}
                if size > step:
                    urls = {
                        f"{number + 1:05d}": f"{store}/part/{oid}/{number + 1}" for number in range(-(-size // step))
                    }
                    header = {"chunk_size": str(step), **urls}
                    upload = {"href": f"{store}/complete/{oid}", "header": header}
                else:
                    upload = {"href": f"{store}/object/{oid}"}
                row["actions"] = {"upload": upload, "verify": verify}
            rows.append(row)
        self._send(200, {"transfer": "basic", "objects": rows})

    def _object(self, name: str, oid: str) -> None:
        self.hub.store(name, oid, self.body)
        self._send(200)

    def _part(self, name: str, oid: str, number: str) -> None:
        self.hub.parts[name, oid, int(number)] = self.body
        self._send(200, None, {"ETag": f'"{oid[:8]}-{number}"'})

    def _complete(self, name: str, oid: str) -> None:
        self.hub.complete(name, oid, [part["partNumber"] for part in json.loads(self.body)["parts"]])
        self._send(200, {})

    def _verify(self, name: str) -> None:
        asked = json.loads(self.body)
        if len(self.hub.objects.get((name, asked["oid"]), b"")) != asked["size"]:
            raise HubError(400, "object is not there")
        self._send(200, {})

    def _commit(self, name: str, revision: str) -> None:
        repo = self.hub.repo(name, self._user(), write=True)
        oid = self.hub.commit(repo, revision, [json.loads(line) for line in self.body.splitlines()])
        self._send(
            200, {"success": True, "commitOid": oid, "commitUrl": f"{self._base()}/datasets/{name}/commit/{oid}"}
        )

    def _tag(self, name: str, revision: str) -> None:
        repo = self.hub.repo(name, self._user(), write=True)
        tag = json.loads(self.body)["tag"]
        if tag in repo.tags:
            raise HubError(409, f"Tag reference exists already: {tag}")
        repo.tags[tag] = repo.resolve(revision)
        self._send(200, {})

    # --- fetching

    def _resolve(self, name: str, revision: str, path: str) -> None:
        user = self._user()
        repo = self.hub.repo(name, user)
        if repo.gated and user is None:
            raise HubError(401, f"Access to dataset {name} is restricted.", "GatedRepo")
        oid = repo.resolve(revision)
        entry = repo.commits[oid].get(path)
        if entry is None:
            raise HubError(404, "Entry not found", "EntryNotFound")
        headers = {"X-Repo-Commit": oid, "ETag": f'"{entry.sha256 or entry.oid}"'}
        if entry.sha256 is None:
            self._send_data(entry.data or b"", headers)
            return
        headers |= {"X-Linked-Etag": f'"{entry.sha256}"', "X-Linked-Size": str(entry.size)}
        self._send(302, None, {**headers, "Location": f"{self._cdn()}/_store/{name}/object/{entry.sha256}"})

    def _fetch(self, name: str, oid: str) -> None:
        if (name, oid) not in self.hub.objects:
            raise HubError(404, "no such object")
        self._send_data(self.hub.objects[name, oid], {"ETag": f'"{oid}"'})

    def _send_data(self, data: bytes, headers: dict[str, str]) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._send(200, data, {**headers, "Accept-Ranges": "bytes"})
            return
        first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
        span = f"bytes {first}-{last}/{len(data)}"
        self._send(206, data[first : last + 1], {**headers, "Content-Range": span})

    def _base(self) -> str:
        return f"http://{self.headers['Host']}"

    def _cdn(self) -> str:
        # Clients follow a redirect by themselves only to the same host; the Hub's large files lie on another one.
        return f"http://localhost:{self.server.server_address[1]}"


class _Nothing:
    """In the place of a closed connection's files."""

    closed = False

    def flush(self) -> None: ...

    close = flush


ROUTES = (
    ("POST", "/_control/faults", "faults"),
    ("GET", "/_control/log", "log"),
    ("POST", "/_control/forget", "forget"),
    ("POST", "/_control/release", "release"),
    ("GET", rf"/_control/messages/{NAME}", "messages"),
    ("GET", "/api/whoami-v2", "whoami"),
    ("POST", "/api/repos/create", "create"),
    ("POST", "/api/validate-yaml", "yaml"),
    ("PUT", rf"{API}/settings", "settings"),
    ("GET", API, "info"),
    ("GET", rf"{API}/revision/(?P<revision>.+)", "info"),
    ("GET", rf"{API}/refs", "refs"),
    ("GET", rf"{API}/tree/(?P<revision>[^/]+)/?", "tree"),
    ("GET", rf"{API}/tree/(?P<revision>[^/]+)/(?P<path>.+)", "tree"),
    ("POST", rf"{API}/paths-info/(?P<revision>.+)", "paths"),
    ("POST", rf"{API}/preupload/(?P<revision>.+)", "preupload"),
    ("POST", rf"{API}/commit/(?P<revision>.+)", "commit"),
    ("POST", rf"{API}/tag/(?P<revision>.+)", "tag"),
    ("POST", rf"/datasets/{NAME}\.git/info/lfs/objects/batch", "batch"),
    ("PUT", rf"{STORE}/object/(?P<oid>\w+)", "object"),
    ("GET|HEAD", rf"{STORE}/object/(?P<oid>\w+)", "fetch"),
    ("PUT", rf"{STORE}/part/(?P<oid>\w+)/(?P<number>\d+)", "part"),
    ("POST", rf"{STORE}/complete/(?P<oid>\w+)", "complete"),
    ("POST", rf"{STORE}/verify", "verify"),
    ("GET|HEAD", rf"/datasets/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--token", action="append", default=[], metavar="KEY=USER")
    options.add_argument("--multipart-bytes", type=int, default=1 << 30)
    chosen = options.parse_args()
    Handler.hub, Handler.control = Hub(dict(w.split("=", 1) for w in chosen.token), chosen.multipart_bytes), Control()
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
