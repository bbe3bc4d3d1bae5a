"""What `ethgen init` is told, and what it makes of it."""

from __future__ import annotations

import pytest

from ethgen.scaffold.answers import AnswerError, checked, defaults
from ethgen.scaffold.requirement import EXPECTED


def test_without_answers_there_is_a_private_network_and_hoodi() -> None:
    """Whoever says nothing gets a fleet that costs nothing, named for its folder."""
    assert checked({}, "my-fleet") == defaults("my-fleet")
    assert defaults("my-fleet").networks == ("private", "hoodi")
    assert defaults("my-fleet").repository == "https://git.example.org/my-fleet.git"
    assert defaults("my-fleet").name == "my-fleet"


@pytest.mark.parametrize(
    ("repository", "address", "registry", "owners"),
    [
        ("https://github.com/Acme/fleet", "https://github.com/Acme/fleet", "ghcr.io/acme", ("@Acme",)),
        ("git@github.com:acme/fleet.git", "ssh://git@github.com/acme/fleet.git", "ghcr.io/acme", ("@acme",)),
        ("https://gitlab.com/a/b/c.git", "https://gitlab.com/a/b/c.git", "registry.gitlab.com/a/b/c", ()),
        ("https://git.acme.org/fleet", "https://git.acme.org/fleet", "registry.example.org", ()),
    ],
)
def test_registry_and_owners_follow_from_the_repository(
    repository: str, address: str, registry: str, owners: tuple[str, ...]
) -> None:
    """The registry of a git host is known, and so is who owns a repository on GitHub."""
    answers = checked({"repository": repository}, "fleet")
    assert (answers.repository, answers.registry, answers.owners) == (address, registry, owners)


def test_what_is_said_twice_counts_once() -> None:
    """A network or a pair that is named again is not installed again."""
    answers = checked({"networks": ("hoodi", "hoodi"), "clients": ("geth-teku", "geth-teku")}, "fleet")
    assert (answers.networks, answers.clients) == (("hoodi",), ("geth-teku",))


def test_all_mistakes_are_told_at_once() -> None:
    """Each wrong answer has its line, with the nearest right one."""
    with pytest.raises(AnswerError) as caught:
        checked(
            {
                "networks": ("hodi",),
                "clients": ("gteh-lighthouse", "geth-caplin", "geth"),
                "repository": "https://user:secret@example.org/fleet",
                "registry": "https://registry.example.org",
                "gitops": "fluks",
                "requirement": "ethgen>=1",
                "owners": ("acme",),
            },
            "fleet",
        )
    execution, consensus = (
        "besu, erigon, ethrex, geth, nethermind, reth",
        "caplin, grandine, lighthouse, lodestar, nimbus, prysm, teku",
    )
    address = (
        "expected the address of a git repository such as https://git.example.org/fleet or "
        "ssh://git@git.example.org/fleet; a password or token is a secret, which no spec holds: name a Secret"
    )
    assert str(caught.value).splitlines() == [
        "no network 'hodi'; did you mean 'hoodi'?; known: private, hoodi, mainnet, sepolia",
        f"no client 'gteh' in the pair 'gteh-lighthouse'; did you mean 'geth'?; known: {execution}",
        "no pair 'geth-caplin': caplin runs inside erigon",
        f"no client '' in the pair 'geth'; known: {consensus}",
        f"git repository 'https://user:secret@example.org/fleet': {address}",
        "registry 'https://registry.example.org': expected a registry and path such as registry.example.org/project",
        "no GitOps tool 'fluks'; did you mean 'flux'?",
        f"requirement 'ethgen>=1': {EXPECTED}",
        "no owner 'acme': expected @user, @organization/team or an e-mail address",
        "  cure: run `ethgen init --help` for what each option takes",
    ]
