"""Limits below requests, in values of a network's release; the words are a fixture of tests/fixtures/invalid."""

from __future__ import annotations

from typing import Any

import pytest

from ethgen.stack.limits import problems


def told(requests: object, limits: object, over: dict[str, Any]) -> list[str]:
    """Return the paths that are told of an agent with these resources, of which a spec has written `over`."""
    values = {"agent": {"resources": {"requests": requests, "limits": limits}}}
    return [".".join(map(str, path)) for path, _ in problems((), values, {"agent": {"resources": over}})]


@pytest.mark.parametrize(
    ("request_", "limit"), [("1", "1"), ("500m", "1"), ("1000Mi", "1Gi"), (1, "x"), ("x", "1"), ("1", ""), ("1", None)]
)
def test_a_limit_may_be_the_request_or_more(request_: object, limit: object):
    """Nothing is told of limits that suffice, nor of what is no quantity: the chart's types tell that."""
    assert told({"cpu": request_}, {"cpu": limit}, {"limits": {"cpu": limit}}) == []


def test_the_place_is_what_the_spec_has_written():
    """The limit is told where the spec has it, else the request that is beyond the generated limit."""
    over = {"limits": {"memory": "1Mi"}, "requests": {"cpu": "2"}}
    found = told({"cpu": "2", "memory": "1Gi"}, {"cpu": "1500m", "memory": "1Mi"}, over)
    assert found == ["agent.resources.requests.cpu", "agent.resources.limits.memory"]


def test_what_a_spec_does_not_change_is_left_alone():
    """Generated values are held elsewhere."""
    assert list(problems((), {"agent": {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}}, {})) == []
