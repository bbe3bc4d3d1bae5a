"""Loading a spec: read, check every field, check fields against one another, and report every mistake at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ethgen.errors import EthgenError, SpecError
from ethgen.spec.checks import Problem, located, problems_of
from ethgen.spec.documents import Document, read
from ethgen.spec.ethereum import MNEMONIC
from ethgen.spec.genesis import MNEMONIC_VARIABLE
from ethgen.spec.mistakes import describe, nearest
from ethgen.spec.model import NetworkSpec
from ethgen.spec.types import NAME

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> NetworkSpec:
    """Return the spec in `path`, whose environment is the file's name without suffix.

    Raises:
        SpecError: every mistake found, each as `file:line:column: path: what was expected`.
    """
    if not path.is_file():
        raise SpecError([_missing(path)])
    if not NAME.matches(path.stem):
        raise SpecError([f"{path}: the name of an environment is expected to be {NAME.expected}"])
    spec = parse(read(path), environment=path.stem)
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
    if not MNEMONIC.matches(text):
        raise EthgenError(f"{source} does not hold {MNEMONIC.expected}")
    return text


def parse(document: Document, *, environment: str) -> NetworkSpec:
    """Return the spec that a document holds.

    Raises:
        SpecError: as `load`.
    """
    try:
        spec = NetworkSpec.model_validate(document.data)
    except ValidationError as error:
        raise SpecError(describe(error, document.positions)) from None
    spec._environment = environment  # noqa: SLF001 - not of the file's content, so no field of the model
    spec._positions = document.positions  # noqa: SLF001 - likewise
    problems = located(spec, problems_of(spec))
    if problems:
        raise SpecError(problems)
    return spec


def _missing(path: Path) -> str:
    known = sorted(file.stem for file in path.parent.glob("*.yaml") if file.stem != "base")
    found = f"environments here: {', '.join(known)}" if known else f"there is no environment in {path.parent}"
    return f"{path}: does not exist{nearest(path.stem, known)} ({found})"
