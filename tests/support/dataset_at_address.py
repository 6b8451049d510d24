"""A dataset in fsspec's file system in memory, over a line that drops."""

ADDRESS = "memory://set/data"


def fill(system, folder):
    """Put the files of a local folder at `ADDRESS`."""
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe_file(f"/set/data/{path.relative_to(folder).as_posix()}", path.read_bytes())


def watch_gets(system, monkeypatch):
    """Cut each third read; a list that takes up the names of the files that are fetched."""
    right, fetched, calls = type(system).get_file, [], []

    def get_file(self, name, to, **options):
        calls.append(name)
        if len(calls) % 3 == 0:
            raise ConnectionResetError("cut")
        right(self, name, to, **options)
        fetched.append(name.removeprefix("/set/data/"))

    monkeypatch.setattr(type(system), "get_file", get_file)
    return fetched


def shards_of(names):
    """Those of data files."""
    return [name for name in names if name.endswith(".parquet")]


def content_at(system):
    """Bytes of each file at `ADDRESS`, by name."""
    return {name.removeprefix("/set/data/"): system.cat_file(name) for name in system.find("/set/data")}


def file_sizes(folder):
    """Bytes of all small files of a dataset in a folder, and of the two files of each shard."""
    small = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".parquet")
    pairs = sorted((folder / "pairs").glob("*.parquet"))
    return small, [path.stat().st_size + (folder / "instructions" / path.name).stat().st_size for path in pairs]
