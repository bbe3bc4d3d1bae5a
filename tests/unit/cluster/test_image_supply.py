"""Bringing images into a cluster: pulled, built, or left out aloud."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster import image_supply, registry
from ethgen.cluster.image_supply import SupplyOptions, supply
from ethgen.cluster.process import Command, Result
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ethgen.cluster.images import ImageRequest

GETH, LOKI, AGENT = "ethereum/client-go:v1.17.8", "grafana/loki:3", "localhost/ethgen/agent:0.1.0"


class Cluster:
    """Plays a cluster and the ways to images: what is loaded, and what can be reached."""

    def __init__(self, *reached: str) -> None:
        self.reached = reached
        self.asked: list[str] = []
        self.there: set[Path] = set()
        self.pulls: list[str] = []
        self.messages: list[str] = []

    def load(self, archive: Path) -> bool:
        """Load an archive, unless it is there."""
        new = archive not in self.there
        self.there.add(archive)
        return new

    def reachable(self, registries: Iterable[str]) -> set[str]:
        """Say which registries answer."""
        self.asked += registries
        return set(self.asked) & set(self.reached)

    def pull(self, reference: str, **_options: object) -> Path:
        """Pull an image."""
        self.pulls.append(reference)
        if "gone" in reference:
            raise ImageError(f"{reference} cannot be pulled: manifest unknown")
        return Path("pulled", reference)

    def ensure(self, request: ImageRequest, *_means: object) -> Path:
        """Build an image, if it is one of ours."""
        if request.reference not in {GETH, AGENT}:
            raise ImageError(f"{request.reference} cannot be built here")
        return Path("built", request.reference)

    def supply(self, references: list[str], options: SupplyOptions | None = None) -> list[tuple[str, str, str]]:
        """Bring images in and return what became of them."""
        outcomes = supply(references, self.load, options, self.messages.append, lambda _command: Result(1, "", ""))
        return [(outcome.how, outcome.source, outcome.detail) for outcome in outcomes]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Return a cluster without images on a machine that reaches no registry."""
    made = Cluster()
    monkeypatch.setattr(image_supply, "reachable", made.reachable)
    monkeypatch.setattr(image_supply, "pull_archive", made.pull)
    monkeypatch.setattr(image_supply, "ensure_archive", made.ensure)
    return made


def test_reachable_image_is_pulled(cluster: Cluster):
    """An image whose registry answers is pulled, even where it could be built; the rest is built."""
    cluster.reached = ("docker.io",)
    assert cluster.supply([GETH, AGENT]) == [("loaded", "pulled", ""), ("loaded", "built", "")]
    assert cluster.pulls == [GETH]


def test_unreachable_image_is_built(cluster: Cluster):
    """An image whose registry does not answer is built, if it can be."""
    assert cluster.supply([GETH]) == [("loaded", "built", "")]


def test_image_that_cannot_be_had_is_left_out_aloud(cluster: Cluster):
    """An image that can neither be pulled nor built is left out, with both reasons in a line of its own."""
    assert cluster.supply([LOKI, GETH]) == [
        ("left out", "", "grafana/loki:3 cannot be built here (docker.io cannot be reached)"),
        ("loaded", "built", ""),
    ]
    assert cluster.messages == [
        "LEFT OUT grafana/loki:3: grafana/loki:3 cannot be built here (docker.io cannot be reached)"
    ]


def test_strict_makes_it_an_error(cluster: Cluster):
    """With `strict` all images that cannot be had are named in one error."""
    with pytest.raises(ImageError) as caught:
        cluster.supply([LOKI, "quay.io/x/y:1"], SupplyOptions(strict=True))
    assert str(caught.value) == (
        "grafana/loki:3 cannot be built here (docker.io cannot be reached); "
        "quay.io/x/y:1 cannot be built here (quay.io cannot be reached)\n"
        "  cure: make their registries reachable, or go on without these images by leaving out --strict"
    )


def test_failed_pull_falls_back_to_building(cluster: Cluster):
    """Where a pull fails the image is built; where that cannot be done either, the pull's message is the reason."""
    cluster.reached = ("docker.io",)
    assert cluster.supply(["gone/away:1"]) == [
        ("left out", "", "gone/away:1 cannot be built here (gone/away:1 cannot be pulled: manifest unknown)")
    ]


def test_offline_never_asks(cluster: Cluster):
    """Offline no registry is asked and nothing is pulled."""
    cluster.reached = ("docker.io",)
    assert cluster.supply([GETH, LOKI], SupplyOptions(offline=True)) == [
        ("loaded", "built", ""),
        ("left out", "", "grafana/loki:3 cannot be built here (offline)"),
    ]
    assert (cluster.asked, cluster.pulls) == ([], [])


def test_nodes_that_pull_are_left_to_it(cluster: Cluster):
    """Where the nodes reach registries themselves nothing is pulled here, and what is built here is loaded."""
    cluster.reached = ("docker.io",)
    assert cluster.supply([LOKI, AGENT], SupplyOptions(nodes_pull=True)) == [
        ("remote", "", ""),
        ("loaded", "built", ""),
    ]
    assert cluster.pulls == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (SupplyOptions(nodes_pull=True), "from here: docker.io cannot be reached"),
        (SupplyOptions(nodes_pull=True, strict=True), "from here: docker.io cannot be reached"),
        (SupplyOptions(nodes_pull=True, offline=True), "from here: offline"),
    ],
    ids=["", "strict", "offline"],
)
def test_nodes_may_reach_what_this_machine_does_not(cluster: Cluster, options: SupplyOptions, why: str):
    """In a site without a network the nodes have a mirror: nothing is left out, built or loaded for them."""
    assert cluster.supply([LOKI, GETH], options) == [("remote", "", why)] * 2
    assert cluster.pulls == []


def test_second_run_loads_nothing(cluster: Cluster):
    """Images that are there already are said to be, and each reference is taken once."""
    assert cluster.supply([GETH, GETH]) == [("loaded", "built", "")]
    assert cluster.supply([GETH]) == [("present", "built", "")]


@pytest.fixture
def server() -> Iterator[tuple[HTTPServer, list[int]]]:
    """Return an HTTP server on loopback that answers with the last status of the list."""
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[-1] if self.path == "/v2/" else 404)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made, statuses
        made.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "answers"), [(200, True), (401, True), (403, False), (502, False)])
def test_registry_answers_at_its_root(server: tuple[HTTPServer, list[int]], status: int, answers: bool):  # noqa: FBT001
    """A registry is reached if it answers or asks for a login, not if a proxy refuses in its place."""
    made, statuses = server
    statuses.append(status)
    address = f"127.0.0.1:{made.server_port}"
    assert registry.reachable([address]) == ({address} if answers else set())


def test_closed_port_is_no_registry(server: tuple[HTTPServer, list[int]]):
    """Of several registries those that answer are returned, and `localhost` is never asked."""
    made, _ = server
    address = f"127.0.0.1:{made.server_port}"
    assert registry.reachable([address, "127.0.0.1:1", "localhost"]) == {address}


def test_crane_pulls_where_there_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without an engine crane pulls for this machine's architecture, once."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    monkeypatch.setattr(registry, "tool_path", lambda *_arguments: Path("/bin/crane"))
    monkeypatch.setattr(registry, "architecture", lambda: "amd64")
    pulls: list[list[str]] = []

    def runner(command: Command) -> Result:
        pulls.append(list(command.argv[:-1]))
        Path(command.argv[-1]).touch()
        return Result(0, "", "")

    archive = registry.pull_archive("a/b:1", runner=runner)
    assert registry.pull_archive("a/b:1", runner=runner) == archive
    assert archive == tmp_path / "images" / "pulled" / "a_b_1.tar"
    assert pulls == [["/bin/crane", "pull", "--platform", "linux/amd64", "docker.io/a/b:1"]]


def test_engine_pulls_and_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With an engine the image goes through it."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    verbs: list[str] = []

    def runner(command: Command) -> Result:
        verbs.append(command.argv[1])
        if command.argv[1] == "save":
            Path(command.argv[command.argv.index("--output") + 1]).touch()
        return Result(0, "", "")

    assert registry.pull_archive("gcr.io/a/b:1", engine=True, runner=runner).is_file()
    assert verbs == ["pull", "save"]


@pytest.mark.parametrize("engine", [True, False])
def test_failed_pull_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: bool):  # noqa: FBT001
    """A pull that fails names the image and the last words of the program, and leaves nothing."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    monkeypatch.setattr(registry, "tool_path", lambda *_arguments: Path("/bin/crane"))
    with pytest.raises(ImageError) as caught:
        registry.pull_archive(
            "gcr.io/a/b:1", engine=engine, runner=lambda _command: Result(1, "", "x\nMANIFEST_UNKNOWN\n")
        )
    assert caught.value.message == "gcr.io/a/b:1 cannot be pulled: MANIFEST_UNKNOWN"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
