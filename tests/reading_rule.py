"""Checks that files are read through `rsica_data.core` alone; part of `make lint`.

A reader of its own has no bound on size, nesting, digits or kinds of files, and tells damage as a traceback. Where a
module of the two packages has to read by other means, it stands in `EXCEPTIONS` with the calls and the reason.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("rsica_data", "rsica_bench")
GATE = "rsica_data/core/"

CALLS = {
    *("json.load", "json.loads", "json.JSONDecoder", "gzip.open", "gzip.decompress", "gzip.GzipFile", "bz2.open"),
    *("bz2.decompress", "lzma.open", "lzma.decompress", "zlib.decompress", "zlib.decompressobj", "pickle.load"),
    *("pickle.loads", "yaml.load", "yaml.safe_load", "yaml.load_all", "yaml.safe_load_all", "yaml.compose"),
    *("yaml.parse", "yaml.scan", "csv.reader", "csv.DictReader", "tomllib.load", "tomllib.loads"),
    *("pq.ParquetFile", "pq.read_table", "pq.read_schema", "pq.read_metadata", "pq.ParquetDataset"),
    *("pd.read_csv", "pd.read_json", "pd.read_parquet", "np.load", "np.loadtxt", "np.genfromtxt"),
}
METHODS = {"read_text", "read_bytes"}

_OURS = "reads what ships inside the package"
_GATE = "is the one opening of pictures and maps, and bounds what it reads"
_IMAGES = "reads an image, whose bytes the decoders bound"
EXCEPTIONS = {
    "rsica_bench/models/command_helper.py": ({"json.loads"}, "users copy it: it imports nothing of ours"),
    "rsica_bench/models/command.py": ({"read_bytes"}, _IMAGES),
    "rsica_bench/models/mask_folder.py": ({"read_bytes"}, _IMAGES),
    "rsica_bench/models/transformers_loading.py": ({"open"}, "hashes the files of a model, of any size, in pieces"),
    "rsica_bench/leaderboard/board_pages.py": ({"read_text"}, _OURS),
    "rsica_bench/leaderboard/site/site_files.py": ({"read_text"}, _OURS),
    "rsica_bench/metrics/bpe.py": ({"read_bytes"}, "the tokenizers package parses it, in Rust"),
    "rsica_bench/metrics/meteor/resources.py": (
        {"gzip.open", "np.load", "read_text"},
        "METEOR's data out of pycocoevalcap",
    ),
    "rsica_bench/metrics/ptb/patterns.py": ({"read_text"}, _OURS),
    "rsica_bench/run/mask_scores.py": ({"read_bytes"}, _IMAGES),
    "rsica_bench/run/run_plan.py": ({"zlib.decompress"}, "unpacks what the run itself packed"),
    "rsica_data/generation/prompt_templates.py": ({"read_text", "yaml.safe_load"}, _OURS),
    "rsica_data/cli/listing.py": ({"read_text"}, _OURS),
    "rsica_data/core/workers/guard.py": ({"read_text"}, "reads the script that Python itself runs"),
    "rsica_data/core/peak_memory.py": ({"read_text"}, "reads what the kernel tells of this process"),
    "rsica_data/llm/batch_stream.py": ({"pickle.load"}, "reads back its own file without a name"),
    "rsica_data/osm/vector_files.py": ({"open"}, _GATE),
    "rsica_data/builder/packed_keys.py": ({"pickle.loads", "zlib.decompress"}, "unpacks what the build itself packed"),
    "rsica_data/imagery/png_stream.py": ({"zlib.decompressobj"}, _GATE),
    "rsica_data/imagery/raster_files.py": ({"open", "read_bytes"}, _GATE),
    "rsica_data/dataset/quality/blind.py": ({"pickle.loads", "read_bytes"}, "reads back a file of its own command"),
    "rsica_data/dataset/report/content.py": ({"read_text"}, _OURS),
    "rsica_data/text/normalized/literals.py": (
        {"json.loads"},
        "looks for JSON inside a reply, and counts its brackets first",
    ),
    "rsica_data/text/yaml_files.py": ({"read_text", "yaml.load"}, _OURS),
}


def uses(source):
    """(line, call) of every call in a module's source that reads a file or text by its own means."""
    tree = ast.parse(source)
    names = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            call = _call(node, names)
            if call is not None:
                yield node.lineno, call


def _aliases(tree):
    """Local name to full name of what is imported, so that no alias hides a call."""
    short = {"pyarrow.parquet": "pq", "pandas": "pd", "numpy": "np"}
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname or one.name: short.get(one.name, one.name) for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for one in node.names:
                full = f"{node.module}.{one.name}"
                names[one.asname or one.name] = short.get(full, f"{short.get(node.module, node.module)}.{one.name}")
    return names


def _call(node, names):
    called = node.func
    full = ast.unparse(called)
    root, dot, rest = full.partition(".")
    resolved = names.get(full) or (names.get(root, root) + dot + rest)
    if resolved in CALLS:
        return resolved
    if isinstance(called, ast.Attribute) and called.attr in METHODS:
        return called.attr
    is_open = resolved in ("open", "io.open") or (isinstance(called, ast.Attribute) and called.attr == "open")
    method = isinstance(called, ast.Attribute) and resolved != "io.open"
    return "open" if is_open and _reads(node, method=method) else None


def _reads(node, method):
    """Whether a call of ``open`` opens a file for reading; ``os.open`` and rasters take no mode of this kind."""
    modes = [word.value for word in node.keywords if word.arg == "mode"] or node.args[0 if method else 1 :][:1]
    if not modes:
        # `path.open()` reads; so does `path.open(encoding=..)`. Others' `open(x)` with one argument is no file of text.
        return not node.args if method else True
    mode = modes[0]
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value in ("r", "rb", "rt")


def problems(root=ROOT):
    """What breaks the rule, one line each; exceptions that nothing uses any more as well."""
    told = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if name.startswith(GATE):
                continue
            allowed = EXCEPTIONS.get(name, (set(), ""))[0]
            made = list(uses(path.read_text(encoding="utf-8")))
            told += [
                f"{name}:{line}: {call}: read it through rsica_data.core" for line, call in made if call not in allowed
            ]
            told += [f"{name}: the exception for {call} is not needed" for call in allowed - {call for _, call in made}]
    told += [f"{name}: no such module" for name in EXCEPTIONS if not (root / name).is_file()]
    return told


if __name__ == "__main__":
    found = problems()
    print("\n".join(found) or "files are read through rsica_data.core alone")
    sys.exit(1 if found else 0)
