"""A run that is killed: every file is whole, the next run knows all of them for its own and repairs them."""

from __future__ import annotations

import os
import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest

from ethgen.render import writer
from ethgen.render.writer import TEMPORARY, RenderError, apply, plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIST = "values/local/.generated.json"
FIRST = {f"values/local/{name}.yaml": b"first\n" for name in "abc"}
# Changes a and b, removes c, makes d.
SECOND = {f"values/local/{name}.yaml": b"second\n" for name in "abd"}
THIRD = {f"values/local/{name}.yaml": b"third\n" for name in "ace"}
KILLED = 9


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Bring the files to what they shall be."""
    apply(root, plan(root, LIST, files))


def killed_at(root: Path, files: Mapping[str, bytes], step: int) -> bool:
    """Write in a process that ends at its `step`-th call of the file system; return whether it came so far."""
    child = os.fork()
    if child == 0:
        steps = count(1)

        def ending(name: str) -> object:
            real = getattr(os, name)

            def call(*arguments: object, **options: object) -> object:
                if next(steps) == step:
                    os._exit(KILLED)
                return real(*arguments, **options)

            return call

        for name in ("open", "fdopen", "replace", "unlink", "rmdir", "close"):
            setattr(writer.os, name, ending(name))
        try:
            write(root, files)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def content_of(root: Path) -> dict[str, bytes]:
    """Return the generated files that are there, without temporary ones and the list."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files if path.suffix not in {TEMPORARY, ".json"}}


@pytest.mark.parametrize("before", [{}, FIRST], ids=["nothing", "files"])
def test_wherever_a_run_ends_the_next_one_repairs(before: Mapping[str, bytes], tmp_path: Path) -> None:
    """At each of its steps a run leaves files old or new, and the next one writes what it is asked to all the same."""
    for step in count(1):
        root = tmp_path / str(step)
        root.mkdir()
        write(root, before)
        if not killed_at(root, SECOND, step):
            break
        found = content_of(root)
        for path in {*before, *SECOND}:
            assert found.get(path) in {before.get(path), SECOND.get(path)}, f"step {step}"
        changes = plan(root, LIST, SECOND)
        assert {change.path for change in changes if change.path in SECOND or change.path in before} == {
            path for path in {*before, *SECOND} if found.get(path) != SECOND.get(path)
        }
        assert [change.conflict for change in changes if change.conflict] == []
        for number, after in enumerate((SECOND, THIRD, {})):
            copy = tmp_path / f"{step}-{number}"
            shutil.copytree(root, copy)
            write(copy, after)
            assert content_of(copy) == dict(after)
            assert plan(copy, LIST, after) == []
            assert list(copy.rglob(f"*{TEMPORARY}")) == []
    assert step > 10


def test_what_a_killed_run_left_is_named(tmp_path: Path) -> None:
    """A temporary file of a killed run is stale: it is in the plan also where nothing else is to be done."""
    write(tmp_path, FIRST)
    name = f"values/local/.a.yaml{TEMPORARY}"
    (tmp_path / name).write_bytes(b"sec")
    assert [(change.path, change.state, change.action) for change in plan(tmp_path, LIST, FIRST)] == [
        (name, "stale", "delete")
    ]
    write(tmp_path, FIRST)
    assert not (tmp_path / name).exists()


def test_after_a_killed_run_an_edited_file_still_is_one(tmp_path: Path) -> None:
    """What somebody wrote into a file that a killed run was about to change is not lost."""
    write(tmp_path, FIRST)
    for step in count(1):
        if killed_at(tmp_path, SECOND, step) and (tmp_path / LIST).read_text().count("[") > 0:
            break
    (tmp_path / "values/local/a.yaml").write_bytes(b"mine\n")
    with pytest.raises(RenderError, match=r"were edited since they were generated: values/local/a\.yaml\n"):
        write(tmp_path, THIRD)


def test_a_run_that_another_overtook_is_refused(tmp_path: Path) -> None:
    """A plan that was made before another run wrote is not carried out: it would mix two specs."""
    write(tmp_path, FIRST)
    changes = plan(tmp_path, LIST, SECOND)
    write(tmp_path, THIRD)
    with pytest.raises(RenderError, match=r"\.generated\.json: was written by another run at the same time"):
        apply(tmp_path, changes)
    assert content_of(tmp_path) == THIRD


def test_runs_side_by_side_leave_one_of_their_results(tmp_path: Path) -> None:
    """Of runs with different content at the same time, each file holds what one and the same of them wrote."""
    contents = [{f"values/local/{number}.yaml": bytes([65 + run]) * 5000 for number in range(20)} for run in range(4)]
    write(tmp_path, contents[0])
    children = []
    for content in contents:
        child = os.fork()
        if child == 0:
            try:
                write(tmp_path, content)
            except RenderError:
                os._exit(1)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert content_of(tmp_path) in contents
    assert list(tmp_path.rglob(f"*{TEMPORARY}")) == []
