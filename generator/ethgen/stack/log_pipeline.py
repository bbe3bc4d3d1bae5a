"""The configuration of Alloy: from the files of a host's pods to Loki, with the level of each client's lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Logs
    from ethgen.spec import NetworkSpec

# Short words for levels that clients have, and those that others have for the same (go-ethereum, log/format.go;
# nim-chronicles, log_output.nim).
_LEVELS = {
    "trce": "trace", "trc": "trace", "dbug": "debug", "dbg": "debug", "inf": "info", "ntc": "notice",
    "warning": "warn", "wrn": "warn", "eror": "error", "err": "error", "crit": "critical", "fat": "fatal",
}  # fmt: skip

# Labels of a line, and where Kubernetes has them. Few values each: every combination is a stream of its own.
_LABELS = {
    "namespace": "__meta_kubernetes_namespace",
    "pod": "__meta_kubernetes_pod_name",
    "container": "__meta_kubernetes_pod_container_name",
    "app": "__meta_kubernetes_pod_label_app_kubernetes_io_name",
    "network": "__meta_kubernetes_pod_label_network",
}


def configuration(spec: NetworkSpec, loki: str) -> str:
    """Return the configuration for the clients of an environment.

    Args:
        spec: the environment.
        loki: address of Loki, without a path.
    """
    stages = "\n".join(_stages(spec))
    return _FRAME.format(
        labels="\n".join(_relabelling(spec)),
        stages=f"\n{stages}" if stages else "",
        url=json.dumps(f"{loki}/loki/api/v1/push"),
        cluster=json.dumps(spec.environment),
    )


def _relabelling(spec: NetworkSpec) -> Iterator[str]:
    for label, source in _LABELS.items():
        yield _rule(label, [source])
    if spec.networks:
        for layer in ("execution", "consensus", "validator"):
            sources = ["__meta_kubernetes_pod_container_name", f"__meta_kubernetes_pod_label_{layer}_client"]
            yield _rule("client", sources, f"{layer};(.+)")


def _rule(label: str, sources: list[str], pattern: str = "") -> str:
    lines = [f"source_labels = {json.dumps(sources)}", f"target_label  = {json.dumps(label)}"]
    if pattern:
        lines.append(f"regex         = {json.dumps(pattern)}")
    inside = "\n".join(f"    {line}" for line in lines)
    return f"  rule {{\n{inside}\n  }}"


def _stages(spec: NetworkSpec) -> Iterator[str]:
    """Yield a stage for every client that runs, and one that makes their words for levels the same."""
    formats = dict(_formats(spec))
    for (client, container), logs in sorted(formats.items()):
        selector = json.dumps(f'{{client="{client}", container="{container}"}}')
        if logs.pattern:
            reading = f"    stage.regex {{\n      expression = {json.dumps(logs.pattern)}\n    }}"
        else:
            fields = f"{{ level = {json.dumps(_json_path(logs.level))} }}"
            reading = f"    stage.json {{\n      expressions = {fields}\n    }}"
        yield f"  stage.match {{\n    selector = {selector}\n{reading}\n  }}"
    if formats:
        yield f'  stage.template {{\n    source   = "level"\n    template = {json.dumps(_normal())}\n  }}'
        yield '  stage.labels {\n    values = { level = "" }\n  }'


def _formats(spec: NetworkSpec) -> Iterator[tuple[tuple[str, str], Logs]]:
    for network in spec.networks.values():
        for group in network.nodes.values():
            if execution := EXECUTION_CLIENTS.get(group.execution.client):
                yield (execution.name, "execution"), execution.process.logs
            consensus = CONSENSUS_CLIENTS.get(group.consensus.client)
            if consensus and not consensus.inside:
                yield (consensus.name, "consensus"), consensus.process.logs
        for key_set in network.validators.values():
            client = CONSENSUS_CLIENTS.get(key_set.client)
            if client and client.validator:
                yield (client.name, "validator"), client.validator.process.logs


def _json_path(key: str) -> str:
    """Return a key of JSON as JMESPath has it; a dot leads into an object."""
    return ".".join(part if part.isidentifier() else json.dumps(part) for part in key.split("."))


def _normal() -> str:
    """Return the template of a level in small letters, and in the words that most have for it."""
    cases = "".join(f'{{{{ else if eq $level "{word}" }}}}{usual}' for word, usual in _LEVELS.items())
    return (
        "{{ $level := ToLower .Value }}" + cases.replace("{{ else if", "{{ if", 1) + "{{ else }}{{ $level }}{{ end }}"
    )


# The path is that of the kubelet: /var/log/pods/<namespace>_<pod>_<uid>/<container>/<number>.log.
_FRAME = """\
discovery.kubernetes "pods" {{
  role = "pod"
  selectors {{
    role  = "pod"
    field = "spec.nodeName=" + coalesce(sys.env("HOSTNAME"), constants.hostname)
  }}
}}

discovery.relabel "pods" {{
  targets = discovery.kubernetes.pods.targets
{labels}
  rule {{
    source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    target_label  = "__path__"
    replacement   = "/var/log/pods/*$1/*.log"
  }}
}}

local.file_match "pods" {{
  path_targets = discovery.relabel.pods.output
}}

loki.source.file "pods" {{
  targets    = local.file_match.pods.targets
  forward_to = [loki.process.pods.receiver]
}}

loki.process "pods" {{
  forward_to = [loki.write.loki.receiver]

  stage.cri {{}}{stages}
}}

loki.write "loki" {{
  endpoint {{
    url = {url}
  }}
  external_labels = {{ cluster = {cluster} }}
}}
"""
