"""Every value of an environment, and where it comes from: the spec, a default, the catalogue, or the profile."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks.chain import chain_of
from ethgen.spec.model import NetworkSpec
from ethgen.spec.profiles import zone_spread
from ethgen.spec.sections import Keyed, is_section, section_of
from ethgen.stack import releases
from ethgen.stack.resources import consensus_sizing, execution_sizing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from ethgen.clients.facts import Process, Sizing
    from ethgen.spec.network import Network
    from ethgen.spec.node import Client
    from ethgen.spec.positions import Path

    Drawn = Mapping[str, Mapping[str, Any]]

Kind = Literal["spec", "default", "catalogue", "network", "profile", "derived"]

# Field of a client -> where its container has it in the values of the chart.
_RESOLVED: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("image",): ("image",),
    ("resources", "cpu"): ("resources", "requests", "cpu"),
    ("resources", "memory"): ("resources", "requests", "memory"),
    ("resources", "memoryLimit"): ("resources", "limits", "memory"),
}


@dataclass(frozen=True)
class Setting:
    """One value of an environment.

    Attributes:
        path: the field, from the top of the spec.
        value: plain data, None where there is none.
        kind: who decided it.
        origin: `file:line:column`, `default`, or who decided it, as in `catalogue: geth 1.17.10`.
    """

    path: Path
    value: Any
    kind: Kind
    origin: str


def drawn_of(spec: NetworkSpec) -> Drawn:
    """Return the values of every release of an environment, by its name.

    Raises:
        SpecError: the spec asks for what cannot be rendered, so that nothing can be said of its values.
    """
    return {release.name: release.values for release in releases(spec)}


def settings_of(spec: NetworkSpec, drawn: Drawn) -> dict[Path, Setting]:
    """Return every value of an environment, whose releases are `drawn`, by path, in the order of the spec's types."""
    decided = {setting.path: setting for setting in _decided(spec, drawn)}
    return {path: _effective(setting, decided.get(path)) for path, setting in written_of(spec).items()}


def written_of(spec: NetworkSpec) -> dict[Path, Setting]:
    """Return what a spec says and what its types add, by path, whether it can be rendered or not."""
    return {path: _setting(spec, path, value) for path, value in _leaves(spec, NetworkSpec, ())}


def _effective(written: Setting, decided: Setting | None) -> Setting:
    """Return what counts: a value of `releases` over one of the spec's own fields, and that over all others."""
    return decided if decided is not None and (written.value is None or decided.kind == "spec") else written


def rendered_of(spec: NetworkSpec, drawn: Drawn) -> dict[Path, Setting]:
    """Return what each client's container has beyond the fields of a spec: `ports`, and all its `args`."""
    found: dict[Path, Setting] = {}
    for name, network in spec.networks.items():
        for part in _parts(network):
            container = value_at(drawn[name], part.container)
            if container is None:
                # It runs inside another client, which has its ports and arguments.
                continue
            source = f"catalogue: {part.name} {part.chosen.version or part.version}"
            ports = [f"{port['name']} {port['port']}/{port['protocol']}" for port in container["ports"]]
            for field, value in (("ports", ports), ("args", container["args"])):
                path = ("networks", name, *part.path, field)
                found[path] = Setting(path, value, "catalogue", source)
    return found


def _setting(spec: NetworkSpec, path: Path, value: object) -> Setting:
    place = spec.positions.values.get(path)
    return Setting(path, value, "spec", str(place)) if place else Setting(path, value, "default", "default")


def _leaves(section: Any, kind: type[BaseModel], above: Path) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - plain or not
    for name, info in kind.model_fields.items():
        path, inside = (*above, info.alias or name), section_of(info.annotation)
        value = getattr(section, name)
        if isinstance(inside, Keyed):
            for key, child in (value or {}).items():
                yield from _leaves(child, inside.section, (*path, key))
        elif isinstance(value, list) or not is_section(inside):
            yield path, _plain(value)
        elif value is not None:
            yield from _leaves(value, inside, path)


def _plain(value: Any) -> Any:  # noqa: ANN401 - plain data of any type
    """Return a value as JSON has it; sections in a list become mappings."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.model_dump(by_alias=True, exclude_none=True, mode="json") if hasattr(value, "model_dump") else value


def _decided(spec: NetworkSpec, drawn: Drawn) -> Iterator[Setting]:
    """Yield what others than the spec decide where it says nothing."""
    yield Setting(("cluster", "context"), spec.context, "derived", "derived: ethgen- and the environment's name")
    if spec.cluster.zones:
        yield Setting(("cluster", "zoneSpread"), zone_spread(spec), "profile", f"profile: {spec.profile}")
    for name, network in spec.networks.items():
        here: Path = ("networks", name)
        chain = chain_of(network)
        if chain.checkpoint_url:
            yield Setting((*here, "checkpointUrl"), chain.checkpoint_url, "network", f"network: {chain.name}")
        if network.genesis is not None:
            keys = sum(key_set.keys for key_set in network.validators.values())
            yield Setting((*here, "genesis", "validators"), keys, "derived", "derived: the keys of all key sets")
        for part in _parts(network):
            yield from _of_client(spec, here, part, drawn[name])


@dataclass(frozen=True)
class _Part:
    """A client that a network's section chooses, and where it stands in the spec and in the values of the chart.

    What runs inside another client has that one's version, which is written at `around`.
    """

    path: Path
    container: Path
    chosen: Client
    name: str
    version: str
    process: Process
    sizing: Sizing | None = None
    around: Path = ()


def _parts(network: Network) -> Iterator[_Part]:
    for name, group in network.nodes.items():
        execution = EXECUTION_CLIENTS[group.execution.client]
        consensus = CONSENSUS_CLIENTS[group.consensus.client]
        here, keeps = ("nodes", name), group.execution.retention
        path = (*here, "execution")
        sizing = execution_sizing(execution, network, keeps)
        yield _Part(path, path, group.execution, execution.name, execution.version, execution.process, sizing)
        path = (*here, "consensus")
        sizing = consensus_sizing(consensus, network, keeps)
        part = _Part(path, path, group.consensus, consensus.name, consensus.version, consensus.process, sizing)
        around = (*here, "execution") if consensus.inside else ()
        yield replace(part, version=group.execution.version or execution.version, around=around) if around else part
    for name, key_set in network.validators.items():
        client = CONSENSUS_CLIENTS[key_set.client]
        if client.validator is not None:
            own, process = ("validators", name), client.validator.process
            yield _Part(own, (*own, "container"), key_set, client.name, client.version, process)


def _of_client(spec: NetworkSpec, here: Path, part: _Part, values: Mapping[str, Any]) -> Iterator[Setting]:
    path, version = (*here, *part.path), part.chosen.version or part.version
    source = f"catalogue: {part.name} {version}"
    written = spec.positions.values.get((*here, *part.around, "version")) if part.around else None
    if written is not None:
        yield Setting((*path, "version"), version, "spec", str(written))
    else:
        yield Setting((*path, "version"), version, "catalogue", source)
    for field, inside in _RESOLVED.items():
        value = value_at(values, (*part.container, *inside))
        changed = spec.positions.values.get(("releases", str(here[1]), "values", *part.container, *inside))
        if changed is not None:
            yield Setting((*path, *field), value, "spec", str(changed))
        elif value is not None and field[0] == "resources":
            yield _requested(spec, part, (*path, *field), value, source)
        elif value is not None:
            yield Setting((*path, *field), value, "catalogue", source)


def _requested(spec: NetworkSpec, part: _Part, path: Path, value: str, source: str) -> Setting:
    """Return a request with the one of three who decided it: sizing by network, the client's own, or the profile."""
    name = str(path[-1])
    if part.sizing is not None and value == getattr(part.sizing, name, None):
        return Setting(path, value, "catalogue", f"{source}, sizing from {part.sizing.source}")
    if value == getattr(part.process, name, None):
        return Setting(path, value, "catalogue", source)
    return Setting(path, value, "profile", f"profile: {spec.profile}")


def value_at(values: object, path: Path) -> Any:  # noqa: ANN401 - plain data of any type
    """Return what stands at a path of plain data, None where there is nothing."""
    for part in path:
        if isinstance(values, list) and str(part).isdecimal() and int(part) < len(values):
            values = values[int(part)]
        elif isinstance(values, dict):
            values = values.get(part)
        else:
            return None
    return values


def plain(value: Any) -> str:  # noqa: ANN401 - plain data of any type
    """Return a value as a spec would say it on one line; `none` where there is none."""
    if value is None:
        return "none"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
