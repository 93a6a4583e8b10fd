"""The ledger's keys: whoever reads the table learns nobody's identity; the stack finds its own users again."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.ledger.keys import LedgerKeys, new_ledger_key

OURS, THEIRS = LedgerKeys("the stack's key"), LedgerKeys("another stack's key")
WORKSPACE = "03/ACME1234"
identities = st.text(st.characters(exclude_categories=[]), min_size=1, max_size=200)


@given(identities)
def test_a_sealed_customer_id_is_opened_by_the_stack_that_sealed_it(customer_id: str) -> None:
    user = OURS.user(WORKSPACE, customer_id)
    assert OURS.open(WORKSPACE, user, OURS.seal(user, customer_id)) == customer_id


@given(identities)
def test_another_stacks_key_opens_nothing(customer_id: str) -> None:
    user = OURS.user(WORKSPACE, customer_id)
    assert THEIRS.open(WORKSPACE, user, OURS.seal(user, customer_id)) is None


@given(identities, identities)
def test_a_seal_belongs_to_its_row_and_its_workspace(customer_id: str, other: str) -> None:
    user, stranger = OURS.user(WORKSPACE, customer_id), OURS.user(WORKSPACE, other)
    sealed = OURS.seal(user, customer_id)

    assert (OURS.open(WORKSPACE, stranger, sealed) == customer_id) is (customer_id == other)
    assert OURS.open("03/OTHER", user, sealed) is None


@given(identities, st.data())
def test_a_changed_seal_is_not_opened(customer_id: str, data: st.DataObject) -> None:
    user = OURS.user(WORKSPACE, customer_id)
    sealed = bytearray(OURS.seal(user, customer_id))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))

    assert OURS.open(WORKSPACE, user, bytes(sealed)) is None
    assert OURS.open(WORKSPACE, user, b"") is None


@given(identities, identities)
def test_a_user_has_one_row_and_two_users_have_two(one: str, another: str) -> None:
    assert OURS.user(WORKSPACE, one) == OURS.user(WORKSPACE, one)
    assert (OURS.user(WORKSPACE, one) == OURS.user(WORKSPACE, another)) is (one == another)
    assert OURS.user("03/OTHER", one) != OURS.user(WORKSPACE, one)


def test_a_workspace_and_a_customer_id_do_not_run_together() -> None:
    assert OURS.user("03/ACME", "1ada") != OURS.user("03/ACME1", "ada")


@given(st.text("abcdef0123456789@.-", min_size=8, max_size=60))
def test_no_identity_is_readable_in_a_row(customer_id: str) -> None:
    user = OURS.user(WORKSPACE, customer_id)
    sealed = OURS.seal(user, customer_id)

    assert len(user) == 32
    assert customer_id.encode() not in sealed
    assert customer_id not in user
    for guessed in (customer_id, f"{WORKSPACE}\0{customer_id}", f"{WORKSPACE}{customer_id}"):
        assert hashlib.sha256(guessed.encode()).hexdigest()[:32] != user
    assert THEIRS.user(WORKSPACE, customer_id) != user


def test_equal_beginnings_of_two_customer_ids_do_not_show_in_their_seals() -> None:
    sealed = [OURS.seal(OURS.user(WORKSPACE, each), each) for each in ("ada@example.com", "ada@example.org")]
    assert sum(a == b for a, b in zip(*sealed, strict=True)) < 5


def test_a_long_customer_id_is_sealed_without_repetition() -> None:
    user = OURS.user(WORKSPACE, "a" * 200)
    sealed = OURS.seal(user, "a" * 200)
    assert len({sealed[start : start + 8] for start in range(0, 200, 8)}) == 25


def test_keys_are_made_at_random() -> None:
    assert len({new_ledger_key() for _ in range(100)}) == 100
    assert len(new_ledger_key()) >= 43, "256 bits"
