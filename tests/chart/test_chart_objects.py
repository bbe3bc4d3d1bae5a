"""What the drawn objects mean to Kubernetes, whatever values they are drawn from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]

# Execution APIs, "Authentication": the default port of the engine API.
ENGINE_PORT = 8551
# Kubernetes, "Pod Security Standards", restricted: the volume types it accepts.
RESTRICTED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
# The flags that clients take for the address of their Beacon API, and Prysm for that of gRPC.
BEACON_ADDRESS = re.compile(
    r"--(rpc-host|http-host|http-address|rest-address|rest\.address|rest-api-interface|beacon\.api\.addr)="
)
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [found for found in objects if found["kind"] == kind]


def name(found: Object) -> str:
    return f"{found['kind']} {found['metadata']['name']}"


def pods(objects: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Yield each kind of pod: its labels, as its first replica has them, and its spec."""
    for found in of_kind(objects, "Pod"):
        yield found["metadata"]["labels"], found["spec"]
    for found in of_kind(objects, "StatefulSet"):
        for ordinal in range(found["spec"]["replicas"]):
            pod = found["spec"]["template"]
            own = {"statefulset.kubernetes.io/pod-name": f"{found['metadata']['name']}-{ordinal}"}
            yield {**pod["metadata"]["labels"], **own}, pod["spec"]


def containers(pod: Object) -> list[Object]:
    return [*(pod.get("initContainers") or []), *pod["containers"]]


def selected(objects: list[Object], selector: Object) -> list[Object]:
    """Return the specs of the pods that have all labels of a selector."""
    return [pod for labels, pod in pods(objects) if selector.items() <= labels.items()]


def ports_of(pod: Object) -> list[Object]:
    return [port for container in pod["containers"] for port in container.get("ports", [])]


def listens(pod: Object, port: int | str, protocol: str) -> bool:
    return any(
        port in (found["name"], found["containerPort"]) and protocol == found["protocol"] for found in ports_of(pod)
    )


def rules(policy: Object) -> Iterator[tuple[str, Object]]:
    for direction in ("ingress", "egress"):
        for rule in policy["spec"].get(direction, []):
            yield direction, rule


def test_every_container_meets_the_restricted_standard(drawn: list[Object]):
    """No pod asks for anything that Pod Security `restricted` refuses, nor for a file system to write to."""
    for _, pod in pods(drawn):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 65532
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert pod["automountServiceAccountToken"] is False
        for volume in pod["volumes"]:
            assert volume.keys() - {"name"} <= RESTRICTED_VOLUMES
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert not any("hostPort" in port for port in container.get("ports", []))


def test_every_selector_finds_pods(drawn: list[Object]):
    """Each Service, policy and constraint selects pods of the release; a StatefulSet selects exactly its own."""
    for service in of_kind(drawn, "Service"):
        assert selected(drawn, service["spec"]["selector"]), name(service)
    for stateful_set in of_kind(drawn, "StatefulSet"):
        spec = stateful_set["spec"]
        own = spec["selector"]["matchLabels"]
        assert own.items() <= spec["template"]["metadata"]["labels"].items()
        assert all(pod is spec["template"]["spec"] for pod in selected(drawn, own))
        for constraint in spec["template"]["spec"].get("topologySpreadConstraints", []):
            assert constraint["labelSelector"]["matchLabels"] == own
    if any(of_kind(drawn, "StatefulSet")):
        for kind in ("NetworkPolicy", "PodDisruptionBudget"):
            for found in of_kind(drawn, kind):
                chosen = found["spec"].get("podSelector", found["spec"].get("selector")).get("matchLabels", {})
                expected = has_component(drawn, chosen)
                assert bool(selected(drawn, chosen)) is expected, name(found)


def has_component(objects: list[Object], selector: Object) -> bool:
    """Return whether the release has pods of a selector's component: validators are not part of every network."""
    component = selector.get("app.kubernetes.io/component")
    return component is None or any(labels["app.kubernetes.io/component"] == component for labels, _ in pods(objects))


def test_every_service_port_is_listened_on(drawn: list[Object]):
    """Each port of a Service leads to a container port of the same protocol in the pods behind it."""
    for service in of_kind(drawn, "Service"):
        for port in service["spec"].get("ports", []):
            behind = selected(drawn, service["spec"]["selector"])
            assert any(listens(pod, port["targetPort"], port["protocol"]) for pod in behind), (name(service), port)


def test_every_policy_port_is_listened_on(drawn: list[Object]):
    """Each port that a policy opens is a container port of the pods that it lets be reached."""
    for policy in of_kind(drawn, "NetworkPolicy"):
        own = policy["spec"]["podSelector"].get("matchLabels", {})
        for direction, rule in rules(policy):
            peers = [peer["podSelector"]["matchLabels"] for peer in rule.get("to", []) if "podSelector" in peer]
            targets = [own] if direction == "ingress" else peers
            for target in targets:
                behind = selected(drawn, target)
                for port in rule["ports"] if behind else []:
                    assert any(listens(pod, port["port"], port["protocol"]) for pod in behind), (name(policy), port)


def test_the_engine_api_stays_in_the_pod(drawn: list[Object]):
    """The engine API's port is in no Service, policy or list of container ports."""
    for service in of_kind(drawn, "Service"):
        assert all(port["port"] != ENGINE_PORT for port in service["spec"].get("ports", []))
    for policy in of_kind(drawn, "NetworkPolicy"):
        for _, rule in rules(policy):
            assert all(port["port"] != ENGINE_PORT for port in rule.get("ports", []))
    for _, pod in pods(drawn):
        assert all(port["containerPort"] != ENGINE_PORT for port in ports_of(pod))


def test_everything_is_denied_that_no_policy_allows(drawn: list[Object]):
    """One policy selects every pod of the namespace in both directions and allows nothing."""
    (deny,) = [policy for policy in of_kind(drawn, "NetworkPolicy") if policy["metadata"]["name"] == "default-deny"]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_a_policy_names_the_directions_it_has_rules_for(drawn: list[Object]):
    """A policy's types are those of its rules, so that none denies more than it says."""
    for policy in of_kind(drawn, "NetworkPolicy"):
        if policy["metadata"]["name"] != "default-deny":
            assert {kind.lower() for kind in policy["spec"]["policyTypes"]} == {
                direction for direction, _ in rules(policy)
            }


def test_no_rule_allows_without_saying_what(drawn: list[Object]):
    """Each rule names ports or peers, and each peer more than nothing: an empty one would mean everybody."""
    for policy in of_kind(drawn, "NetworkPolicy"):
        for direction, rule in rules(policy):
            assert rule.get("ports") or rule.get("to"), name(policy)
            for peer in rule.get("from" if direction == "ingress" else "to", []):
                (choice,) = peer.values()
                assert choice.get("cidr") or choice.get("matchLabels"), name(policy)


def test_validators_cannot_be_scaled(drawn: list[Object]):
    """A validator is one pod on one claim that only one pod at a time may have."""
    claims = {claim["metadata"]["name"]: claim for claim in of_kind(drawn, "PersistentVolumeClaim")}
    for found in of_kind(drawn, "StatefulSet"):
        if found["metadata"]["labels"]["app.kubernetes.io/component"] != "validator":
            continue
        assert found["spec"]["replicas"] == 1
        assert "volumeClaimTemplates" not in found["spec"]
        (volume,) = [volume for volume in found["spec"]["template"]["spec"]["volumes"] if volume["name"] == "data"]
        claim = claims.pop(volume["persistentVolumeClaim"]["claimName"])
        assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert not claims


def test_names_are_within_the_limits_of_kubernetes(drawn: list[Object]):
    """Names fit DNS labels, StatefulSets leave room for their pods' revision label, and nothing is drawn twice."""
    for found in drawn:
        assert len(found["metadata"]["name"]) <= (52 if found["kind"] == "StatefulSet" else 63), name(found)
        for labels in (found["metadata"]["labels"], *(labels for labels, _ in pods([found]))):
            assert all(LABEL_VALUE.fullmatch(value) for value in labels.values()), labels
    identities = [(found["kind"], found["metadata"]["name"]) for found in drawn]
    assert len(identities) == len(set(identities))


def test_every_object_is_in_the_release_namespace(drawn: list[Object]):
    """Nothing is drawn outside the namespace of the release."""
    assert {found["metadata"]["namespace"] for found in drawn} == {"network"}


def test_every_mount_has_its_volume(drawn: list[Object]):
    """Containers mount only volumes of their pod, no path twice, and every volume is mounted."""
    for found in of_kind(drawn, "StatefulSet") + of_kind(drawn, "Pod"):
        templates = [claim["metadata"]["name"] for claim in found["spec"].get("volumeClaimTemplates", [])]
        for _, pod in pods([found]):
            volumes = {volume["name"] for volume in pod["volumes"]} | set(templates)
            mounts = [mount for container in containers(pod) for mount in container["volumeMounts"]]
            assert {mount["name"] for mount in mounts} == volumes
            for container in containers(pod):
                paths = [mount["mountPath"] for mount in container["volumeMounts"]]
                assert len(paths) == len(set(paths))


def test_every_variable_in_an_argument_is_set(drawn: list[Object]):
    """An argument refers to no variable that its container does not have."""
    for _, pod in pods(drawn):
        for container in containers(pod):
            used = set(re.findall(r"\$\((\w+)\)", " ".join(container["args"])))
            assert used <= {variable["name"] for variable in container.get("env", [])}, container["name"]


def test_probes_ask_the_agent_of_the_same_pod(drawn: list[Object]):
    """Clients may start for days, are alive while they lag, and the agent alone decides on readiness."""
    for found in of_kind(drawn, "StatefulSet"):
        if found["metadata"]["labels"]["app.kubernetes.io/component"] != "node":
            continue
        by_name = {container["name"]: container for container in found["spec"]["template"]["spec"]["containers"]}
        # A consensus client may be part of the execution client's process.
        layers = [layer for layer in ("execution", "consensus") if layer in by_name]
        assert by_name.keys() == {"execution", "agent", *layers}
        assert ("consensus" in layers) == ("consensus-client" in found["metadata"]["labels"])
        (agent_port,) = (port["containerPort"] for port in by_name["agent"]["ports"])
        for layer in layers:
            start, alive = by_name[layer]["startupProbe"], by_name[layer]["livenessProbe"]
            # Of two clients in one process, each is asked for.
            query = f"?client={layer}" if "consensus" in layers else ""
            assert start["httpGet"] == {"path": f"/startup{query}", "port": agent_port}
            assert start["periodSeconds"] * start["failureThreshold"] >= 7 * 86_400
            assert alive["httpGet"] == {"path": f"/live{query}", "port": agent_port}
            assert alive["periodSeconds"] * alive["failureThreshold"] > 300, "the agent's longest restart pause"
            assert "readinessProbe" not in by_name[layer]
        ready = by_name["agent"]["readinessProbe"]
        assert ready["httpGet"]["path"] == "/ready"
        assert ready["periodSeconds"] * ready["failureThreshold"] <= 4


def test_each_replica_has_a_service_that_finds_it_before_it_is_ready(drawn: list[Object]):
    """Every node has a peer-to-peer Service; of the others, only headless ones list pods that are not ready."""
    services = {service["metadata"]["name"]: service["spec"] for service in of_kind(drawn, "Service")}
    for found in of_kind(drawn, "StatefulSet"):
        assert found["spec"]["serviceName"] in services
        if found["metadata"]["labels"]["app.kubernetes.io/component"] == "node":
            for ordinal in range(found["spec"]["replicas"]):
                spec = services.pop(f"{found['metadata']['name']}-{ordinal}-p2p")
                assert spec["publishNotReadyAddresses"] is True
                assert spec["type"] == "ClusterIP"
    for service, spec in services.items():
        assert spec.get("publishNotReadyAddresses", False) is (spec.get("clusterIP") == "None"), service


def test_service_monitors_scrape_ports_that_services_have(drawn: list[Object]):
    """Each endpoint of a ServiceMonitor is a port of a Service it selects, and every series says whose it is."""
    for monitor in of_kind(drawn, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        services = [found for found in of_kind(drawn, "Service") if wanted <= found["metadata"]["labels"].items()]
        ports = {port["name"] for service in services for port in service["spec"]["ports"]}
        for endpoint in monitor["spec"]["endpoints"]:
            assert endpoint["port"] in ports
            labels = {relabeling["targetLabel"] for relabeling in endpoint["relabelings"]}
            assert labels >= {"network", "client", "layer"}
            assert labels & {"node", "keyset"}


@pytest.mark.parametrize("service", ["rpc", "beacon"])
def test_only_ready_nodes_serve(drawn: list[Object], service: str):
    """The Services for users and validators select nodes alone, and no node before it is ready."""
    for found in of_kind(drawn, "Service"):
        if found["metadata"]["name"] == service:
            assert found["spec"]["selector"]["app.kubernetes.io/component"] == "node"
            assert "publishNotReadyAddresses" not in found["spec"]


def test_validators_reach_beacon_nodes_through_the_agent_alone(drawn: list[Object]):
    """The agent stands before every port that validators use, and the client has it on localhost only."""
    numbers = {
        port["targetPort"]
        for found in of_kind(drawn, "Service")
        if found["metadata"]["name"] == "beacon"
        for port in found["spec"]["ports"]
    }
    nodes = [pod for labels, pod in pods(drawn) if labels["app.kubernetes.io/component"] == "node"]
    assert bool(numbers) == bool(nodes)
    for pod in nodes:
        by_name = {container["name"]: container for container in pod["containers"]}
        consensus = by_name.get("consensus", by_name["execution"])
        ports = {port["containerPort"] for port in consensus["ports"] if port["name"] in numbers}
        assert {f"--gate={port}" for port in ports} == {
            word for word in by_name["agent"]["args"] if word.startswith("--gate=")
        }
        assert "--gate-host=$(POD_IP)" in by_name["agent"]["args"]
        addresses = [word for word in consensus["args"] if BEACON_ADDRESS.match(word)]
        assert addresses
        assert {word.partition("=")[2] for word in addresses} == {"127.0.0.1"}
