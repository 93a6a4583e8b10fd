"""What a user is called in logs: the same each time, something else under another key, and nothing of the identity."""

from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.delivery.pseudonyms import new_trace_key, pseudonym

identities = st.text(min_size=1)


@given(identities)
def test_a_user_has_one_pseudonym_under_a_key_and_another_under_another(identity: str) -> None:
    mine = pseudonym("key", identity)
    assert mine == pseudonym("key", identity)
    assert mine != pseudonym("another key", identity)
    assert len(mine) == 24
    assert set(mine) <= set("0123456789abcdef")


@given(identities, identities)
def test_two_users_have_two_pseudonyms(one: str, another: str) -> None:
    assert (pseudonym("key", one) == pseudonym("key", another)) is (one == another)


def test_it_is_hmac_sha_256() -> None:  # RFC 4231, test case 2
    assert pseudonym("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426"


def test_half_of_a_surrogate_pair_is_an_identity_like_any_other() -> None:
    assert pseudonym("key", "\ud83d") != pseudonym("key", "\ud83e")


def test_keys_are_made_at_random() -> None:
    assert len({new_trace_key() for _ in range(100)}) == 100
    assert len(new_trace_key()) >= 43, "256 bits"
