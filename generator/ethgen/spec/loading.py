"""Loading a spec: read, check every field, check fields against one another, and report every mistake at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ethgen.errors import EthgenError, SpecError
from ethgen.spec import plain
from ethgen.spec.beginning import MNEMONIC_VARIABLE
from ethgen.spec.checks import Problem, located, problems_of
from ethgen.spec.documents import Document, read
from ethgen.spec.ethereum import MNEMONIC
from ethgen.spec.near import nearest
from ethgen.spec.problem import places
from ethgen.spec.types import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ethgen.spec import positions
    from ethgen.spec.model import NetworkSpec

    Check = Callable[[NetworkSpec], Iterable[Problem]]


def load(
    path: Path,
    *,
    further: Check = lambda _: (),
    draft: str | None = None,
    others: Mapping[Path, str] | None = None,
) -> NetworkSpec:
    """Return the spec in `path`, whose environment is the file's name without suffix.

    Args:
        path: the file.
        draft: what to read in place of the file's content, which may differ.
        others: the same for files that it extends, by their resolved paths.
        further: checks that are made later of a spec without mistakes; of one with mistakes they are made here, so that
            all are told at once.

    Raises:
        SpecError: every mistake found, each as `file:line:column: path: what was expected`.
    """
    if not path.is_file():
        raise SpecError([_missing(path)])
    if not NAME.matches(path.stem):
        raise SpecError([f"{path}: the name of an environment is expected to be {NAME.expected}"])
    spec = parse(read(path, draft, others), environment=path.stem, further=further)
    _read_mnemonics(spec, path.parent.parent)
    return spec


def _read_mnemonics(spec: NetworkSpec, repository: Path) -> None:
    """Read the mnemonics that stand outside the spec: the peers of a private network are known by keys made of them."""
    problems: list[Problem] = []
    for name, network in spec.networks.items():
        genesis = network.genesis
        if genesis is None or genesis.mnemonic_file is None:
            continue
        try:
            # No field of the spec, for it never stands in one.
            genesis._secret = _mnemonic(repository / genesis.mnemonic_file)  # noqa: SLF001 - see above
        except EthgenError as error:
            problems.append(Problem(("networks", name, "genesis", "mnemonicFile"), error.message))
    if problems:
        raise SpecError(located(spec, problems))


def _mnemonic(file: Path) -> str:
    text = os.environ.get(MNEMONIC_VARIABLE, "").strip()
    source = MNEMONIC_VARIABLE if text else str(file)
    try:
        text = text or file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EthgenError(f"{file} cannot be read ({error.strerror}); write it, or set {MNEMONIC_VARIABLE}") from None
    except UnicodeDecodeError:
        text = ""
    if problem := MNEMONIC.problem(text):
        raise EthgenError(f"{source} does not hold {problem.removeprefix('expected ')}")
    return text


def parse(document: Document, *, environment: str, further: Check = lambda _: ()) -> NetworkSpec:
    """Return the spec that a document holds; arguments and errors as those of `load`."""
    removed: set[positions.Path] = set()
    found: set[tuple[positions.Position, str]] = set()
    spec = plain.read(document.data)
    if spec is None:
        from ethgen.spec import partial  # noqa: PLC0415 - pydantic takes a tenth of a second to import

        spec, found, removed = partial.read(document)
        if spec is None:
            raise SpecError(_lines(found))
    spec._environment = environment  # noqa: SLF001 - not of the file's content, so no field of the model
    spec._positions = document.positions  # noqa: SLF001 - likewise
    problems = problems_of(spec)
    if found or problems:
        from ethgen.spec import partial  # noqa: PLC0415 - as above

        sound, unsound = partial.with_foundation(spec, problems)
        problems = [
            *partial.judged(problems, removed),
            *partial.judged(further(sound), removed | unsound),
        ]
        raise SpecError(_lines(found | places(document.positions, problems)))
    return spec


def _lines(found: set[tuple[positions.Position, str]]) -> list[str]:
    return [f"{place}: {text}" for place, text in sorted(found)]


def _missing(path: Path) -> str:
    if path.is_symlink() or path.exists():
        return f"{path}: is no file, nor a link to one"
    known = sorted(file.stem for file in path.parent.glob("*.yaml") if file.stem != "base" and file.is_file())
    found = f"environments here: {', '.join(known)}" if known else f"there is no environment in {path.parent}"
    return f"{path}: does not exist{nearest(path.stem, known)} ({found})"
