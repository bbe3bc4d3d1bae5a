"""`python3 -m ethgen.agent`: prepare what clients read before they start, serve a node's health, test JSON-RPC."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.agent.monitor import Monitor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent and return its exit status: 0 done, 1 a test failed, 2 a mistake in what it was given."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except AgentError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m ethgen.agent", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    prepare = commands.add_parser("prepare", help="write the files that a node needs before its clients start")
    prepare.add_argument("--genesis-parts", type=Path, help="folder with part-000, part-001, … of the packed genesis")
    prepare.add_argument("--genesis", type=Path, help="folder that receives the genesis files")
    prepare.add_argument("--genesis-sha256", default="", help="what the joined parts must hash to")
    prepare.add_argument("--jwt", type=Path, help="file that receives a JWT secret unless it is there")
    prepare.add_argument("--files", type=Path, help="folder with the files <ordinal>.<name> of all replicas")
    prepare.add_argument("--node-keys", type=Path, help="folder with <ordinal>.execution and <ordinal>.consensus")
    prepare.add_argument("--ordinal", type=int, help="this replica's ordinal")
    prepare.add_argument("--node", type=Path, help="folder that receives this replica's files and keys")
    prepare.set_defaults(run=_prepare)
    keystores = commands.add_parser("keystores", help="lay the keystores of a key set out as its client reads them")
    keystores.add_argument("--secret", type=Path, required=True, help="folder with the keystores and their password")
    keystores.add_argument("--keystores", type=Path, required=True, help="folder that receives them")
    keystores.add_argument(
        "--validators", type=Path, help="folder that the client reads its validators from, where it has one of its own"
    )
    keystores.add_argument(
        "--layout", choices=("together", "paired", "by-key", "definitions"), default="together",
        help="how the client reads them",
    )  # fmt: skip
    keystores.add_argument("--keys", type=int, help="how many keystores there must be")
    keystores.add_argument("--empty", type=Path, help="folder of what the client made of earlier keys, to be emptied")
    keystores.add_argument("--claim", type=Path, help="folder that outlives the pod, with what its client has signed")
    keystores.add_argument("--client", help="the client, which the claim must be of if it is any client's")
    keystores.set_defaults(run=_keystores)
    serve = commands.add_parser("serve", help="watch the two clients of this pod and answer Kubernetes' probes")
    serve.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - probes come from outside
    serve.add_argument("--port", type=int, required=True, help="port to listen on")
    serve.add_argument("--chain-id", type=int, required=True, help="EIP-155 chain id of the network")
    serve.add_argument("--seconds-per-slot", type=float, required=True, help="length of a slot, in seconds")
    serve.add_argument("--max-head-age-slots", type=int, required=True, help="oldest head that is young, in slots")
    serve.add_argument("--max-sync-distance-slots", type=int, required=True, help="largest sync distance, in slots")
    serve.add_argument("--execution-url", required=True, help="JSON-RPC of the execution client")
    serve.add_argument("--consensus-url", required=True, help="Beacon API of the consensus client")
    serve.add_argument(
        "--fleet", action="append", default=[], metavar="HOST:PORT", type=_host_and_port,
        help="name of the agents of a node group (a headless Service); once per group",
    )  # fmt: skip
    serve.add_argument(
        "--private-network", action="store_true", help="the fleet holds every node of the network: nobody else is ahead"
    )
    serve.add_argument(
        "--gate", action="append", default=[], type=int, metavar="PORT",
        help="port that the consensus client has on loopback, passed on to while the node is ready; once per port",
    )  # fmt: skip
    serve.add_argument("--gate-host", help="address to listen on for those ports: the pod's own")
    serve.set_defaults(run=_serve)
    test = commands.add_parser("test", help="check that a JSON-RPC serves the right chain and that its head grows")
    test.add_argument("--rpc-url", required=True, help="the JSON-RPC")
    test.add_argument("--chain-id", type=int, required=True, help="EIP-155 chain id of the network")
    test.add_argument("--seconds", type=float, required=True, help="how long the head may take to grow")
    test.set_defaults(run=_test)
    return parser


def _host_and_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _prepare(options: argparse.Namespace) -> int:
    from ethgen.agent import prepare  # noqa: PLC0415 - tarfile and gzip would weigh on the server

    if options.genesis_parts or options.genesis:
        _need(options, "genesis_parts", "genesis")
    if options.files or options.node_keys:
        _need(options, "node", "ordinal")
    written = []
    if options.genesis_parts:
        written += prepare.unpack_genesis(options.genesis_parts, options.genesis, sha256=options.genesis_sha256)
    if options.jwt and prepare.make_jwt(options.jwt):
        written.append(options.jwt.name)
    if options.files:
        written += prepare.copy_own_files(options.files, options.node, options.ordinal)
    if options.node_keys:
        written += prepare.copy_node_keys(options.node_keys, options.node, options.ordinal)
    sys.stdout.write(f"prepared {', '.join(written) or 'nothing: all is there'}\n")
    return 0


def _keystores(options: argparse.Namespace) -> int:
    from ethgen.agent.keystores import Places, claim_for, empty, lay_out  # noqa: PLC0415 - json would weigh on the server

    if options.claim:
        _need(options, "client")
        claim_for(options.claim, options.client)
    places = Places(options.keystores, options.validators or options.keystores / "validators")
    number = lay_out(options.secret, places, options.layout, keys=options.keys)
    if options.empty:
        empty(options.empty)
    sys.stdout.write(f"laid out {number} keystores\n")
    return 0


def _need(options: argparse.Namespace, *names: str) -> None:
    missing = ["--" + name.replace("_", "-") for name in names if getattr(options, name) is None]
    if missing:
        raise AgentError(f"{' and '.join(missing)} must be given too")


def _serve(options: argparse.Namespace) -> int:
    if options.gate:
        _need(options, "gate_host")
    from ethgen.agent.monitor import Monitor  # noqa: PLC0415 - the HTTP machinery would weigh on prepare
    from ethgen.agent.server import Server  # noqa: PLC0415 - as above
    from ethgen.agent.verdict import Settings  # noqa: PLC0415 - as above

    settings = Settings(
        chain_id=options.chain_id,
        seconds_per_slot=options.seconds_per_slot,
        max_head_age_slots=options.max_head_age_slots,
        max_sync_distance_slots=options.max_sync_distance_slots,
        private_network=options.private_network,
    )
    consensus_url = options.consensus_url.rstrip("/")
    monitor = Monitor(settings, options.execution_url, consensus_url, tuple(options.fleet))
    try:
        server = Server((options.host, options.port), monitor)
    except OSError as error:
        raise AgentError(f"port {options.port} of {options.host} cannot be listened on: {error.strerror}") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        # At once, whatever the threads wait for: the agent has nothing to save, and its pod waits for it to end.
        signal.signal(number, lambda *_: os._exit(0))
    monitor.start()
    if options.gate:
        _open_gate(options, monitor)
    sys.stderr.write(f"serving on {options.host}:{options.port}\n")
    server.serve_forever()
    return 0


def _open_gate(options: argparse.Namespace, monitor: Monitor) -> None:
    from ethgen.agent.gate import Gate  # noqa: PLC0415 - asyncio would weigh on prepare

    def is_ready() -> bool:
        snapshot = monitor.snapshot()
        return snapshot is not None and snapshot.ready

    try:
        Gate(options.gate_host, options.gate, is_ready).start()
    except OSError as error:
        ports = ", ".join(map(str, options.gate))
        text = f"ports {ports} of {options.gate_host} cannot all be listened on: {error.strerror}"
        raise AgentError(text) from error


def _test(options: argparse.Namespace) -> int:
    from ethgen.agent.rpc_test import check_rpc  # noqa: PLC0415 - the HTTP machinery would weigh on prepare

    return 0 if check_rpc(options.rpc_url, options.chain_id, options.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
