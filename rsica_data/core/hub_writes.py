"""Small files of a repository of the Hugging Face Hub (``hf://``), read as they are now and written on a condition.

Each write there is a commit. One that names the commit before it is refused where another one has come between
(412, or 409 while another is being made): so a file is replaced where it is what it was thought to be, and not else.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

_CAME_BETWEEN = (409, 412)
_TRIES = 20
"""How often others may commit to the repository between a look at it and the write."""


def swap(system: Any, path: str, expected: bytes | None, data: bytes | None) -> bool | None:
    """Write a small file where it has an expected content; where it has the new one already, all is well.

    Args:
        system: `huggingface_hub.HfFileSystem`.
        path: the file's name within it.
        expected: the content that it has to have; None where none may be there.
        data: the new content; None deletes it.

    Returns:
        True where it has the new content; False where it had another one than expected; None in a bucket, which has
        no commits.

    Raises:
        FileNotFoundError: no such repository or branch.
        ConnectionError: others have committed again and again.
        HfHubHTTPError: the Hub refuses it, or fails.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    place = system.resolve_path(path)
    if not hasattr(place, "repo_id"):
        return None
    name, where = place.path_in_repo, _repository(place)
    add, delete = CommitOperationAdd, CommitOperationDelete
    api = HfApi(endpoint=system.endpoint, token=system.token)
    for _ in range(_TRIES):
        head = str(api.repo_info(**where).sha)
        content = _content(system, place, head)
        if content == data:
            return True
        if content != expected:
            return False
        operation = delete(name) if data is None else add(name, data)
        message = f"{'Unlock' if data is None else 'Lock'} {name.rpartition('/')[0] or 'the repository'}"
        try:
            api.create_commit(operations=[operation], commit_message=message, parent_commit=head, **where)
        except HfHubHTTPError as error:
            if error.response.status_code not in _CAME_BETWEEN:
                raise
        else:
            return True
    raise ConnectionError("others commit to the repository all the time")


def read(system: Any, path: str) -> bytes | None:
    """The content of a small file; None where it is not there.

    What other threads do with ``system`` meanwhile has no effect: a file that one of them has just not listed is there.

    Raises:
        FileNotFoundError: no such repository or branch.
        HfHubHTTPError: the Hub refuses it, or fails.
    """
    from huggingface_hub import HfApi

    place = system.resolve_path(path)
    if not hasattr(place, "repo_id"):
        return _cat(system, path)
    api = HfApi(endpoint=system.endpoint, token=system.token)
    return _content(system, place, str(api.repo_info(**_repository(place)).sha))


def _repository(place: Any) -> dict[str, Any]:
    return {"repo_id": place.repo_id, "repo_type": place.repo_type, "revision": place.revision}


def _content(system: Any, place: Any, commit: str) -> bytes | None:
    """What a file has in a commit; None where it is not there."""
    from huggingface_hub.constants import REPO_TYPES_URL_PREFIXES

    repository = REPO_TYPES_URL_PREFIXES.get(place.repo_type, "") + place.repo_id
    return _cat(system, f"{repository}@{commit}/{place.path_in_repo}")


def _cat(system: Any, path: str) -> bytes | None:
    own = type(system)(endpoint=system.endpoint, token=system.token, skip_instance_cache=True)
    with suppress(FileNotFoundError):
        return bytes(own.cat_file(path))
    return None
