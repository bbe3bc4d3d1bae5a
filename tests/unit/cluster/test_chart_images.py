"""Which images objects run, and what a mirror holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.cluster.charts.images import images_of_objects
from ethgen.cluster.charts.mirror import (
    MirroredImage,
    archive_path,
    copy_charts,
    images_of,
    keep_archive,
    write_lists,
)
from ethgen.cluster.charts.rendering import Rendered
from ethgen.cluster.charts.supply import Supply
from ethgen.cluster.process import Command, Result
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = f"sha256:{'a' * 64}"


def deployment(*containers: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a Deployment of containers."""
    return {
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": {"containers": list(containers), **more}}},
    }


@pytest.mark.parametrize(
    ("found", "images"),
    [
        (deployment({"image": "a/b:1"}, initContainers=[{"image": "c:2"}]), ["a/b:1", "c:2"]),
        (deployment({"image": f"a/b:1@{DIGEST}"}), [f"a/b:1@{DIGEST}"]),
        ({"kind": "Prometheus", "metadata": {"name": "p"}, "spec": {"image": "quay.io/p/p:v3"}}, ["quay.io/p/p:v3"]),
        (deployment({"args": ["--solver=quay.io/x/y:v1", "--port=a.b:80/x"]}), ["quay.io/x/y:v1"]),
        (deployment({"args": [f"--reloader=quay.io/x/y@{DIGEST}"]}), [f"quay.io/x/y@{DIGEST}"]),
        (deployment({"env": [{"name": "I", "value": "ghcr.io/x/y:v1"}, {"name": "N"}]}), ["ghcr.io/x/y:v1"]),
        (deployment({"args": ["--address=example.org/path", "example.org:80"]}), []),
        ({"kind": "CustomResourceDefinition", "spec": {"image": "no/image:1"}}, []),
    ],
    ids=["pods", "digest", "operator", "argument", "argument with digest", "variable", "address", "definition"],
)
def test_every_image_that_an_object_runs_is_found(found: dict[str, Any], images: list[str]):
    """Images of containers, of kinds that operators make pods of, and of arguments and variables are listed."""
    assert images_of_objects([found]) == images


def test_the_proxy_that_istio_injects_is_found():
    """A gateway's image is `auto`; what its webhook puts there is in the values that it is given."""
    shared = {"global": {"hub": "registry.istio.io/release", "tag": "1.30.3", "proxy": {"image": "proxyv2"}}}
    injector = {
        "kind": "ConfigMap",
        "metadata": {"name": "istio-sidecar-injector"},
        "data": {"values": json.dumps(shared)},
    }
    assert images_of_objects([injector, deployment({"image": "auto"})]) == ["registry.istio.io/release/proxyv2:1.30.3"]


@pytest.mark.parametrize("values", ["", "{", '{"global": {}}'])
def test_an_injector_that_says_nothing_of_its_proxy_adds_no_image(values: str):
    """What cannot be read of Istio's values is no image."""
    injector = {"kind": "ConfigMap", "metadata": {"name": "istio-sidecar-injector"}, "data": {"values": values or "{}"}}
    assert images_of_objects([injector]) == []


def test_an_image_is_listed_once_with_all_that_run_it():
    """The list is sorted, and names each release of each environment."""
    both = Rendered((deployment({"image": "b:1"}, {"image": "a:1"}),))
    assert images_of({"one/x": both, "two/y": Rendered((deployment({"image": "b:1"}),))}) == [
        MirroredImage("a:1", ("one/x",)),
        MirroredImage("b:1", ("one/x", "two/y")),
    ]


def test_a_release_that_cannot_be_drawn_is_no_empty_list():
    """A mirror without the images of a release would be found out too late."""
    with pytest.raises(ChartError, match="one/x: it is wrong"):
        images_of({"one/x": Rendered(problem="it is wrong")})


def test_the_lists_are_for_people_and_for_programs(tmp_path: Path):
    """images.txt has a reference a line, images.yaml who runs each and its archive; what is made here, it alone."""
    agent = MirroredImage("localhost/ethgen/agent:1", ("one/x",), own=True)
    written = [MirroredImage("a:1", ("one/x",), archive=archive_path("a:1")), MirroredImage("b:1", ("one/x",)), agent]
    write_lists(written, tmp_path)
    assert (tmp_path / "images.txt").read_text() == "docker.io/library/a:1\ndocker.io/library/b:1\n"
    assert yaml.safe_load((tmp_path / "images.yaml").read_text()) == {
        "images": [
            {
                "reference": "a:1",
                "name": "docker.io/library/a:1",
                "releases": ["one/x"],
                "archive": "images/docker.io/library/a:1.tar",
            },
            {"reference": "b:1", "name": "docker.io/library/b:1", "releases": ["one/x"]},
            {"reference": agent.reference, "name": agent.reference, "releases": ["one/x"], "own": True},
        ]
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images.txt", "images.yaml"]


class Helm:
    """Plays `helm repo index`."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.asked: list[list[str]] = []

    def __call__(self, command: Command) -> Result:
        self.asked.append(list(command.argv))
        return Result(self.status, "", "no space left")


def test_charts_are_copied_and_indexed(tmp_path: Path, pack: Callable[..., Path]):
    """The copies are the same, those that are there already stay, and helm writes the index."""
    helm, folder = Helm(), tmp_path / "mirror"
    paths = copy_charts([pack(tmp_path), pack(folder, "1.3.0")], folder, Supply(None, lambda: {"HELM": "x"}, helm))
    assert paths == [folder / "mailer-1.2.3.tgz", folder / "mailer-1.3.0.tgz"]
    assert paths[0].read_bytes() == (tmp_path / "mailer-1.2.3.tgz").read_bytes()
    assert helm.asked == [["helm", "repo", "index", str(folder)]]
    assert sorted(path.name for path in folder.iterdir()) == ["mailer-1.2.3.tgz", "mailer-1.3.0.tgz"]


def test_an_index_that_cannot_be_written_is_told(tmp_path: Path):
    """Helm's own words are in the error."""
    with pytest.raises(ChartError, match="no space left"):
        copy_charts([], tmp_path, Supply(None, dict, Helm(status=1)))


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("quay.io/x/y:v1", "images/quay.io/x/y:v1.tar"),
        ("busybox", "images/docker.io/library/busybox:latest.tar"),
        (f"quay.io/x/y:v1@{DIGEST}", f"images/quay.io/x/y:v1@{DIGEST}.tar"),
        (f"quay.io/x/y@{DIGEST}", f"images/quay.io/x/y@{DIGEST}.tar"),
        ("localhost/ethgen/agent:0.1.0", "own/localhost/ethgen/agent:0.1.0.tar"),
        ("ghcr.io/acme/ethgen/agent:0.1.0", "own/ghcr.io/acme/ethgen/agent:0.1.0.tar"),
        ("docker.io/ethereum/client-go:v1", "images/docker.io/ethereum/client-go:v1.tar"),
    ],
)
def test_an_archive_says_by_its_path_what_it_is(reference: str, path: str):
    """An image's archive is kept under its whole name, with its digest where it has one; the agent's apart."""
    assert archive_path(reference) == path
    (image,) = images_of({"one/x": Rendered((deployment({"image": reference}),))})
    assert image.own == path.startswith("own/")


def test_an_archive_that_changed_is_copied_again(tmp_path: Path):
    """The first copy is told from a later one."""
    (tmp_path / "a.tar").write_text("first")
    target = tmp_path / archive_path("quay.io/x/y:v1")
    assert keep_archive(target, tmp_path / "a.tar")
    (tmp_path / "a.tar").write_text("second")
    assert not keep_archive(target, tmp_path / "a.tar")
    assert target.read_text() == "second"
