"""The agent's HTTP interface: it only reads what the monitor has seen, so no client can hold up an answer."""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from ethgen.agent import metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.agent.monitor import Client, Monitor

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"

Answer = tuple[HTTPStatus, str, str]


class Server(ThreadingHTTPServer):
    """Answers `/startup`, `/ready`, `/live`, `/status` and `/metrics`.

    Args:
        address: host and port to listen on.
        monitor: what it reports.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], monitor: Monitor) -> None:
        self.monitor = monitor
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say in one line what went wrong, unless a caller merely went away before its answer."""
        del request
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            sys.stderr.write(f"request from {client_address} failed: {sys.exception()!r}\n")


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 5.0  # seconds; a caller that says nothing gives its thread back
    server_version = "ethgen-agent"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one question."""
        parts = urlsplit(self.path)
        answer = _ANSWERS.get(parts.path)
        if answer is None:
            self._send(HTTPStatus.NOT_FOUND, _TEXT, f"no such page; there are {', '.join(_ANSWERS)}\n")
            return
        clients = parse_qs(parts.query).get("client", [])
        if any(client not in ("execution", "consensus") for client in clients) or len(clients) > 1:
            self._send(HTTPStatus.BAD_REQUEST, _TEXT, "client is execution or consensus\n")
            return
        self._send(*answer(self.server.monitor, clients[0] if clients else None))  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None:
        """Log no requests: probes would fill the log."""

    def _send(self, status: HTTPStatus, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _startup(monitor: Monitor, client: Client | None) -> Answer:
    return _lines(monitor.not_started(client), "started")


def _ready(monitor: Monitor, _: Client | None) -> Answer:
    snapshot = monitor.snapshot()
    if snapshot is None:
        return _lines(["no verdict yet"], "")
    if snapshot.ready:
        return _lines([], f"ready: {snapshot.verdict.state}")
    return _lines([reason.text for reason in snapshot.verdict.reasons] or ["waits for a second pass"], "")


def _live(monitor: Monitor, client: Client | None) -> Answer:
    asked: tuple[Client, ...] = (client,) if client else ("execution", "consensus")
    return _lines([silence for one in asked if (silence := monitor.deadlock(one))], "alive")


def _lines(problems: list[str], good: str) -> Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return status, _TEXT, "\n".join(problems or [good]) + "\n"


def _metrics(monitor: Monitor, _: Client | None) -> Answer:
    return HTTPStatus.OK, metrics.CONTENT_TYPE, metrics.render(monitor)


def _status(monitor: Monitor, _: Client | None) -> Answer:
    return HTTPStatus.OK, _JSON, json.dumps(status(monitor), indent=1) + "\n"


def status(monitor: Monitor) -> dict[str, object]:
    """Return all evidence and what follows from it, as `/status` answers it; what is not known is null."""
    snapshot = monitor.snapshot()
    verdict = snapshot.verdict if snapshot else None
    return {
        "instance": monitor.siblings.instance,
        "ready": bool(snapshot and snapshot.ready),
        "passes": bool(verdict and verdict.passes),
        "state": verdict.state if verdict else "no verdict yet",
        "reasons": [{"name": reason.name, "text": reason.text} for reason in verdict.reasons] if verdict else [],
        "headAgeSeconds": round(verdict.head_age_seconds, 3)
        if verdict and verdict.head_age_seconds is not None
        else None,
        "syncDistanceSlots": verdict.sync_distance_slots if verdict else None,
        "execution": _execution(monitor),
        "consensus": _consensus(monitor),
        "fleet": _fleet(monitor),
    }


def _execution(monitor: Monitor) -> dict[str, object]:
    last, life = monitor.execution.last, monitor.signs_of_life["execution"].last
    head = last.value
    return {
        "error": last.error or None,
        "version": life.value,
        "latencySeconds": round(last.seconds, 6),
        "chainId": head and head.chain_id,
        "blockNumber": head and head.number,
        "blockHash": head and head.block_hash,
        "blockTimestamp": head and head.timestamp,
        "peers": head and head.peers,
    }


def _consensus(monitor: Monitor) -> dict[str, object]:
    last, life = monitor.consensus.last, monitor.signs_of_life["consensus"].last
    view = last.value
    head, finality = view and view.head, view and view.finality
    return {
        "error": last.error or None,
        "version": life.value,
        "latencySeconds": round(last.seconds, 6),
        "genesisTime": view and view.genesis_time,
        "headSlot": head and head.head_slot,
        "isSyncing": head and head.is_syncing,
        "isOptimistic": head and head.is_optimistic,
        "executionOffline": head and head.el_offline,
        "peers": head and head.peers,
        "justifiedEpoch": finality and finality.justified_epoch,
        "finalizedEpoch": finality and finality.finalized_epoch,
    }


def _fleet(monitor: Monitor) -> dict[str, object]:
    fleet = monitor.fleet.last.value
    return {
        "configured": monitor.siblings.configured,
        "error": (fleet and fleet.lookup_error) or None,
        "siblings": fleet and fleet.listed,
        "answered": fleet and fleet.answered,
        "bestSlot": fleet and fleet.best_slot,
        "bestBlockNumber": fleet and fleet.best_number,
    }


_ANSWERS: dict[str, Callable[[Monitor, Client | None], Answer]] = {
    "/startup": _startup,
    "/ready": _ready,
    "/live": _live,
    "/status": _status,
    "/metrics": _metrics,
}
