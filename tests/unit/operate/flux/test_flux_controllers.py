"""Flux's controllers as objects: restricted pods, few rights, no traffic but their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ethgen.cluster.images import FLUX_CONTROLLERS
from ethgen.operate.flux.controllers import controllers
from ethgen.operate.flux.installation import controller_images, port_of

SCHEMAS = Path(__file__).parents[5] / "shared" / "schemas" / "k8s" / "v1.36.3-standalone-strict"

IMAGES = {name: f"ghcr.io/fluxcd/{name}:v1.0.0" for name in FLUX_CONTROLLERS}


@pytest.fixture
def objects() -> list[dict[str, Any]]:
    """Return an installation that reads over http at port 8418."""
    return controllers(IMAGES, "flux-system", [8418])


def of(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects of a kind, by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def test_pods_are_restricted(objects: list[dict[str, Any]]):
    """The namespace enforces `restricted`, and each pod asks for no more."""
    labels = of(objects, "Namespace")["flux-system"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    deployments = of(objects, "Deployment")
    assert sorted(deployments) == sorted(FLUX_CONTROLLERS)
    for name, each in deployments.items():
        pod = each["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["serviceAccountName"] == name
        (container,) = pod["containers"]
        assert container["image"] == IMAGES[name]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


def test_only_helm_controller_may_do_all(objects: list[dict[str, Any]]):
    """What makes roles must hold their rights; the other two have none beyond their namespace but namespaces."""
    wide = of(objects, "ClusterRoleBinding")
    assert [(name, each["roleRef"]["name"]) for name, each in wide.items()] == [
        ("flux-system:kustomize-controller", "flux-system:kustomize-controller"),
        ("flux-system:helm-controller", "cluster-admin"),
    ]
    (role,) = of(objects, "ClusterRole").values()
    assert [rule["resources"] for rule in role["rules"]] == [["namespaces"]]


def test_every_pod_is_denied_all_but_what_it_needs(objects: list[dict[str, Any]]):
    """The default is no traffic; repositories are read by one controller, at the ports that they answer at."""
    policies = of(objects, "NetworkPolicy")
    deny = policies["default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reading = policies["repositories"]["spec"]
    assert reading["podSelector"] == {"matchLabels": {"app": "source-controller"}}
    assert reading["egress"] == [
        {"ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 8418}]},
    ]
    assert [name for name, each in policies.items() if "ingress" in each["spec"]] == ["artifacts"]


def test_controllers_look_at_their_own_namespace_alone(objects: list[dict[str, Any]]):
    """No object elsewhere can make them act, and no kustomization can fetch from elsewhere."""
    for name, each in of(objects, "Deployment").items():
        arguments = each["spec"]["template"]["spec"]["containers"][0]["args"]
        assert "--watch-all-namespaces=false" in arguments
        assert ("--no-remote-bases" in arguments) == (name == "kustomize-controller")


def test_images_are_those_that_can_be_built():
    """Each controller's image is upstream's, in the version that docker/flux/go.mod pins."""
    images = controller_images()
    assert list(images) == list(FLUX_CONTROLLERS)
    for name, image in images.items():
        assert image.startswith(f"ghcr.io/fluxcd/{name}:v")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://10.88.0.1:8418/fleet.git", 8418),
        ("http://git.example.org/fleet", 80),
        ("https://git.example.org/fleet", 443),
        ("ssh://git@git.example.org/fleet", 22),
        ("ssh://git@git.example.org:2222/fleet", 2222),
        ("oci://registry.example.org/charts", 443),
    ],
)
def test_ports_are_those_of_the_urls(url: str, port: int):
    """A scheme without a port has its own."""
    assert port_of(url) == port


@pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="the schemas of Kubernetes are not beside this clone (../shared/schemas)"
)
def test_objects_are_what_kubernetes_takes(objects: list[dict[str, Any]]):
    """Every object passes the closed schemas of Kubernetes 1.36."""
    from jsonschema import Draft7Validator  # noqa: PLC0415 - only where the schemas are

    for each in objects:
        group, _, version = each["apiVersion"].rpartition("/")
        suffix = f"-{group.partition('.')[0]}-{version}" if group else f"-{version}"
        schema = json.loads((SCHEMAS / f"{each['kind'].lower()}{suffix}.json").read_text(encoding="utf-8"))
        Draft7Validator(schema).validate(each)
