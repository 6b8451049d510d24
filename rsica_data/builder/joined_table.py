"""The table ``conversations`` of a built dataset: messages and both images in one row, as viewers and trainers read it.

It follows from the other files, so that it is in no manifest: a build that lacks it makes it, one that has it is done.
"""

from __future__ import annotations

from pathlib import Path

from rsica_data.core.files import remove_partial, write_atomic
from rsica_data.core.text_encoding import read_user_text
from rsica_data.dataset.export import trl
from rsica_data.dataset.export.card import CardContext, is_own_card, write_card
from rsica_data.dataset.opening import open_dataset

CONVERSATIONS = "conversations"


def add_conversations(out: Path) -> None:
    """Write the table into the folder of a finished build, and its name into the card.

    Args:
        out: the dataset. Files of the table that are there stay: each is written whole, and follows from its shard.
    """
    dataset = open_dataset(out)
    folder = out / CONVERSATIONS
    if folder.is_dir():
        remove_partial(folder)
    if not all((folder / shard.pairs.name).is_file() for shard in dataset.shards()):
        folder.mkdir(exist_ok=True)
        trl.export(dataset, folder, trl.TrlOptions())
    card = out / "README.md"
    if not card.is_file() or is_own_card(read_user_text(card)):
        write_atomic(card, write_card(out, dict(dataset.manifest), CardContext(conversations=True)))
