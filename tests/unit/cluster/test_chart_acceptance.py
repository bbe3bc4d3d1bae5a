"""Judging rendered objects, with kubeconform and kubectl played; and the schemas of definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ethgen.cluster.charts.acceptance import Schemas, Server, Verdict
from ethgen.cluster.charts.definitions import schemas, write_schemas
from ethgen.cluster.process import Command, Result
from ethgen.errors import ChartError

pytestmark = pytest.mark.usefixtures("own_cache")

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Widget"},
        "conversion": {"strategy": "Webhook"},
        "versions": [
            {"name": "v0", "served": False},
            {
                "name": "v1",
                "served": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"x-kubernetes-int-or-string": True},
                                    "colour": {"type": "string", "nullable": True, "enum": ["red"]},
                                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                                    "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                    "whole": {
                                        "type": "object",
                                        "x-kubernetes-embedded-resource": True,
                                        "properties": {"data": {"type": "object"}},
                                    },
                                },
                                "anyOf": [{"properties": {"size": {}}, "required": ["size"]}],
                            }
                        },
                    }
                },
            },
        ],
    },
}


def widget(**spec: object) -> dict[str, Any]:
    """Return an object of the definition."""
    return {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1, **spec}}


def is_valid(value: dict[str, Any]) -> bool:
    """Return whether the definition's schema takes an object."""
    ((_, schema),) = schemas([DEFINITION])
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


@pytest.mark.parametrize(
    "value",
    [
        widget(size="1Gi"),
        widget(colour=None),
        widget(colour="red"),
        widget(labels={"any": "x"}),
        widget(raw={"any": {"thing": 1}}),
        widget(whole={"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "data": {}}),
    ],
)
def test_a_schema_takes_what_the_definition_takes(value: dict[str, Any]):
    """Numbers or text, null, free maps, unknown fields that are kept and whole objects pass."""
    assert is_valid(value)


@pytest.mark.parametrize(
    "value",
    [
        widget(sizes=1),
        widget(size=[1]),
        widget(colour="blue"),
        widget(labels={"any": 1}),
        widget(whole={"datas": {}}),
        {**widget(), "specs": {}},
        {**widget(), "spec": {"colour": "red"}},
    ],
)
def test_a_schema_refuses_what_the_api_server_refuses(value: dict[str, Any]):
    """An unknown field, a wrong type, a value that is not listed and a missing field do not pass."""
    assert not is_valid(value)


def test_schemas_are_written_where_kubeconform_looks_for_them(tmp_path: Path):
    """There is a file for each served version, in small letters."""
    write_schemas([DEFINITION, widget()], tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")] == [
        "example.org/widget_v1.json"
    ]


class Player:
    """Plays a program: answers by the first argument that it has an answer for."""

    def __init__(self, **answers: Result) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []
        self.sent: list[list[dict[str, Any]]] = []

    def __call__(self, command: Command) -> Result:
        self.asked.append(list(command.argv))
        for part in command.argv:
            if part.startswith("--filename="):
                self.sent.append(json.loads(Path(part.partition("=")[2]).read_text())["items"])
        for name, answer in self.answers.items():
            if name in command.argv:
                return answer
        return Result(0, "", "")


def test_kubeconforms_answer_is_read(tmp_path: Path):
    """Valid objects are counted, and all others told in one line each."""
    resources = [
        {"kind": "Widget", "name": "w", "status": "statusValid", "msg": ""},
        {"kind": "Widget", "name": "v", "status": "statusInvalid", "msg": "problem\n  here"},
        {"kind": "Gadget", "name": "g", "status": "statusError", "msg": "could not find schema"},
    ]
    answer = Player(kubeconform=Result(1, json.dumps({"resources": resources}), ""))
    verdict = Schemas(Path("kubeconform"), tmp_path, runner=answer).judge([widget()], [DEFINITION])
    assert verdict == Verdict(1, ("Widget/v: problem here", "Gadget/g: could not find schema"))


def test_a_kubeconform_that_fails_is_told(tmp_path: Path):
    """Without an answer, its own words are the message."""
    with pytest.raises(ChartError, match="kubeconform: no such flag"):
        Schemas(Path("kubeconform"), tmp_path, runner=Player(kubeconform=Result(1, "", "no such flag"))).judge([], [])


def server(player: Player) -> Server:
    """Return a server that is played."""
    return Server(Path("kubectl"), Path("kubeconfig"), "here", runner=player)


def test_objects_wait_for_definitions_that_are_not_there():
    """An object of a kind that the server lacks is not sent, and neither is anything refused for it."""
    player = Player(apply=Result(0, "customresourcedefinition serverside-applied (server dry run)\n", ""))
    judge = server(player)
    judge.connect()
    assert judge.judge([DEFINITION, widget()], "mail", [DEFINITION]) == Verdict(1, waiting=1)
    assert judge.judge([widget()], "mail", [DEFINITION]) == Verdict(0, waiting=1)


def test_the_namespace_default_stands_in_for_one_that_is_not_there_yet():
    """A dry run before the first deployment judges all but the namespace."""
    player = Player(namespaces=Result(0, "namespace/default\nnamespace/kube-system\n", ""), apply=Result(0, "a\n", ""))
    judge = server(player)
    judge.connect()
    objects = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", **({"namespace": space} if space else {})}}
        for space in ("mail", "kube-system", "")
    ]
    assert judge.judge(objects[:2], "mail", []) == Verdict(1, ("the server answered for 1 of 2 objects",))
    assert judge.judge(objects[2:], "mail", []) == Verdict(1)
    assert [each["metadata"].get("namespace") for each in player.sent[-2]] == ["default", "kube-system"]
    assert not [part for part in player.asked[-2] if part.startswith("--namespace")]
    assert "--namespace=default" in player.asked[-1]
    assert "--dry-run=server" in player.asked[-1]


def test_what_the_server_refuses_is_told():
    """Every line of refusal is a problem, warnings are none."""
    player = Player(apply=Result(1, "secret/a serverside-applied\n", "Warning: old\nError from server: b is\n wrong\n"))
    judge = server(player)
    judge.connect()
    assert judge.judge([widget()], "mail", []) == Verdict(1, ("Error from server: b is", "wrong"))


def test_pods_that_would_not_be_admitted_are_told():
    """A Deployment is accepted with a warning about its pods: that is a problem, with the name that it has not."""
    text = 'would violate PodSecurity "restricted:latest": privileged (container "a")'

    def play(command: Command) -> Result:
        sent = [Path(part.partition("=")[2]) for part in command.argv if part.startswith("--filename=")]
        items = [each for path in sent for each in json.loads(path.read_text())["items"]]
        errors = f"Warning: {text}\n" if any(each["metadata"]["name"] == "bad" for each in items) else "Warning: old\n"
        return Result(0, "".join("accepted\n" for _ in items), errors)

    objects = [
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {}}
        for kind, name in (("Deployment", "good"), ("DaemonSet", "bad"), ("Service", "other"))
    ]
    judge = Server(Path("kubectl"), Path("kubeconfig"), "here", runner=play)
    judge.connect()
    assert judge.judge(objects, "mail", []) == Verdict(3, (f"DaemonSet/bad: {text}",))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Result(0, "", ""), "the server answered for 0 of 1 objects"),
        (Result(124, "", ""), "kubectl ended with status 124"),
    ],
)
def test_silence_is_no_acceptance(answer: Result, problem: str):
    """An object that the server says nothing about is not accepted."""
    judge = server(Player(apply=answer))
    judge.connect()
    assert judge.judge([widget()], "mail", []) == Verdict(0, (problem,))


def test_a_pod_is_judged_without_a_class_that_is_installed_with_it():
    """A PriorityClass that the server does not have yet is no reason against a pod; one that it has stays."""
    player = Player(**{"priorityclasses.scheduling.k8s.io": Result(0, "priorityclass.scheduling.k8s.io/there\n", "")})
    judge = server(player)
    judge.connect()
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"priorityClassName": name}}
        for name in ("there", "missing")
    ]
    judge.judge(pods, "mail", [])
    assert [pod["spec"] for pod in player.sent[0]] == [{"priorityClassName": "there"}, {}]


def test_definitions_are_installed_without_their_webhooks():
    """On a throw-away server the definitions and namespaces are made, served and then known."""
    player = Player(customresourcedefinitions=Result(0, "", ""))
    mail = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mail"}}
    server(player).install([mail, DEFINITION, widget()])
    made = player.sent[0]
    assert [each["metadata"]["name"] for each in made] == ["mail", "widgets.example.org"]
    assert "conversion" not in made[1]["spec"]
    assert any("wait" in call and "customresourcedefinition/widgets.example.org" in call for call in player.asked)


def test_a_server_that_does_not_answer_is_told():
    """The error names the cluster."""
    with pytest.raises(ChartError, match="connection refused") as caught:
        server(Player(get=Result(1, "", "x\nconnection refused\n"))).connect()
    assert caught.value.cure == "is the cluster here up?"
