"""Whether rendered objects would be accepted: by their schemas without a cluster, and by an API server's dry run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import cache_root, scratch_folder
from ethgen.cluster.charts.definitions import write_schemas
from ethgen.cluster.charts.rendering import WORKLOADS
from ethgen.cluster.process import Command, run
from ethgen.cluster.tools import KUBERNETES
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ethgen.cluster.process import Result, Runner

    Object = dict[str, Any]

# What kubeconform's authors call a schema's place, with `schemas` of the folder that is given, and of the definitions.
_BUILT_IN = "{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json"
_DEFINED = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"

# An API server answers each object in milliseconds; a release has some hundreds.
_SERVER_SECONDS = 300.0
_FIELD_MANAGER = "ethgen-check"

# What the admission of Pod Security says of a pod, or of what makes pods (k8s.io/pod-security-admission, admission.go).
_NOT_ADMITTED = "Warning: would violate PodSecurity"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was thought of a release's objects.

    Attributes:
        accepted: how many are right.
        problems: one line for each that is not.
        waiting: how many could not be judged, because the cluster does not have their definitions.
    """

    accepted: int
    problems: tuple[str, ...] = ()
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Schemas:
    """Schemas of Kubernetes' own kinds, and how they are read.

    Attributes:
        program: kubeconform.
        folder: holds `v<version>-standalone-strict/`, or that in a folder k8s/, as kubeconform's authors publish them.
        kubernetes: the version whose schemas are taken.
        runner: runs kubeconform.
    """

    program: Path
    folder: Path
    kubernetes: str = KUBERNETES
    runner: Runner = run

    def judge(self, objects: Sequence[Object], definitions: Iterable[Object]) -> Verdict:
        """Return what the schemas say of objects.

        Args:
            objects: what is judged.
            definitions: where the schemas of kinds that are not Kubernetes' own are taken from.

        Raises:
            ChartError: kubeconform fails.
        """
        with scratch_folder(cache_root() / "charts" / "schemas") as scratch:
            write_schemas(definitions, scratch / "crds")
            manifest = scratch / "objects.json"
            manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}), "utf-8")
            places = [self.folder / _BUILT_IN, self.folder / "k8s" / _BUILT_IN, scratch / "crds" / _DEFINED]
            places += [self.folder / "crds" / _DEFINED]
            command = [
                *(str(self.program), "-strict", "-output", "json", "-summary", "-verbose"),
                *("-kubernetes-version", self.kubernetes.removeprefix("v")),
                *(part for place in places for part in ("-schema-location", str(place))),
                str(manifest),
            ]
            done = self.runner(Command(command, timeout=_SERVER_SECONDS))
        try:
            resources = json.loads(done.output)["resources"]
        except (ValueError, LookupError) as error:
            raise ChartError(f"kubeconform: {done.errors.strip() or done.output.strip()[:200]}") from error
        wrong = [
            f"{each['kind']}/{each['name']}: {_in_one_line(each['msg'])}"
            for each in resources
            if each["status"] not in {"statusValid", "statusEmpty"}
        ]
        valid = sum(each["status"] == "statusValid" for each in resources)
        return Verdict(valid, tuple(wrong))


@dataclass(slots=True)
class Server:
    """An API server that judges objects in a dry run: nothing of them is kept.

    Attributes:
        program: kubectl.
        kubeconfig: the file with the cluster.
        context: the only context that is spoken to.
        runner: runs kubectl.
    """

    program: Path
    kubeconfig: Path
    context: str
    runner: Runner = run
    _namespaces: set[str] = field(default_factory=set)
    _definitions: set[str] = field(default_factory=set)
    _priority_classes: set[str] = field(default_factory=set)

    def connect(self) -> None:
        """Learn what is there.

        Raises:
            ChartError: the server does not answer.
        """
        self._namespaces = self._names("namespaces")
        self._definitions = self._names("customresourcedefinitions.apiextensions.k8s.io")
        self._priority_classes = self._names("priorityclasses.scheduling.k8s.io")

    def install(self, objects: Iterable[Object]) -> None:
        """Make the definitions and namespaces among objects for good, and wait until the definitions are served.

        Raises:
            ChartError: the server refuses one.
        """
        chosen = [each for each in objects if each["kind"] in {"CustomResourceDefinition", "Namespace"}]
        # Without its webhook, which does not run here, no object of a kind with conversion could be read.
        made = [
            {**each, "spec": {key: value for key, value in each["spec"].items() if key != "conversion"}}
            if each["kind"] == "CustomResourceDefinition"
            else each
            for each in chosen
        ]
        self._succeed("apply", "--server-side", "--force-conflicts", "--filename=-", objects=made)
        names = [each["metadata"]["name"] for each in made if each["kind"] == "CustomResourceDefinition"]
        if names:
            waited = [f"customresourcedefinition/{name}" for name in names]
            self._succeed("wait", "--for=condition=Established", "--timeout=60s", *waited)
        self.connect()

    def label(self, namespaces: Iterable[Object]) -> None:
        """Give namespaces that are there other labels.

        Raises:
            ChartError: the server refuses one.
        """
        self._succeed("apply", "--server-side", "--force-conflicts", "--filename=-", objects=list(namespaces))

    def judge(self, objects: Sequence[Object], namespace: str, definitions: Iterable[Object]) -> Verdict:
        """Return what the server says of objects, and of the pods that they would make.

        A Deployment whose pods its namespace would never admit is accepted, with a warning; here that is a problem.

        Args:
            objects: what is judged.
            namespace: where those without a namespace would be installed; one that is not there yet is stood in for by
                the namespace `default`.
            definitions: those that are installed with them; objects of kinds that the server lacks wait for these.

        Raises:
            ChartError: the server does not answer.
        """
        missing = {
            (each["spec"]["group"], each["spec"]["names"]["kind"])
            for each in definitions
            if _name(each) not in self._definitions
        }
        known = [each for each in objects if (each["apiVersion"].partition("/")[0], each["kind"]) not in missing]
        sent = [self._placed(each) for each in known]
        home = namespace if namespace in self._namespaces else "default"
        # kubectl refuses objects of another namespace than the one it is told.
        verdicts = [
            self._dry_run([each for each in sent if "namespace" not in each["metadata"]], f"--namespace={home}"),
            self._dry_run([each for each in sent if "namespace" in each["metadata"]]),
        ]
        return Verdict(
            sum(each.accepted for each in verdicts),
            tuple(problem for each in verdicts for problem in each.problems),
            waiting=len(objects) - len(sent),
        )

    def _dry_run(self, objects: Sequence[Object], *arguments: str) -> Verdict:
        if not objects:
            return Verdict(0)
        done = self._call(
            *("apply", "--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts"),
            *(*arguments, f"--field-manager={_FIELD_MANAGER}", "--filename=-"),
            objects=objects,
        )
        accepted = len(done.output.splitlines())
        lines = [_in_one_line(line) for line in done.errors.splitlines() if line.strip()]
        wrong = [line for line in lines if not line.startswith("Warning:")]
        if violations := [line.removeprefix("Warning: ") for line in lines if line.startswith(_NOT_ADMITTED)]:
            wrong += (
                self._violations(objects, arguments)
                if len(objects) > 1
                else [f"{each['kind']}/{_name(each)}: {line}" for each in objects for line in violations]
            )
        if done.ok and not wrong and accepted != len(objects):
            wrong = [f"the server answered for {accepted} of {len(objects)} objects"]
        if not done.ok and not wrong:
            wrong = [f"kubectl ended with status {done.status}"]
        return Verdict(accepted, tuple(wrong))

    def _violations(self, objects: Sequence[Object], arguments: Sequence[str]) -> list[str]:
        """Return which objects' pods are not admitted: of several, the server's warnings do not say."""
        templates = [each for each in objects if each["kind"] in WORKLOADS]
        return [problem for each in templates for problem in self._dry_run([each], *arguments).problems]

    def _placed(self, each: Object) -> Object:
        """Return an object in a namespace that is there, a pod without a class that is not: releases bring theirs."""
        metadata = each["metadata"]
        if each["kind"] == "Pod" and each["spec"].get("priorityClassName") not in {None, *self._priority_classes}:
            spec = {key: value for key, value in each["spec"].items() if key != "priorityClassName"}
            each = {**each, "spec": spec}
        if metadata.get("namespace") in {None, *self._namespaces}:
            return each
        return {**each, "metadata": {**metadata, "namespace": "default"}}

    def _names(self, kind: str) -> set[str]:
        text = self._succeed("get", kind, "--output=name")
        return {line.partition("/")[2] for line in text.splitlines()}

    def _succeed(self, *arguments: str, objects: Sequence[Object] | None = None) -> str:
        done = self._call(*arguments, objects=objects)
        if not done.ok:
            words = _in_one_line(done.errors.strip().rpartition("\n")[2])
            raise ChartError(f"kubectl {arguments[0]}: {words}", cure=f"is the cluster {self.context} up?")
        return done.output

    def _call(self, *arguments: str, objects: Sequence[Object] | None = None) -> Result:
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", f"--context={self.context}", *arguments]
        if objects is None:
            return self.runner(Command(command, timeout=_SERVER_SECONDS))
        with scratch_folder(cache_root() / "charts" / "objects") as scratch:
            manifest = scratch / "objects.json"
            manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}), "utf-8")
            named = [f"--filename={manifest}" if each == "--filename=-" else each for each in command]
            return self.runner(Command(named, timeout=_SERVER_SECONDS))


def _name(found: Object) -> str:
    metadata = found["metadata"]
    return str(metadata.get("name") or f"{metadata['generateName']}…")


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
