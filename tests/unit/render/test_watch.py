"""The watch, in this process: what a process of its own cannot be made to meet at will."""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING, Any

import watchfiles

from ethgen.render import watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

SPEC = """\
profile: staging
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 4Ti}}
"""


def test_a_folder_that_goes_before_it_is_watched_is_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken environment's folder that is removed just before its watch begins is rendered anew."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/one.yaml").write_text(SPEC)
    (tmp_path / "values/one").mkdir(parents=True)
    (tmp_path / "values/one/.generated.json").write_text("broken")
    real, calls = watchfiles.watch, count()

    def late(*folders: str, **options: Any) -> Iterator[object]:  # noqa: ANN401 - whatever the watch is given
        if str(tmp_path / "values/one") in folders and next(calls) == 0:
            (tmp_path / "values/one").rename(tmp_path / "gone")
        return real(*folders, **options)

    monkeypatch.setattr(watch, "watch", late)
    reports = watch.Watch(tmp_path).reports()
    first, second = next(reports), next(reports)
    assert "is not a list of generated files" in str(first.error)
    assert (second.error, next(calls)) == (None, 1)
    assert (tmp_path / "values/one/hoodi.yaml").is_file()


def test_an_error_is_told_again_only_when_its_own_file_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file's save, which a broken environment may need, is tried; only what comes of it that is new is told."""
    environments = tmp_path / "environments"
    environments.mkdir()
    (environments / "one.yaml").write_text(SPEC.replace("client: geth", "client: gethh"))

    def saves(*_folders: str, **_options: object) -> Iterator[object]:
        (environments / "draft").write_text(SPEC)
        yield None
        (environments / "one.yaml").write_text(SPEC.replace("client: geth", "client: gethhh"))
        yield None
        (environments / "draft").replace(environments / "one.yaml")
        yield None

    monkeypatch.setattr(watch, "watch", saves)
    reports = islice(watch.Watch(tmp_path).reports(), 3)
    found = [report.error and str(report.error) for report in reports]
    assert ['"gethh"' in (found[0] or ""), '"gethhh"' in (found[1] or ""), found[2]] == [True, True, None]
