"""SPICE (Anderson et al. 2016) through the jar that pycocoevalcap ships.

There is no Python SPICE: it parses every caption with Stanford CoreNLP 3.6.0 in Java. pycocoevalcap has SPICE's jar and
downloads CoreNLP on first use; nothing is downloaded here, and SPICE is absent, by name, until the two files are there.

Figures:
    SPICE: mean of the items' F1 of scene graph tuples of a text and its references. Averaging: mean over items.
        Source: Anderson et al. 2016, coco-caption.
"""

from __future__ import annotations

import importlib.util
import json
import math
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import check_lengths
from rsica_bench.metrics.meteor.resources import cache_folder
from rsica_data.core.extras import install_command
from rsica_data.core.json_text import read_json

_CORENLP = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")
_HINT = "`python -m pycocoevalcap.spice.get_stanford_models` fetches CoreNLP"


class SpiceError(RuntimeError):
    """The jar ended without scores."""


def spice_folder() -> Path | None:
    """Folder of SPICE's jar in an installed pycocoevalcap."""
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "spice"


def spice_missing_reason(folder: Path | None = None) -> str | None:
    """Why SPICE cannot be computed here; None where it can."""
    folder = folder or spice_folder()
    if folder is None or not (folder / "spice-1.0.jar").is_file():
        return f"needs pycocoevalcap: {install_command('reference')}"
    if not all((folder / "lib" / name).is_file() for name in _CORENLP):
        return f"needs Stanford CoreNLP 3.6.0 in pycocoevalcap: {_HINT}"
    return None if shutil.which("java") else "needs a Java runtime (`java` on the PATH)"


def spice_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], folder: Path | None = None
) -> NDArray[np.float64]:
    """SPICE of each item, shape ``[N]``; the corpus score is the mean, as coco-caption has it.

    Args:
        hypotheses: tokenised texts.
        references: tokenised texts, one or more an item.
        folder: of the jar; None for pycocoevalcap's.

    Raises:
        SpiceError: the jar fails or leaves an item out.
        UserError: not as many texts as items with references.
    """
    check_lengths("texts", references, hypotheses)
    folder = folder or spice_folder()
    assert folder is not None
    asked = [
        {"image_id": number, "test": text, "refs": list(meant)}
        for number, (text, meant) in enumerate(zip(hypotheses, references, strict=True))
    ]
    cache = cache_folder() / "spice"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        written, answered = Path(place, "in.json"), Path(place, "out.json")
        written.write_text(json.dumps(asked), encoding="utf-8")
        command = ["java", "-Xmx8G", "-jar", "spice-1.0.jar", str(written), "-cache", str(cache)]
        ended = subprocess.run(
            [*command, "-out", str(answered), "-subset", "-silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode or not answered.is_file():
            text = (ended.stderr.strip() or ended.stdout.strip() or "no message").splitlines()[-1]
            raise SpiceError(f"its Java process failed ({ended.returncode}): {text}")
        item_scores = {row["image_id"]: row["scores"]["All"]["f"] for row in read_json(answered, surrogates="keep")}
    scores = np.array([_number(item_scores.get(number)) for number in range(len(asked))])
    if np.isnan(scores).any():
        raise SpiceError(f"no score for {int(np.isnan(scores).sum())} items")
    return scores


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
