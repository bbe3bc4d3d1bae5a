"""The configuration of Alloy: what it reads, and how it reads the lines of each client."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec import load
from ethgen.stack.log_pipeline import configuration

ROOT = Path(__file__).parents[3]
URL = "http://loki.example"


def of_production() -> str:
    """Return the configuration of the environment that has every client."""
    return configuration(load(ROOT / "environments" / "production.yaml"), URL)


def test_every_client_of_an_environment_has_its_stage() -> None:
    """Each container of a client is read in its own format: a key of JSON, or an expression."""
    text = of_production()
    for client in EXECUTION_CLIENTS.values():
        assert f'"{{client=\\"{client.name}\\", container=\\"execution\\"}}"' in text
    for consensus in CONSENSUS_CLIENTS.values():
        inside = bool(consensus.inside)
        assert (f'"{{client=\\"{consensus.name}\\", container=\\"consensus\\"}}"' in text) is not inside
    geth, ethrex = EXECUTION_CLIENTS["geth"].process.logs, EXECUTION_CLIENTS["ethrex"].process.logs
    assert f'{{ level = "{geth.level}" }}' in text
    assert f"expression = {json.dumps(ethrex.pattern)}" in text


def test_only_clients_that_run_have_a_stage() -> None:
    """An environment of two clients has the stages of these two."""
    text = configuration(load(ROOT / "tests" / "fixtures" / "valid" / "several.yaml"), URL)
    found = set(re.findall(r'client=\\"([a-z]+)\\"', text))
    assert found == {"geth", "prysm", "lighthouse"}


def test_without_networks_lines_are_read_as_they_are() -> None:
    """Where no client runs, nothing looks for one."""
    text = configuration(load(ROOT / "tests" / "fixtures" / "valid" / "releases.yaml"), URL)
    assert "stage.match" not in text
    assert "execution_client" not in text
    assert 'url = "http://loki.example/loki/api/v1/push"' in text
    assert 'cluster = "releases"' in text


def test_braces_are_balanced_outside_of_quotes() -> None:
    """Every block of the configuration is closed."""
    bare = re.sub(r'"(\\.|[^"\\])*"', "", of_production())
    assert bare.count("{") == bare.count("}") > 40


def test_a_level_is_told_in_one_word_whatever_the_client_calls_it() -> None:
    """The words of geth and Nimbus become those of the others, by a template that the chart must not read itself."""
    text = of_production()
    template = json.loads(re.search(r"template = (\".*\")", text)[1])  # type: ignore[index]
    assert template.startswith("{{ $level := ToLower .Value }}{{ if eq $level ")
    assert '{{ else if eq $level "eror" }}error' in template
    assert template.endswith("{{ else }}{{ $level }}{{ end }}")
