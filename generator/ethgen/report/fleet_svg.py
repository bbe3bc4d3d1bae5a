"""A fleet as one picture in SVG: a panel for each network, read from the left (who calls) to the right (the peers)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.report.fleet import Fleet, FleetNetwork, Nodes

# Pixels; one panel beside the margin.
_MARGIN = 24
_HEADER = 76
_PANEL_TITLE = 52
_PAD = 20
_GAP = 14

# The columns of a panel: who uses the network, the Services, the nodes, the peers.
_USERS = 236
_SERVICES = 190
_CARD = 300
_PEERS = 156
_ARROW = 44

_CARD_HEIGHT = 92
_USER_HEIGHT = 62
_SERVICE_HEIGHT = 54
_LINE = 18

# Letters that a network's name has room for: all that a spec allows.
_TITLE = 40

# More than this many groups stand in two columns, and again in three.
_PER_COLUMN = 4
_COLUMNS = 3

_BLUE, _GREEN, _AMBER, _GREY = "#2f6fb3", "#2e8555", "#b7791f", "#6b7280"
_INK, _MUTED, _PANEL, _LINE_COLOUR, _PAPER = "#1f2933", "#52606d", "#f5f7fa", "#cbd2d9", "#ffffff"

# The width of an average character of these fonts, in parts of the font's size: text is cut by it, not measured.
_WIDE = 0.56
_WIDE_BOLD = 0.64

_FONT = "font-family=\"'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif\""


class _Box(NamedTuple):
    """A rectangle: the place of its upper left corner, its width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Half-way down."""
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width


def svg(fleet: Fleet) -> str:
    """Return the picture; the same fleet gives the same bytes."""
    columns = max((_columns(network) for network in fleet.networks), default=1)
    width = 2 * _MARGIN + 2 * _PAD + _USERS + _SERVICES + _nodes_width(columns) + _PEERS + 3 * _ARROW
    body: list[str] = []
    y = float(_HEADER)
    for network in fleet.networks:
        height = _panel_height(network)
        body += _panel(network, _Box(_MARGIN, y, width - 2 * _MARGIN, height))
        y += height + _GAP
    height = y + _MARGIN + _LINE
    size = f'width="{width:g}" height="{height:g}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:g} {height:g}" role="img" {_FONT}>',
        f"<title>{escape(f'Environment {fleet.name}')}</title>",
        f"<desc>{escape(fleet.facts)}</desc>",
        f'<rect {size} fill="{_PAPER}"/>',
        _text(_MARGIN, 36, f"Environment {fleet.name}", width - 2 * _MARGIN, size=22, bold=True),
        _text(_MARGIN, 60, fleet.facts, width - 2 * _MARGIN, size=13, colour=_MUTED),
    ]
    return "\n".join([*head, *body, *_legend(_MARGIN, height - _MARGIN), "</svg>"]) + "\n"


def _columns(network: FleetNetwork) -> int:
    return max(1, min(_COLUMNS, math.ceil(len(network.nodes) / _PER_COLUMN)))


def _nodes_width(columns: int) -> int:
    return columns * _CARD + (columns + 1) * _GAP


def _panel_height(network: FleetNetwork) -> float:
    rows = math.ceil(len(network.nodes) / _columns(network))
    nodes = rows * (_CARD_HEIGHT + _GAP) + _GAP
    users = _caller_height(network) + _GAP + len(network.validators) * (_USER_HEIGHT + _GAP)
    return _PANEL_TITLE + max(nodes, users) + _PAD


def _caller_height(network: FleetNetwork) -> float:
    return 34 + _LINE * max(1, len(network.callers)) + 8


def _panel(network: FleetNetwork, panel: _Box) -> Iterator[str]:
    yield _rect(panel, fill=_PANEL, radius=10)
    size = 17
    yield _text(panel.x + _PAD, panel.y + 30, network.name, _TITLE * size * _WIDE_BOLD, size=size, bold=True)
    beside = panel.x + _PAD + min(len(network.name), _TITLE) * size * _WIDE_BOLD + 16
    yield _text(beside, panel.y + 30, f"namespace · {network.chain}", 500, size=13, colour=_MUTED)
    top = panel.y + _PANEL_TITLE
    inside = panel.height - _PANEL_TITLE - _PAD
    users = panel.x + _PAD
    services = users + _USERS + _ARROW
    peers = _Box(panel.right - _PAD - _PEERS, top + inside / 2 - 32, _PEERS, 64)
    left = services + _SERVICES + _ARROW
    nodes = _Box(left, top, peers.x - _ARROW - left, inside)
    callers = _Box(users, top, _USERS, _caller_height(network))
    rpc = _Box(services, callers.middle - _SERVICE_HEIGHT / 2, _SERVICES, _SERVICE_HEIGHT)
    yield _rect(nodes, fill="#e9eef5", radius=8)
    yield from _nodes(network, nodes)
    yield from _callers(network, callers)
    yield from _card(rpc, "Service rpc", [f"{network.service}, ready nodes"], _AMBER)
    yield _arrow((callers.right, callers.middle), (rpc.x, rpc.middle), dashed=not network.callers)
    yield _arrow((rpc.right, rpc.middle), (nodes.x, rpc.middle))
    if network.validators:
        yield from _validators(network, callers, nodes, services)
    yield from _pill(peers, network.peers)
    yield _arrow((nodes.right, peers.middle), (peers.x, peers.middle), both=True)


def _nodes(network: FleetNetwork, frame: _Box) -> Iterator[str]:
    columns = _columns(network)
    rows = math.ceil(len(network.nodes) / columns)
    first = frame.y + (frame.height - rows * (_CARD_HEIGHT + _GAP) + _GAP) / 2
    width = (frame.width - (columns + 1) * _GAP) / columns
    for index, group in enumerate(network.nodes):
        column, row = index % columns, index // columns
        place = _Box(frame.x + _GAP + column * (width + _GAP), first + row * (_CARD_HEIGHT + _GAP), width, _CARD_HEIGHT)
        yield from _group(group, place)


def _group(group: Nodes, place: _Box) -> Iterator[str]:
    pods = "1 pod" if group.pods == 1 else f"{group.pods} pods"
    if group.pods > 1:
        # A second sheet behind the first: there are several of these pods.
        yield _rect(_Box(place.x + 4, place.y - 4, place.width, place.height), fill=_PAPER, radius=6)
    yield from _card(place, group.name, group.lines, _BLUE, note=pods)


def _callers(network: FleetNetwork, place: _Box) -> Iterator[str]:
    lines = network.callers or ("nobody outside the namespace",)
    yield from _card(place, "May call JSON-RPC", lines, _GREY)


def _validators(network: FleetNetwork, callers: _Box, nodes: _Box, services: float) -> Iterator[str]:
    top = callers.y + callers.height + _GAP
    places = [
        _Box(callers.x, top + index * (_USER_HEIGHT + _GAP), _USERS, _USER_HEIGHT)
        for index in range(len(network.validators))
    ]
    middle = (places[0].y + places[-1].y + _USER_HEIGHT) / 2
    beacon = _Box(services, middle - _SERVICE_HEIGHT / 2, _SERVICES, _SERVICE_HEIGHT)
    for key_set, place in zip(network.validators, places, strict=True):
        yield from _card(place, f"Validators {key_set.name}", [", ".join(key_set.lines)], _GREEN)
        yield _arrow((place.right, place.middle), (beacon.x, middle))
    yield from _card(beacon, "Service beacon", ["ready nodes only"], _AMBER)
    yield _arrow((beacon.right, middle), (nodes.x, middle))


def _card(place: _Box, title: str, lines: Sequence[str], colour: str, *, note: str = "") -> Iterator[str]:
    yield _rect(place, fill=_PAPER, radius=6)
    yield f'<rect x="{place.x:g}" y="{place.y:g}" width="5" height="{place.height:g}" rx="2.5" fill="{colour}"/>'
    room = place.width - 28 - (len(note) * 8 + 8 if note else 0)
    yield _text(place.x + 16, place.y + 23, title, room, size=13, bold=True)
    if note:
        yield _text(place.right - 12, place.y + 23, note, 80, size=12, colour=_MUTED, end=True)
    for index, line in enumerate(lines):
        yield _text(place.x + 16, place.y + 43 + index * _LINE, line, place.width - 28, size=12, colour=_MUTED)


def _pill(place: _Box, lines: Sequence[str]) -> Iterator[str]:
    yield _rect(place, fill=_PAPER, radius=place.height / 2)
    for index, line in enumerate(lines):
        yield _text(
            place.x + place.width / 2,
            place.y + 28 + index * _LINE,
            line,
            place.width - 20,
            size=12,
            bold=not index,
            colour=_MUTED if index else _INK,
            middle=True,
        )


def _legend(x: float, y: float) -> Iterator[str]:
    for colour, told in (
        (_BLUE, "node group: execution client, consensus client, volume"),
        (_GREEN, "validator process"),
        (_AMBER, "Service"),
        (_GREY, "callers outside the namespace"),
    ):
        yield f'<rect x="{x:g}" y="{y - 9:g}" width="10" height="10" rx="2" fill="{colour}"/>'
        yield _text(x + 16, y, told, 400, size=12, colour=_MUTED)
        x += 16 + len(told) * 12 * _WIDE + 20


def _rect(place: _Box, *, fill: str, radius: float) -> str:
    return (
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{place.height:g}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{_LINE_COLOUR}"/>'
    )


def _arrow(start: tuple[float, float], end: tuple[float, float], *, both: bool = False, dashed: bool = False) -> str:
    """Return a line that leaves to the right and arrives from the left; its tips are drawn, for not all programs do."""
    (x1, y1), (x2, y2) = start, end
    bend = (x1 + x2) / 2
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    tips = f"M{x2 - 2:g} {y2:g}l-9 -4v8z" + (f"M{x1 + 2:g} {y1:g}l9 -4v8z" if both else "")
    return (
        f'<path d="M{x1 + 4:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 - 8:g} {y2:g}" fill="none" '
        f'stroke="{_MUTED}" stroke-width="1.4"{dashes}/><path d="{tips}" fill="{_MUTED}"/>'
    )


def _text(  # noqa: PLR0913 - all of it is style
    x: float,
    y: float,
    text: str,
    room: float,
    *,
    size: int,
    bold: bool = False,
    colour: str = _INK,
    end: bool = False,
    middle: bool = False,
) -> str:
    """Return a line of text that is cut to the room it has; the whole text is its tooltip then."""
    anchor = ' text-anchor="end"' if end else (' text-anchor="middle"' if middle else "")
    weight = ' font-weight="bold"' if bold else ""
    fitting = int(room / (size * (_WIDE_BOLD if bold else _WIDE)))
    shown, whole = (text, "") if len(text) <= fitting else (f"{text[: fitting - 1]}…", f"<title>{escape(text)}</title>")
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{anchor}>{whole}{escape(shown)}</text>'
