"""What a chart holds: its values, their schema, its templates, its definitions and its subcharts."""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ethgen.cluster.charts.yaml_text import require_shallow
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Helm's own limits of what it unpacks (helm.sh/helm/v3/pkg/chart/loader: MaxDecompressedChartSize and file size).
_LARGEST_CHART = 100 * 1024 * 1024
_LARGEST_FILE = 5 * 1024 * 1024

_AGAIN = "remove it and obtain it again"

# Charts in charts in charts: no real one goes further than four.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class PackagedChart:
    """A chart as its files.

    Attributes:
        metadata: its Chart.yaml.
        values: text of its values.yaml; empty where it has none.
        schema: text of its values.schema.json; empty where it has none.
        templates: text of its templates, by path below the chart.
        files: text of what its templates may read of its folder files/, by path; templates among it.
        definitions: paths of the files in its folder crds/, which Helm installs once and never again.
        subcharts: the charts in its folder charts/, by the name that their values stand below.
    """

    metadata: Mapping[str, Any]
    values: str = ""
    schema: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    definitions: tuple[str, ...] = ()
    subcharts: Mapping[str, PackagedChart] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its own name."""
        return str(self.metadata.get("name", ""))

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.metadata.get("version", ""))

    @property
    def dependencies(self) -> list[dict[str, Any]]:
        """What its Chart.yaml says of its subcharts."""
        return list(self.metadata.get("dependencies") or ())


def read_chart(path: Path) -> PackagedChart:
    """Return the chart of a folder or of a packaged chart.

    Raises:
        ChartError: it is neither, or its Chart.yaml is not what Helm takes for one.
    """
    if path.is_dir():
        files = {
            f"chart/{file.relative_to(path).as_posix()}": file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
        return _chart(files, str(path), _DEEPEST)
    return _chart(_unpacked(path.read_bytes(), str(path)), str(path), _DEEPEST)


def metadata_of(path: Path) -> PackagedChart:
    """Return what the Chart.yaml of a packaged chart says, and nothing else of it.

    Raises:
        ChartError: it has none.
    """
    try:
        with tarfile.open(path, mode="r:gz") as archive:
            # Helm writes it first; one of a subchart stands deeper.
            for member in archive:
                if re.fullmatch(r"[^/]+/Chart\.yaml", posixpath.normpath(member.name)) and member.size <= _LARGEST_FILE:
                    stream = archive.extractfile(member)
                    return PackagedChart(_metadata(stream.read() if stream else b"", str(path)))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ChartError(f"{path}: is no packaged chart: {error}", cure=_AGAIN) from error
    raise ChartError(f"{path}: holds no chart: it has no Chart.yaml with a name", cure="name a packaged chart")


def _unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """Return the files of a packaged chart, by their path with the chart's folder in front."""
    files: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for member in archive:
                total += member.size
                if total > _LARGEST_CHART or member.size > _LARGEST_FILE:
                    raise ChartError(f"{name}: is larger than Helm takes", cure="is it a packaged chart?")
                if member.isfile() and (stream := archive.extractfile(member)) is not None:
                    files[posixpath.normpath(member.name)] = stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ChartError(f"{name}: is no packaged chart: {error}", cure=_AGAIN) from error
    return files


def _chart(files: Mapping[str, bytes], name: str, depth: int) -> PackagedChart:
    inside = {path.partition("/")[2]: content for path, content in files.items() if "/" in path}
    metadata = _metadata(inside.get("Chart.yaml", b""), name)
    if depth == 0:
        raise ChartError(f"{name}: holds charts in charts without end", cure=_AGAIN)
    return PackagedChart(
        metadata=metadata,
        values=_text(inside.get("values.yaml", b"")),
        schema=_text(inside.get("values.schema.json", b"")),
        templates={path: _text(content) for path, content in inside.items() if path.startswith("templates/")},
        files={path: _text(content) for path, content in inside.items() if path.startswith("files/")},
        definitions=tuple(sorted(path for path in inside if path.startswith("crds/"))),
        subcharts=dict(_subcharts(inside, metadata, name, depth)),
    )


def _subcharts(
    files: Mapping[str, bytes], metadata: Mapping[str, Any], name: str, depth: int
) -> Iterator[tuple[str, PackagedChart]]:
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        top, _, rest = path.partition("/")
        if top != "charts":
            continue
        folder, slash, _ = rest.partition("/")
        if slash:
            folders.setdefault(folder, {})[rest] = content
        elif folder.endswith(".tgz"):
            folders[folder] = _unpacked(content, f"{name}: {path}")
    found = [
        _chart(folder, f"{name}: charts/{below}", depth - 1)
        for below, folder in folders.items()
        if any(path.partition("/")[2] == "Chart.yaml" for path in folder)
    ]
    for chart in found:
        wanted = [each for each in metadata.get("dependencies") or () if each["name"] == chart.name]
        for key in [each.get("alias") or chart.name for each in wanted] or [chart.name]:
            yield key, chart


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _metadata(content: bytes, name: str) -> dict[str, Any]:
    """Return what a Chart.yaml says, of which everything that is read here has its right type."""
    found = _yaml(content, f"{name}: Chart.yaml")
    if not isinstance(found, dict) or not found.get("name"):
        raise ChartError(f"{name}: holds no chart: it has no Chart.yaml with a name", cure="name a packaged chart")
    for key in ("name", "version"):
        if not isinstance(found.get(key, ""), str):
            raise ChartError(f"{name}: Chart.yaml: {key} is no text", cure=_AGAIN)
    dependencies = found.get("dependencies") or []
    if not isinstance(dependencies, list) or not all(map(_is_dependency, dependencies)):
        raise ChartError(f"{name}: Chart.yaml: dependencies is no list of charts with names", cure=_AGAIN)
    return found


def _is_dependency(found: object) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("name"), str)
        and isinstance(found.get("alias"), str | None)
        and isinstance(found.get("condition"), str | None)
    )


def _yaml(content: bytes, name: str) -> Any:  # noqa: ANN401 - plain data of any type
    import yaml  # noqa: PLC0415 - only where a chart is read

    require_shallow(_text(content), name)
    try:
        return yaml.load(content, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ChartError(f"{name}: {error}", cure=_AGAIN) from error
