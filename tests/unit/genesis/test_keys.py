"""Validator keys and funded accounts of a mnemonic."""

from __future__ import annotations

import pytest

from ethgen.errors import GenesisError
from ethgen.genesis.keys import derive_child, derive_master, validator_keys
from ethgen.genesis.wallet import account_address, account_secret, seed

TEST_JUNK = "test test test test test test test test test test test junk"


@pytest.mark.parametrize(
    ("entropy", "master", "index", "child"),
    [
        (
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            6083874454709270928345386274498605044986640685124978867557563392430687146096,
            0,
            20397789859736650942317412262472558107875392172444076792671091975210932703118,
        ),
        (
            "3141592653589793238462643383279502884197169399375105820974944592",
            29757020647961307431480504535336562678282505419141012933316116377660817309383,
            3141592653,
            25457201688850691947727629385191704516744796114925897962676248250929345014287,
        ),
        (
            "0099ff991111002299dd7744ee3355bbdd8844115566cc55663355668888cc00",
            27580842291869792442942448775674722299803720648445448686099262467207037398656,
            4294967295,
            29358610794459428860402234341874281240803786294062035874021252734817515685787,
        ),
        (
            "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
            19022158461524446591288038168518313374041767046816487870552872741050760015818,
            42,
            31372231650479070279774297061823572166496564838472787488249775572789064611981,
        ),
    ],
)
def test_the_key_tree_gives_the_vectors_of_eip_2333(entropy: str, master: int, index: int, child: int) -> None:
    """Master and child keys are those of EIP-2333's four test cases."""
    assert derive_master(bytes.fromhex(entropy)) == master
    assert derive_child(master, index) == child


def test_the_first_signing_key_is_the_one_other_tools_derive() -> None:
    """The first validator of the mnemonic that ethereum-package ships has the public key that its networks show."""
    mnemonic = (
        "giant issue aisle success illegal bike spike question tent bar rely arctic volcano long crawl hungry vocal "
        "artwork sniff fantasy very lucky have athlete"
    )
    key = next(validator_keys(mnemonic, 1))
    assert key.path == "m/12381/3600/0/0/0"
    assert key.public_key.hex() == (
        "aaf6c1251e73fb600624937760fef218aace5b253bf068ed45398aeb29d821e4d2899343ddcbbe37cb3f6cf500dff26c"
    )


def test_keys_do_not_show_themselves() -> None:
    """The representation of a validator key, which may reach a log, holds no secret."""
    key = next(validator_keys(TEST_JUNK, 1))
    assert str(key.secret) not in repr(key)
    assert str(key.withdrawal_secret) not in repr(key)


def test_accounts_are_those_that_development_tools_print() -> None:
    """The first two accounts of the well-known mnemonic have their well-known addresses and secret."""
    assert account_address(TEST_JUNK, 0).hex() == "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    assert account_address(TEST_JUNK, 1).hex() == "70997970c51812dc3a010c7d01b50e0d17dc79c8"
    assert account_secret(TEST_JUNK, 0).hex() == "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def test_spaces_between_words_do_not_matter() -> None:
    """A mnemonic read from a file may have line ends and double spaces."""
    assert seed("  " + TEST_JUNK.replace(" ", "\n", 1).replace(" ", "  ", 1) + "\n") == seed(TEST_JUNK)


@pytest.mark.parametrize(
    ("mnemonic", "problem"),
    [
        (TEST_JUNK.replace("junk", "junc"), "word 12 of 12 is not in the list"),
        (TEST_JUNK.replace("junk", "test"), "checksum fails"),
        ("test test", "checksum fails"),
        ("", "checksum fails"),
    ],
)
def test_a_mistyped_mnemonic_is_refused_without_repeating_it(mnemonic: str, problem: str) -> None:
    """A wrong word or checksum is said by its place, and no word of the secret is shown."""
    with pytest.raises(GenesisError, match=problem) as caught:
        seed(mnemonic)
    assert "junc" not in str(caught.value)
