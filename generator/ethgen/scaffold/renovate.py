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

# Specs are read as YAML, so that neither order nor notation nor comments of a mapping matter.
_READ = {"customType": "jsonata", "fileFormat": "yaml", "managerFilePatterns": ["/^environments/.+\\.yaml$/"]}

# Who commits in a workflow of GitHub Actions (its documentation, "Using the GITHUB_TOKEN in a workflow").
_COMMITTER = "41898282+github-actions[bot]@users.noreply.github.com"


def renovate() -> bytes:
    """Return `renovate.json`.

    What is generated is left alone: its versions come from the specs and from ethgen's own.
    """
    document = {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended", ":dependencyDashboard", "helpers:pinGitHubActionDigests"],
        "enabledManagers": ["custom.jsonata", "github-actions", "pip_requirements"],
        # What .github/workflows/render.yaml commits is no edit that Renovate would have to respect.
        "gitIgnoredAuthors": [_COMMITTER],
        "ignorePaths": ["values/**", "gitops/**", "charts/**"],
        "customManagers": [*_clients(), *_charts()],
        "packageRules": [
            {
                "description": "Clients change one at a time, once others have run a release for some days. Where a "
                "registry tells no day, as ghcr.io does not, a release is taken at once.",
                "matchManagers": ["custom.jsonata"],
                "minimumReleaseAge": "3 days",
                # Since Renovate 42, what has no day would wait for ever.
                "minimumReleaseAgeBehaviour": "timestamp-optional",
                "addLabels": ["fleet"],
                "commitMessageTopic": "{{{depName}}}",
            },
            {
                "description": "Images of the private network are built here, of the versions that ethgen can build.",
                "matchManagers": ["custom.jsonata"],
                "matchFileNames": ["environments/local.yaml"],
                "enabled": False,
            },
            {
                "description": "A newer ethgen brings its charts, and workflows that nobody but people may push.",
                "matchDepNames": ["ethgen"],
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
            **_READ,
            "matchStrings": [f'**[client = "{client.name}" and $exists(version)].{{"currentValue": version}}'],
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
                **_READ,
                "matchStrings": [f'releases.`{name}`[$exists(version)].{{"currentValue": version}}'],
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
