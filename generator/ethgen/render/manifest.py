"""The list of generated files with their SHA-256, which stands beside them: what a later run may replace and remove.

A run that is killed leaves some files old and some new. So the list is written twice: before the first file changes
with the digests of what each file holds and of what it is to hold, and in the end with the latter alone. Whatever
moment a run ends at, every file it wrote is known as generated.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, TypeAlias

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Every content that a run has written or was about to write, by path; one of them but after a killed run.
Digests: TypeAlias = "dict[str, tuple[str, ...]]"

# What is generated for an environment stands in a folder of its name in each of these.
FOLDERS = ("values", "gitops")

# A mapping of lists.
_DEEPEST = 2


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def after(files: Mapping[str, bytes]) -> bytes:
    """Return the list that stands beside the files of a finished run."""
    return _text({path: digest(content) for path, content in files.items()})


def between(before: Digests, files: Mapping[str, bytes]) -> bytes:
    """Return the list that stands there while a run goes on: what files hold, or are to hold."""
    entries: dict[str, str | list[str]] = {}
    for path in {*before, *files}:
        wanted = [digest(files[path])] if path in files else []
        known = list(dict.fromkeys([*before.get(path, ()), *wanted]))
        entries[path] = known[0] if len(known) == 1 else known
    return _text(entries)


def read(content: bytes | None, path: str, top: str) -> Digests:
    """Return what a list says; nothing where there is none.

    Args:
        content: the list.
        path: the list, from the repository's root. In the folder of an environment's values it can name files below the
            environment's own folders only, elsewhere below the folder that it stands in.
        top: what stands before paths from the root, for the error.

    Raises:
        EthgenError: it is no such list, or names a file that is not below a folder of its environment.
    """
    if content is None:
        return {}
    folders = _folders(path)
    try:
        entries = json.loads(content) if _is_shallow(content) else None
    except ValueError:
        entries = None
    if isinstance(entries, dict) and all(_is_below(file, folders) for file in entries) and path not in entries:
        digests = {file: (entry,) if isinstance(entry, str) else entry for file, entry in entries.items()}
        if all(_is_known(entry) for entry in digests.values()):
            return {file: tuple(entry) for file, entry in digests.items()}
    raise EthgenError(
        f"{top}{path}: is not a list of generated files below {' and '.join(f'{folder}/' for folder in folders)}",
        cure=f"restore it from git, or remove {' and '.join(f'{top}{folder}' for folder in folders)} whole, "
        f"and run {'`ethgen render`' if len(folders) > 1 else 'the same command again'}",
    )


def _folders(path: str) -> list[str]:
    """Return the folders whose files a list can name."""
    folder = path.rpartition("/")[0]
    kind, _, environment = folder.partition("/")
    return [f"{each}/{environment}" for each in FOLDERS] if kind in FOLDERS else [folder]


def _is_shallow(content: bytes) -> bool:
    # The parser follows nesting on the processor's own stack, which ends before any limit of libraries that raise it.
    depth = 0
    for bracket in re.finditer(rb"[][{}]", content):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > _DEEPEST:
            return False
    return True


def _is_below(file: str, folders: Sequence[str]) -> bool:
    # Whatever the list says: what it names may be removed, so no way leads out of its folders.
    inside = [file.removeprefix(f"{folder}/").split("/") for folder in folders if file.startswith(f"{folder}/")]
    return bool(inside) and not {"", ".", ".."} & {*inside[0]} and "\0" not in file


def _is_known(entry: object) -> bool:
    return isinstance(entry, list | tuple) and all(isinstance(digest, str) for digest in entry)


def _text(entries: Mapping[str, str | list[str]]) -> bytes:
    return (json.dumps(dict(sorted(entries.items())), indent=2) + "\n").encode()
