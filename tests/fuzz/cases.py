"""Cases: which file is damaged in which way, by seed and number, and what its reader made of it."""

import contextlib
import importlib
import io
import pkgutil
import platform
import random
import shutil
import warnings

import edited_dataset
import mutations
import pictures
from running import run
from targets import call, kept_pictures

_OUTSIDE = b"what lies outside the input folder"
_TEXT = {
    ".json": "json", ".geojson": "json", ".jsonl": "lines", ".geojsonl": "lines", ".yaml": "yaml", ".osm": "xml", ".osh": "xml", ".vrt": "xml",
    ".csv": "text", ".txt": "text", ".jinja": "text", ".hdr": "text", ".prj": "text", ".cpg": "text",
}  # fmt: skip
_BESIDE = (".aux.xml", ".ovr", ".msk", ".tfw", ".prj", "-wal", "-journal", ".shx")


class Pool:
    """Everything that a worker needs for its cases, imported once."""

    def __init__(self, root, number, targets, report):
        self.root, self.targets, self.report = root, targets, report
        self.pens = root / f"pen{number}"
        self.scenes = root / "scenes"
        self.victims = {target.name: target.victims(self.scenes) for target in targets}
        empty = [name for name, files in self.victims.items() if not files]
        assert not empty, f"nothing to damage: {empty}"
        self.samples = [
            path.read_bytes()
            for path in sorted(self.scenes.rglob("*"))
            if path.is_file() and path.stat().st_size < 200_000
        ][:200]
        import_all()
        self._warm()

    def _warm(self):
        """Read METEOR's tables and the lexicons once, in this process, for all that are forked from it."""
        folder = self.pens / "warm"
        shutil.copytree(self.scenes / "data", folder)
        platform.processor()
        run_quietly(
            lambda: call(
                "rsica_bench", ["score", str(folder / "runs/one"), "--data", str(folder / "ds"), "--draws", "10"]
            )
        )

    def case(self, seed, index, in_turn=False):
        """Run one case, of a target drawn by weight or of the next in turn; its row for the report."""
        rng = random.Random(f"{seed}/{index}")
        drawn = rng.choices(self.targets, [target.weight for target in self.targets])[0]
        target = self.targets[index % len(self.targets)] if in_turn else drawn
        victim = rng.choice(self.victims[target.name])
        shutil.rmtree(self.pens, ignore_errors=True)
        folder = self.pens / "case"
        shutil.copytree(self.scenes / target.scene, folder, copy_function=shutil.copyfile)
        outside = self.pens / "outside"
        outside.write_bytes(_OUTSIDE)
        path = folder / victim
        whole = path.read_bytes()
        how = damage(rng, path, whole, self.samples, outside)
        data = path.read_bytes() if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 26 else None
        if target.restate and data is not None and path.suffix == ".parquet":
            _restate(folder / target.restate)
        ended = run(target.work(victim), folder, target.writes)
        problems = ended.problems + _kept_damage(folder, path, whole, data, how, ended)
        if outside.read_bytes() != _OUTSIDE:
            problems.append("wrote through a link")
        if problems:
            self._keep(seed, index, path, data)
        return {
            "case": index, "target": target.name, "file": victim, "how": how, "status": ended.status, "seconds": round(ended.seconds, 3),
            "grown": ended.grown, "problems": problems, "said": (ended.err or ended.out)[-3000:] if problems else "",
        }  # fmt: skip

    def _keep(self, seed, index, path, data):
        self.report.mkdir(parents=True, exist_ok=True)
        if data is not None:
            (self.report / f"{seed}-{index}-{path.name}").write_bytes(data)


def run_quietly(work):
    """Run without output."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return work()


def import_all():
    """Import what commands import, so that a forked case begins at once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for package in ("rsica_data", "rsica_bench"):
            for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
                if not module.name.startswith(("rsica_bench.torch_metrics", "rsica_data.serve")):
                    importlib.import_module(module.name)
        for name in (
            "cv2",
            "pyarrow.parquet",
            "rasterio",
            "pyogrio",
            "osmium",
            "shapely",
            "pyproj",
            "scipy.ndimage",
            "yaml",
            "jinja2",
            "openai",
        ):
            importlib.import_module(name)
        from PIL import Image

        Image.init()


def damage(rng, path, whole, samples, outside):
    """Damage a file in its place; a word for how."""
    draw = rng.random()
    if draw < 0.06:
        return "special " + mutations.special(rng, path, outside)
    if draw < 0.10:
        path.write_bytes(rng.choice(samples))
        return "another file"
    if draw < 0.12:
        path.write_bytes(rng.choice((b"", b"\0" * 5000, bytes(range(256)) * 8, rng.randbytes(3000), b"\xff" * 4096)))
        return "nothing of it"
    how, data = _changed(rng, path, whole, samples)
    path.write_bytes(data)
    return how


def _changed(rng, path, whole, samples):
    name = path.name
    if name.endswith((".gz", ".bz2")):
        inner = {
            "osm": mutations.change_xml,
            "geojsonl": mutations.change_lines,
            "jsonl": mutations.change_lines,
            "csv": mutations.change_lines,
        }.get(name.split(".")[-2], _json)
        return "packed", mutations.change_packed(rng, whole, inner)
    if path.suffix == ".png":
        return _picture(rng, whole, samples)
    kind = _TEXT.get(path.suffix)
    if kind is not None and rng.random() < 0.85:
        change = {
            "json": _json,
            "lines": mutations.change_lines,
            "yaml": mutations.change_yaml,
            "xml": mutations.change_xml,
            "text": mutations.change_text,
        }[kind]
        return kind, change(rng, whole)
    if path.suffix == ".parquet" and rng.random() < 0.5:
        return "rows", _rows(rng, path)
    if kind is None and rng.random() < 0.08:
        beside = path.with_name(path.name + rng.choice(_BESIDE))
        beside.write_bytes(
            rng.choice((rng.choice(samples), b"<PAMDataset/>", f"/vsicurl/http://{mutations.ADDRESS}/x".encode()))
        )
        return f"beside {beside.name}", whole
    return "bytes", mutations.change_bytes(rng, whole, samples)


def _json(rng, data):
    import json

    return (
        mutations.to_json(rng, mutations.change_structure(rng, json.loads(data)))
        if rng.random() < 0.85
        else mutations.change_text(rng, data)
    )


def _picture(rng, whole, samples):
    draw = rng.random()
    if draw < 0.25:
        return "png pixels", pictures.damaged_pixels(rng, whole)
    if draw < 0.4:
        return "png chunks", pictures.changed_chunks(rng, whole)
    kind = rng.choice(pictures.FORMATS)
    if draw < 0.5:
        return f"huge {kind}", pictures.huge(rng, kind)
    return kind, mutations.change_bytes(rng, pictures.as_format(whole, kind), samples)


def _rows(rng, path):
    """A Parquet file with a value of one row changed, as far as its types can hold it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    for _ in range(20):
        rows = table.to_pylist()
        place = rng.randrange(len(rows))
        holder, key = rng.choice(list(mutations.places(rows[place])))
        holder[key] = (
            mutations.values(rng) if rng.random() < 0.7 else rng.choice((None, "", "[", "{}", -1, 0, 1e300, b"", b"x"))
        )
        try:
            out = io.BytesIO()
            schema = table.schema if rng.random() < 0.8 else None
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
            return out.getvalue()
        except (pa.ArrowException, ValueError, TypeError, OverflowError, KeyError):
            continue
    return path.read_bytes()


def _restate(folder):
    # Of a file that no reader can open the manifest keeps what it said.
    with contextlib.suppress(Exception):
        edited_dataset.restate(folder)


def _kept_damage(folder, path, whole, data, how, ended):
    """A PNG file whose pixels were damaged must not be in a dataset with other pixels than it had."""
    if how != "png pixels" or ended.status != 0 or data is None or pictures.pixels(data) == pictures.pixels(whole):
        return []
    kept = kept_pictures(folder) or ()
    return (
        [f"keeps a pair with the damaged {path.name}"] if any(name.endswith("/" + path.stem) for name in kept) else []
    )
