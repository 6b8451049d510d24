"""The obvious script for what `rsica-data build changechat-105k` does, and the least that any build has to do.

    python benchmarks/build_peer.py peer TREE OUT     (PIL, cv2 contours, json.dump; one process)
    python benchmarks/build_peer.py bound TREE OUT    (copy every image's bytes, decode the labels)

`peer` is what one would write by hand for a LEVIR-MCI folder: open each image with Pillow, count and place the contours
of a label with OpenCV, write the five parts as lists of conversations. It proves nothing whole, keeps no images, no
facts and no hashes, and cannot be resumed. `benchmarks/build.py` runs both beside the build.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLASSES = {"road": 128, "building": 255}
CELLS = [f"{row}-{column}" for row in ("top", "center", "bottom") for column in ("left", "center", "right")]


def captions_of(tree: Path) -> dict[str, list[str]]:
    for name in ("LevirCCcaptions.json", "LevirCCcaptions.json.gz"):
        if (tree / name).is_file():
            opened = gzip.open if name.endswith(".gz") else open
            with opened(tree / name, "rt", encoding="utf-8") as stream:
                images = json.load(stream)["images"]
            return {image["filename"]: [s["raw"].strip() for s in image["sentences"]] for image in images}
    return {}


def measure(label: NDArray[np.uint8]) -> tuple[dict[str, int], dict[str, list[str]]]:
    counts: dict[str, int] = {}
    cells: dict[str, list[str]] = {}
    height, width = label.shape
    for name, value in CLASSES.items():
        binary = (label == value).astype(np.uint8)
        contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        counts[name] = len(contours)
        places: set[str] = set()
        for contour in contours:
            moments = cv2.moments(contour)
            if moments["m00"]:
                x, y = int(moments["m10"] / moments["m00"]), int(moments["m01"] / moments["m00"])
                places.add(CELLS[3 * (3 * y // height) + 3 * x // width])
        cells[name] = sorted(places)
    return counts, cells


def row(name: str, *turns: str) -> dict[str, object]:
    roles = ("human", "gpt")
    return {
        "id": name,
        "image": [f"A/{name}", f"B/{name}"],
        "conversations": [{"from": roles[number % 2], "value": text} for number, text in enumerate(turns)],
    }


def rows_of(
    name: str, captions: Sequence[str], counts: Mapping[str, int], cells: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, dict[str, object]]]:
    changed = any(counts.values())
    totals = "; ".join(f"{kind}: {number}" for kind, number in counts.items())
    places = "; ".join(f"{kind}: {', '.join(where) or 'none'}" for kind, where in cells.items())
    yield from (("caption", row(name, "Please describe the changes.", text)) for text in captions)
    yield "classify", row(name, "Have any changes occurred? Answer yes or no.", "yes" if changed else "no")
    yield "count", row(name, "How many roads and buildings have changed?", totals)
    yield "locate", row(name, "Where are the changed roads and buildings in a 3x3 grid?", places)
    yield "dialogue", row(name, "Any changes?", "yes" if changed else "no", "How many?", totals, "Describe.", places)


def peer(tree: Path, out: Path) -> None:
    captions = captions_of(tree)
    parts: dict[str, list[dict[str, object]]] = {}
    for split in ("train", "test"):
        for path in sorted((tree / "images" / split / "A").glob("*.png")):
            images = [np.asarray(Image.open(path.parents[1] / side / path.name).convert("RGB")) for side in "AB"]
            label = np.asarray(Image.open(path.parents[1] / "label" / path.name).convert("L"))
            assert images[0].shape == images[1].shape and images[0].shape[:2] == label.shape
            for part, item in rows_of(path.name, captions.get(path.name, []), *measure(label)):
                parts.setdefault(f"{split}_{part}", []).append(item)
    for name, items in parts.items():
        with (out / f"{name}.json").open("w") as stream:
            json.dump(items, stream)


def bound(tree: Path, out: Path) -> None:
    with (out / "images.bin").open("wb") as stream:
        for split in ("train", "test"):
            for path in sorted((tree / "images" / split / "A").glob("*.png")):
                for side in ("A", "B"):
                    stream.write((path.parents[1] / side / path.name).read_bytes())
                np.asarray(Image.open(path.parents[1] / "label" / path.name))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    kind, tree, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    {"peer": peer, "bound": bound}[kind](tree, out)
