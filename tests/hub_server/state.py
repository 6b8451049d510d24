"""What a Hub keeps: repositories with commits, branches and tags, and a store of large objects by their SHA-256."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass, field

LARGE = (".parquet", ".arrow", ".png", ".jpg", ".tif")
"""Files that go to the large store whatever their size; the Hub reads this from .gitattributes."""
LARGE_BYTES = 10 * 2**20


class HubError(Exception):
    """An answer that is no success: HTTP status, message, and the Hub's own error code where it has one."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass(frozen=True)
class Entry:
    """A file in a tree: a small file with its bytes, or a pointer to a large object."""

    data: bytes | None = None
    sha256: str | None = None
    size: int = 0

    @property
    def oid(self) -> str:
        if self.data is not None:
            return git_oid(self.data)
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n"
        return git_oid(pointer.encode())

    def as_json(self, path: str) -> dict:
        large = {"oid": self.sha256, "size": self.size, "pointerSize": 134} if self.sha256 else None
        return {"type": "file", "path": path, "size": self.size, "oid": self.oid, **({"lfs": large} if large else {})}


@dataclass
class Repo:
    name: str
    private: bool = False
    gated: str | bool = False
    commits: dict[str, dict[str, Entry]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.branches["main"] = self.add({".gitattributes": small(b"*.parquet filter=lfs\n")}, "initial commit")

    def add(self, tree: dict[str, Entry], message: str) -> str:
        self.messages.append(message)
        text = f"{len(self.commits)}{self.name}{message}{[(path, entry.oid) for path, entry in sorted(tree.items())]}"
        oid = hashlib.sha1(text.encode()).hexdigest()
        self.commits[oid] = tree
        return oid

    def resolve(self, revision: str) -> str:
        found = self.branches.get(revision) or self.tags.get(revision)
        if found is None and revision in self.commits:
            found = revision
        if found is None:
            raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return found

    def tree(self, revision: str) -> dict[str, Entry]:
        return self.commits[self.resolve(revision)]

    def info(self, revision: str) -> dict:
        oid = self.resolve(revision)
        return {
            "_id": oid[:24],
            "id": self.name,
            "sha": oid,
            "author": self.name.split("/")[0],
            "private": self.private,
            "gated": self.gated,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "siblings": [{"rfilename": path} for path in sorted(self.commits[oid])],
        }


def small(data: bytes) -> Entry:
    return Entry(data=data, size=len(data))


@dataclass
class Hub:
    """All of it, guarded by one lock.

    ``tokens``: bearer token to user name; ``objects``: (repository, SHA-256) to bytes.
    """

    tokens: dict[str, str]
    multipart_bytes: int = 1 << 30
    repos: dict[str, Repo] = field(default_factory=dict)
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    parts: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def user(self, token: str | None) -> str | None:
        if token is None:
            return None
        if token not in self.tokens:
            raise HubError(401, "Invalid credentials in Authorization header")
        return self.tokens[token]

    def repo(self, name: str, user: str | None, write: bool = False) -> Repo:
        repo = self.repos.get(name)
        owner = name.split("/")[0]
        if repo is None or (repo.private and user != owner):
            raise HubError(401 if user is None else 404, "Repository not found", "RepoNotFound")
        if write and user != owner:
            raise HubError(403, f"You don't have the rights to write to {name}")
        return repo

    def create(self, name: str, user: str | None, private: bool) -> Repo:
        if user is None:
            raise HubError(401, "Invalid username or password.")
        if name.split("/")[0] != user:
            raise HubError(403, f'You don\'t have the rights to create a dataset under the namespace "{name}"')
        if name in self.repos:
            raise HubError(409, "You already created this dataset repo")
        self.repos[name] = Repo(name, private)
        return self.repos[name]

    def upload_mode(self, path: str, size: int) -> str:
        return "lfs" if path.endswith(LARGE) or size > LARGE_BYTES else "regular"

    def store(self, name: str, oid: str, data: bytes) -> None:
        if hashlib.sha256(data).hexdigest() != oid:
            raise HubError(400, "content does not match its oid")
        self.objects[name, oid] = data

    def complete(self, name: str, oid: str, numbers: list[int]) -> None:
        self.store(name, oid, b"".join(self.parts.pop((name, oid, number)) for number in numbers))

    def commit(self, repo: Repo, branch: str, rows: list[dict]) -> str:
        if branch not in repo.branches:
            raise HubError(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        head = repo.branches[branch]
        tree = dict(repo.commits[head])
        message = "?"
        for row in rows:
            value = row["value"]
            if row["key"] == "header":
                message = value["summary"]
                if value.get("parentCommit") not in (None, head):
                    raise HubError(412, "A commit has happened since. Please refresh and try again.")
            elif row["key"] == "file":
                tree[value["path"]] = small(base64.b64decode(value["content"]))
            elif row["key"] == "lfsFile":
                data = self.objects.get((repo.name, value["oid"]))
                if data is None:
                    raise HubError(400, f"Your push was rejected: LFS object {value['oid']} is missing")
                tree[value["path"]] = Entry(sha256=value["oid"], size=len(data))
            elif row["key"] == "deletedFile":
                if value["path"] not in tree:
                    raise HubError(404, "A file with this name doesn't exist", "EntryNotFound")
                del tree[value["path"]]
            else:
                raise HubError(400, f"unknown operation {row['key']}")
        repo.branches[branch] = repo.add(tree, message)
        return repo.branches[branch]
