"""`ethgen graph`: an environment as a picture and as a flowchart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from ethgen.report.fleet import Fleet, FleetNetwork, Nodes, Validators
from ethgen.report.fleet_mermaid import mermaid
from ethgen.report.fleet_svg import svg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPACE = "{http://www.w3.org/2000/svg}"


def large() -> Fleet:
    """Return three networks of eight groups each, with names as long as a spec allows."""
    lines = ("execution: nethermind 2.2.2, post-merge", "consensus: lighthouse 8.3.3", "volume: 14000Gi each")
    nodes = tuple(Nodes(f"{'n' * 38}-{index}", index, lines) for index in range(8))
    signers = tuple(Validators(name, ("prysm 7.3.1", "1000 keys")) for name in ("a", "b"))
    network = FleetNetwork(
        "m" * 40, 'mainnet <&> "1"', nodes, signers, "LoadBalancer", ("namespace gateway",), ("peers", "out there")
    )
    return Fleet("large", "profile staging", (network,) * 3)


def texts(picture: str) -> list[str]:
    """Return what stands in a picture, without tooltips."""
    found = ET.fromstring(picture).iter(f"{SPACE}text")  # noqa: S314 - made here
    return ["".join([text.text or "", *(child.tail or "" for child in text)]) for text in found]


def test_the_picture_names_what_runs(fleet: Path, call: Callable[..., Any]) -> None:
    """Networks, groups with clients and volumes, Services, callers and peers stand in the picture."""
    assert fleet
    status, output, errors = call("graph", "--env", "one")
    assert (status, errors) == (0, "")
    assert texts(output)[:15] == [
        "Environment one",
        "profile staging · context shared · 1 network · 2 nodes",
        "hoodi",
        "namespace · hoodi, chain id 560048",
        "geth-lighthouse",
        "2 pods",
        "execution: geth 1.17.10, full",
        "consensus: lighthouse 8.3.3",
        "volume: 900Gi each",
        "May call JSON-RPC",
        "namespace gateway",
        "Service rpc",
        "ClusterIP, ready nodes",
        "hoodi peers",
        "on the internet",
    ]


def test_nothing_stands_outside_the_picture() -> None:
    """At three networks of eight groups, every box is inside, and no two cards of one frame overlap."""
    picture = svg(large())
    root = ET.fromstring(picture)  # noqa: S314 - made here
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        for box in root.iter(f"{SPACE}rect")
        if "x" in box.attrib
    ]
    assert len(boxes) > 60
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    cards = sorted({box for box in boxes if box[2:] == (300.0, 92.0)})
    marks = {(x, y) for x, y, w, _ in boxes if w == 5}
    cards = [card for card in cards if card[:2] in marks]
    assert len(cards) == 24
    for index, (x, y, w, h) in enumerate(cards):
        assert not any(x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h for x2, y2, w2, h2 in cards[:index])


def test_long_text_is_cut_and_kept_as_a_tooltip() -> None:
    """A name that has no room ends in an ellipsis, and the whole of it is the element's title."""
    picture = svg(large())
    assert re.search(r"<title>n{38}-0</title>n+…</text>", picture)
    assert 'mainnet &lt;&amp;&gt; "1"' in picture


def test_the_same_fleet_is_the_same_picture(fleet: Path, call: Callable[..., Any]) -> None:
    """The picture is a function of the spec; a file that would not change is not touched."""
    assert svg(large()) == svg(large())
    assert call("graph", "--env", "two", "--output", "fleet.svg") == (0, "", "")
    target = fleet.parent / "fleet.svg"
    before = target.stat().st_mtime_ns
    assert target.read_text() == call("graph", "--env", "two").output
    assert call("graph", "--env", "two", "--output", "fleet.svg") == (0, "", "")
    assert target.stat().st_mtime_ns == before


def test_only_a_file_is_written(fleet: Path, call: Callable[..., Any]) -> None:
    """A folder that is not there is not made, and one in place of the file is told by its own name."""
    before = sorted(fleet.parent.rglob("*"))
    assert call("graph", "--env", "two", "--output", "none/fleet.svg") == (
        2,
        "",
        "error: none: is no folder\n  cure: make it, or name a file in another one\n",
    )
    assert call("graph", "--env", "two", "--output", "environments") == (
        2,
        "",
        "error: environments: is a folder\n  cure: name a file\n",
    )
    assert sorted(fleet.parent.rglob("*")) == before


def test_the_flowchart_is_quoted(fleet: Path, call: Callable[..., Any]) -> None:
    """A Mermaid flowchart has the same, every label in quotes."""
    assert fleet
    assert call("graph", "--env", "one", "--format", "mermaid") == (
        0,
        (
            "flowchart LR\n"
            '  subgraph environment["environment one<br>profile staging · context shared · 1 network · 2 nodes"]\n'
            '    subgraph n0["namespace hoodi<br>hoodi, chain id 560048"]\n'
            '      n0rpc{{"Service rpc<br>ClusterIP"}} --> n0nodes\n'
            '      subgraph n0nodes["nodes"]\n'
            '        n0g0["geth-lighthouse, 2 pods<br>execution: geth 1.17.10, full<br>consensus: lighthouse 8.3.3'
            '<br>volume: 900Gi each"]\n'
            "      end\n"
            "    end\n"
            "  end\n"
            '  n0callers(["may call JSON-RPC<br>namespace gateway"]) --> n0rpc\n'
            '  n0nodes <--> n0peers(["hoodi peers<br>on the internet"])\n'
        ),
        "",
    )
    assert "mainnet #lt;&> #quot;1#quot;" in mermaid(large())


def test_a_private_network_has_validators_and_no_peers_outside(fleet: Path, call: Callable[..., Any]) -> None:
    """Key sets lead to the Service `beacon`, and nobody is said to be reached outside."""
    assert fleet
    found = texts(call("graph", "--env", "two").output)
    assert {"Validators a", "Service beacon", "ready nodes only", "each other", "no peers outside"} <= set(found)
    assert "nobody outside the namespace" in found
