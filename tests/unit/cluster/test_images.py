"""Images that are built here: which, from what, and under which reference."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ethgen
from ethgen.cluster import images
from ethgen.cluster.archive import archive_identity
from ethgen.cluster.image_reference import Reference, parse_reference
from ethgen.cluster.images import ImageRequest, ensure_archive
from ethgen.cluster.process import Command, Result, run
from ethgen.errors import ImageError

ROOT = Path(__file__).parents[3]
GETH = "ethereum/client-go:v1.17.8"
PINNED = f"{GETH}@sha256:{'a' * 64}"


@dataclass(eq=False)
class Machine:
    """Plays Go and, where `engine` is set, Docker; everything else runs for real."""

    engine: Result | None = None
    built: list[str] = field(default_factory=list)
    docker: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Do what the command says."""
        program, verb = Path(command.argv[0]).name, command.argv[1]
        if program == "go" and verb == "build":
            target = Path(command.argv[command.argv.index("-o") + 1])
            target.write_text(f"program {target.name}", encoding="utf-8")
            self.built.append(command.argv[-1])
            return Result(0, "", "")
        if program == "go":
            return Result(0, "go version go1.26.8 linux/amd64", "")
        if program == "docker":
            self.docker.append(list(command.argv))
            if verb == "save" and self.engine and self.engine.ok:
                Path(command.argv[command.argv.index("--output") + 1]).touch()
            return self.engine or Result(127, "", "not found")
        return run(command)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine with Go and an empty cache."""
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "go").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    return Machine()


def ensure(reference: str, machine: Machine, *, engine: bool = False) -> Path:
    """Return the archive of an image."""
    return ensure_archive(ImageRequest(reference, ROOT, engine), runner=machine)


def content(archive: Path) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return the files of an archive's layer, and how its image runs."""
    with tarfile.open(archive) as opened:
        read = {member.name: opened.extractfile(member) for member in opened.getmembers()}
        (manifest,) = json.loads(read["manifest.json"].read())  # type: ignore[union-attr]
        config = json.loads(read[manifest["Config"]].read())["config"]  # type: ignore[union-attr]
        layer = read[manifest["Layers"][0]].read()  # type: ignore[union-attr]
    with tarfile.open(fileobj=io.BytesIO(layer)) as opened:
        files = {member.name: opened.extractfile(member) for member in opened.getmembers() if member.isfile()}
        return {name: file.read() for name, file in files.items() if file}, config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("busybox", Reference("docker.io", "library/busybox", "latest")),
        ("ethereum/client-go:v1.17.8", Reference("docker.io", "ethereum/client-go", "v1.17.8")),
        ("docker.io/ethereum/client-go:v1", Reference("docker.io", "ethereum/client-go", "v1")),
        ("gcr.io/a/b/c:v7.0.0", Reference("gcr.io", "a/b/c", "v7.0.0")),
        ("localhost/ethgen/agent:0.1.0", Reference("localhost", "ethgen/agent", "0.1.0")),
        ("127.0.0.1:5000/x:1", Reference("127.0.0.1:5000", "x", "1")),
        (f"grafana/loki:3@sha256:{'a' * 64}", Reference("docker.io", "grafana/loki", "3", f"@sha256:{'a' * 64}")),
        (f"quay.io/x/y@sha256:{'a' * 64}", Reference("quay.io", "x/y", "", f"@sha256:{'a' * 64}")),
    ],
)
def test_references_are_read_as_engines_read_them(text: str, expected: Reference):
    """A reference without a registry is Docker Hub's, without a tag or a digest it is `latest`."""
    assert parse_reference(text) == expected
    assert str(expected).endswith(text.partition("/")[2] or "busybox:latest")


@pytest.mark.parametrize("text", ["", "UPPER/case:1", "a b", "x:", "x@sha256:12"])
def test_what_is_no_reference_is_refused(text: str):
    """Text that no engine would take is refused."""
    with pytest.raises(ImageError) as caught:
        parse_reference(text)
    assert str(caught.value) == f"{text!r} is not an image reference\n  cure: write registry/repository:tag"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        (GETH, "geth"),
        ("gcr.io/offchainlabs/prysm/beacon-chain:v7.0.0", "beacon-chain"),
        ("gcr.io/offchainlabs/prysm/validator:v7.0.0", "validator"),
        ("localhost/ethgen/prysmctl:v7.0.0", "prysmctl"),
        ("registry.example.org/ethgen/agent:0.1.0", "agent"),
        ("ghcr.io/somebody/ethgen/agent:0.1.0", "agent"),
        ("ghcr.io/fluxcd/helm-controller:v1.6.4", "helm-controller"),
    ],
)
def test_known_images_have_a_recipe(reference: str, name: str):
    """An official image that can be built here and this project's own, on any registry, are recognised."""
    recipe = images.recipe_for(reference)
    assert recipe is not None
    assert recipe.name == name


@pytest.mark.parametrize(
    "reference",
    [
        "example.org/ethereum/client-go:v1.17.8",
        "geth:v1.17.8",
        "grafana/loki:3",
        "x/notethgen/agent:1",
        f"{GETH}@sha256:{'a' * 64}",
    ],
)
def test_other_images_have_none(reference: str):
    """An image of like name elsewhere is not taken for the official one, nor can a digest be built."""
    assert images.recipe_for(reference) is None


def test_archive_stands_in_for_the_official_image(machine: Machine):
    """The archive carries the reference that pods name, the program at the official image's path, and the sources."""
    archive = ensure("gcr.io/offchainlabs/prysm/validator:v7.0.0", machine)
    assert archive_identity(archive)[0] == "gcr.io/offchainlabs/prysm/validator:v7.0.0"
    files, config = content(archive)
    assert files["validator"] == b"program validator"
    assert sorted(files) == ["etc/group", "etc/nsswitch.conf", "etc/passwd", "validator"]
    assert (config["Entrypoint"], config["User"]) == (["/validator"], "65532:65532")


def test_only_the_images_program_is_built(machine: Machine):
    """One image of a Dockerfile with three programs compiles its own program alone."""
    ensure("gcr.io/offchainlabs/prysm/validator:v7.0.0", machine)
    assert machine.built == ["github.com/OffchainLabs/prysm/v7/cmd/validator"]


@pytest.mark.parametrize("name", images.FLUX_CONTROLLERS)
def test_a_controller_of_flux_stands_in_for_the_official_image(name: str, machine: Machine):
    """The image has its own controller alone, in the version that go.mod pins, where PATH of the official one leads."""
    recipe = images.recipe_for(f"ghcr.io/fluxcd/{name}:v0")
    assert recipe is not None
    (version,) = images.versions(recipe, ROOT)
    files, config = content(ensure(f"ghcr.io/fluxcd/{name}:{version}", machine))
    program = f"usr/local/bin/{name}"
    assert files[program] == f"program {name}".encode()
    assert sorted(files) == ["etc/group", "etc/nsswitch.conf", "etc/passwd", program]
    assert (config["Entrypoint"], config["User"]) == ([f"/{program}"], "65532:65532")
    assert machine.built == [f"github.com/fluxcd/{name}"]


def test_image_is_made_once(machine: Machine):
    """The second request for an image finds the archive in the cache."""
    first = ensure(GETH, machine)
    changed = first.stat().st_mtime_ns
    assert ensure(GETH, machine) == first
    assert first.stat().st_mtime_ns == changed
    assert machine.built == ["github.com/ethereum/go-ethereum/cmd/geth"]


def test_same_image_under_two_references_compiles_once(machine: Machine):
    """An official reference and this project's own are two archives of one program."""
    assert ensure(GETH, machine) != ensure("localhost/ethgen/geth:v1.17.8", machine)
    assert len(machine.built) == 1


def test_changed_sources_replace_the_archive(machine: Machine, tmp_path: Path):
    """An archive made from older sources goes when the new one is there; those of other references stay."""
    for path in ("docker/geth/Dockerfile", "docker/geth/go.mod", "docker/geth/go.sum"):
        copy = tmp_path / "clone" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / path).read_bytes())
    other = ensure("localhost/ethgen/geth:v1.17.8", machine)
    old = ensure_archive(ImageRequest(GETH, tmp_path / "clone"), runner=machine)
    with (tmp_path / "clone" / "docker" / "geth" / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write("LABEL changed=yes\n")
    new = ensure_archive(ImageRequest(GETH, tmp_path / "clone"), runner=machine)
    assert sorted((tmp_path / "cache" / "images").glob("*.tar")) == sorted([new, other])
    assert old != new


def test_other_version_is_refused(machine: Machine):
    """A version that no sources are pinned to is refused with those that are."""
    with pytest.raises(ImageError) as caught:
        ensure("ethereum/client-go:v1.16.0", machine)
    assert str(caught.value) == (
        "ethereum/client-go:v1.16.0 cannot be built here: docker/geth is pinned to v1.17.8\n"
        "  cure: use version 1.17.8 or 1.17.7, or make its registry reachable"
    )


def test_another_pinned_version_is_built_from_its_own_sources(machine: Machine):
    """A folder docker/geth-<version> makes that version: its own program from its own go.mod."""
    recipe = next(recipe for recipe in images.RECIPES if recipe.name == "geth")
    assert images.versions(recipe, ROOT) == ("v1.17.8", "v1.17.7")
    older = ensure("ethereum/client-go:v1.17.7", machine)
    assert archive_identity(older)[0] == "docker.io/ethereum/client-go:v1.17.7"
    assert content(ensure(GETH, machine))[1] == content(older)[1]
    assert len(machine.built) == 2


def test_an_engine_is_told_which_sources_to_take(machine: Machine):
    """`docker build` gets the folder of another version as an argument, and nothing for the Dockerfile's own."""
    machine.engine = Result(0, "", "")
    ensure("ethereum/client-go:v1.17.7", machine, engine=True)
    ensure(GETH, machine, engine=True)
    older, own = (command for command in machine.docker if command[1] == "build")
    assert "--build-arg=MODULE=docker/geth-1.17.7" in older
    assert not [word for word in own if word.startswith("--build-arg")]


def test_unknown_image_is_refused(machine: Machine):
    """An image without a recipe is refused with those that have one."""
    with pytest.raises(ImageError) as caught:
        ensure("grafana/loki:3.7.6", machine)
    assert str(caught.value) == (
        "grafana/loki:3.7.6 cannot be built here\n"
        "  cure: make its registry reachable; built here are agent, geth, beacon-chain, validator, prysmctl, "
        "source-controller, kustomize-controller, helm-controller"
    )


def test_agent_answers_to_its_version_and_its_digest(machine: Machine):
    """The agent's image is made under the package's version and under the digest of its sources."""
    agent = next(recipe for recipe in images.RECIPES if recipe.name == "agent")
    assert images.versions(agent, ROOT) == (ethgen.__version__, images.agent_digest())
    with pytest.raises(ImageError, match=r"docker/agent is pinned to "):
        ensure("localhost/ethgen/agent:9.9.9", machine)


def test_agents_digest_follows_its_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The digest changes with the agent's files and with nothing else of the package."""
    package = tmp_path / "ethgen"
    (package / "agent").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "agent" / "__main__.py").touch()
    monkeypatch.setattr(ethgen, "__file__", str(package / "__init__.py"))
    first = images.agent_digest()
    (package / "errors.py").touch()
    assert images.agent_digest() == first
    (package / "agent" / "__main__.py").write_text("changed", encoding="utf-8")
    assert images.agent_digest() != first
    assert len(first) == 12


def test_engine_builds_from_the_same_dockerfile(machine: Machine):
    """With an engine the image comes from `docker build` of the same file and stage, once."""
    machine.engine = Result(0, "", "")
    reference = "gcr.io/offchainlabs/prysm/validator:v7.0.0"
    archive = ensure(reference, machine, engine=True)
    assert ensure(reference, machine, engine=True) == archive
    build, save = machine.docker
    assert build == [
        *("docker", "build", "--file", "docker/prysm/Dockerfile"),
        *("--target", "validator", "--tag", reference, "."),
    ]
    assert (save[:2], save[-1]) == (["docker", "save"], reference)
    assert machine.built == []


def test_failing_engine_is_said_and_gone_without(machine: Machine):
    """Where the engine cannot build, its message is shown and the image is put together without it."""
    machine.engine = Result(1, "", "#1 load\nERROR: failed to resolve golang\n")
    messages: list[str] = []
    archive = ensure_archive(ImageRequest(GETH, ROOT, engine=True), messages.append, machine)
    assert archive_identity(archive)[0] == f"docker.io/{GETH}"
    assert (
        f"docker build of {GETH} failed: ERROR: failed to resolve golang; putting {GETH} together without the engine"
    ) in messages
