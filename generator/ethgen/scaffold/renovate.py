"""Rules by which Renovate finds the versions that a fleet's specs name, made from the catalogue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import ConsensusClient, ExecutionClient
    from ethgen.stack.release import Chart

_SPECS = ["/^environments/.+\\.yaml$/"]

# What may stand between two keys of a mapping: a comma and blanks in the one notation, a line in the other.
_BETWEEN = r"""["']?\s*(?:,|\n)\s*"""
_VERSION = r"""version:\s*["']?(?<currentValue>[^\s"',}]+)"""


def renovate() -> bytes:
    """Return `renovate.json`.

    What is generated is left alone: its versions come from the specs and from ethgen's own.
    """
    document = {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended", ":dependencyDashboard"],
        "enabledManagers": ["custom.regex", "github-actions", "pip_requirements"],
        "ignorePaths": ["values/**", "gitops/**", "charts/**"],
        "customManagers": [*_clients(), *_charts()],
        "packageRules": [
            {
                "description": "Clients change one at a time, once others have run a release for some days.",
                "matchManagers": ["custom.regex"],
                "minimumReleaseAge": "3 days",
                "addLabels": ["fleet"],
                "commitMessageTopic": "{{{depName}}}",
            },
            {
                "description": "A newer ethgen brings its chart: run `make upgrade` on the branch.",
                "matchPackageNames": ["ethgen"],
                "addLabels": ["ethgen"],
            },
        ],
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _clients() -> Iterator[dict[str, Any]]:
    clients: list[ExecutionClient | ConsensusClient] = [*EXECUTION_CLIENTS.values(), *CONSENSUS_CLIENTS.values()]
    for client in clients:
        prefix = client.process.tag.partition("{version}")[0]
        yield {
            "description": f"{client.name}, by the tags of its image",
            "customType": "regex",
            "managerFilePatterns": _SPECS,
            "matchStrings": [
                rf"client:\s*[\"']?{client.name}{_BETWEEN}{_VERSION}",
                rf"{_VERSION}{_BETWEEN}client:\s*[\"']?{client.name}\b",
            ],
            "depNameTemplate": client.name,
            "packageNameTemplate": client.process.image,
            "datasourceTemplate": "docker",
            "versioningTemplate": "semver",
            "extractVersionTemplate": f"^{prefix}(?<version>\\d+\\.\\d+\\.\\d+)$",
        }


def _charts() -> Iterator[dict[str, Any]]:
    for name, known in KNOWN.items():
        chart = known.release.chart
        if not chart.own:
            yield {
                "description": f"The chart of the release {name}",
                "customType": "regex",
                "managerFilePatterns": _SPECS,
                "matchStrings": [rf"\b{name}:\s*\{{?\s*{_VERSION}"],
                "depNameTemplate": chart.name,
                **_source(chart),
                "versioningTemplate": "helm",
            }


def _source(chart: Chart) -> dict[str, str]:
    if chart.repository.startswith("oci://"):
        return {
            "datasourceTemplate": "docker",
            "packageNameTemplate": f"{chart.repository.removeprefix('oci://')}/{chart.name}",
        }
    return {"datasourceTemplate": "helm", "registryUrlTemplate": chart.repository}
