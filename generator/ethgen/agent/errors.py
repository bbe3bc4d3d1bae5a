"""What the agent tells a user, in one line."""

from __future__ import annotations


class AgentError(Exception):
    """A mistake in what the agent was given: shown as one line, exit status 2."""
