"""A fleet as a Mermaid flowchart, for pages that draw it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.report.fleet import Fleet, FleetNetwork


def mermaid(fleet: Fleet) -> str:
    """Return the text of a flowchart; every label is quoted, so that no name can be taken for syntax."""
    return "\n".join(_lines(fleet)) + "\n"


def _lines(fleet: Fleet) -> Iterator[str]:
    yield "flowchart LR"
    yield f"  subgraph environment[{_label(f'environment {fleet.name}', fleet.facts)}]"
    for index, network in enumerate(fleet.networks):
        yield from (f"    {line}" for line in _network(f"n{index}", network))
    yield "  end"
    for index, network in enumerate(fleet.networks):
        here = f"n{index}"
        callers = network.callers or ("nobody outside the namespace",)
        yield f"  {here}callers([{_label('may call JSON-RPC', *callers)}]) --> {here}rpc"
        yield f"  {here}nodes <--> {here}peers([{_label(*network.peers)}])"


def _network(here: str, network: FleetNetwork) -> Iterator[str]:
    yield f"subgraph {here}[{_label(f'namespace {network.name}', network.chain)}]"
    yield f"  {here}rpc{{{{{_label('Service rpc', network.service)}}}}} --> {here}nodes"
    if network.validators:
        yield f"  {here}beacon{{{{{_label('Service beacon', 'ready nodes only')}}}}} --> {here}nodes"
    yield f'  subgraph {here}nodes["nodes"]'
    for index, group in enumerate(network.nodes):
        pods = "1 pod" if group.pods == 1 else f"{group.pods} pods"
        yield f"    {here}g{index}[{_label(f'{group.name}, {pods}', *group.lines)}]"
    yield "  end"
    for index, key_set in enumerate(network.validators):
        yield f"  {here}v{index}[{_label(f'validators {key_set.name}', *key_set.lines)}] --> {here}beacon"
    yield "end"


def _label(*lines: str) -> str:
    """Return a quoted label; Mermaid writes characters of its own syntax as entities."""
    escaped = (line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;") for line in lines)
    return f'"{"<br>".join(escaped)}"'
