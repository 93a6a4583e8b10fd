"""User changes: the updates of one user that are handled together, and what they want to change."""

from typing import Any

from tests.unit.deliveries import KEYS, recipient
from tests.unit.given import RECEIVED_MS

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.delivery.user_changes import Member, UserChange, refresh, user_changes
from aep_moengage.ledger.decision import Claim, ClaimStatus, Due, digest

ASKS: dict[str, Any] = {"consent": ["consents.email"], "attributes": {"points": "points"}}


def profile(user: str | None = "ada", *, ecid: str | None = None, consent: str = "y", **values: Any) -> dict[str, Any]:
    identities = {name: [{"id": each}] for name, each in (("crmid", user), ("ECID", ecid)) if each}
    return {"identityMap": identities, "consents": {"email": {"val": consent}}, **values}


def in_gold(**fields: Any) -> dict[str, Any]:
    return {"segmentMembership": {"ups": {"gold": fields}}}


def changes(to: ActiveDestination, *profiles: Any, in_custody: bool = False) -> list[UserChange]:
    """The changes of profiles that were received one after the other."""
    return user_changes(to, KEYS, members(to, *profiles, in_custody=in_custody))


def members(to: ActiveDestination, *profiles: Any, in_custody: bool = False) -> list[Member]:
    updates = [
        update_of(each, received_ms=RECEIVED_MS + place, index=0, request="r1", in_custody=in_custody)
        for place, each in enumerate(profiles)
    ]
    return [
        Member(place, update, to.mapping.transform(update.profile, RECEIVED_MS)) for place, update in enumerate(updates)
    ]


def places(found: list[UserChange]) -> dict[str, list[int]]:
    return {change.customer_id: [member.place for member in change.members] for change in found}


def test_the_updates_of_a_user_become_one_change_with_the_newest_last() -> None:
    to = recipient(**ASKS)
    ada, bob, again = members(to, profile("ada"), profile("bob"), profile("ada"))

    assert places(user_changes(to, KEYS, [again, bob, ada])) == {"ada": [0, 2], "bob": [1]}


def test_updates_that_are_not_delivered_are_no_change() -> None:
    to = recipient(anonymous_profiles="skip")
    assert changes(to, "no profile", profile(None), profile(None, ecid="device"), profile("null")) == []


def test_the_newest_update_gives_the_attributes_and_the_sequence() -> None:
    to = recipient(**ASKS)
    (change,) = changes(to, profile(points=1), profile(points=2))

    assert change.intent.digest == digest(b'{"points":2}')
    assert change.intent.sequence == str(change.newest.update.sequence)
    assert change.intent.user == change.user == KEYS.user("03/ABCD1234", "ada")
    assert KEYS.open("03/ABCD1234", change.user, change.intent.sealed) == "ada"


def test_every_update_gives_its_statements() -> None:
    to = recipient(**ASKS)
    (change,) = changes(to, profile(**in_gold(status="realized")), profile(), profile(**in_gold(status="exited")))

    assert [[each.inside for each in said] for said in change.intent.messages] == [[True], [], [False]]


def test_the_destination_says_how_audiences_are_sent() -> None:
    (plain,) = changes(recipient(), profile())
    assert (plain.intent.attribute, plain.intent.events, plain.intent.additive) == ("AEP Segment", False, False)

    to = recipient(audience_attribute="AEPSegments", audience_events=True, existing_audiences="keep")
    (change,) = changes(to, profile())
    assert (change.intent.attribute, change.intent.events, change.intent.additive) == ("AEPSegments", True, True)
    assert (change.intent.destination, change.intent.activation) == ("acme", to.mapping.activation)


def test_an_update_without_consent_withdraws_and_has_no_attributes_to_send() -> None:
    to = recipient(**ASKS)
    (change,) = changes(to, profile(points=1), profile(consent="n", points=2, **in_gold()))

    assert (change.intent.withdraws, change.intent.digest) == (True, None)
    assert [len(said) for said in change.intent.messages] == [0, 1]


def test_consent_of_the_newest_update_counts() -> None:
    (change,) = changes(recipient(**ASKS), profile(consent="n"), profile(points=1))
    assert (change.intent.withdraws, change.intent.digest) == (False, digest(b'{"points":1}'))


def test_without_consent_the_anonymous_user_is_changed_too() -> None:
    found = changes(recipient(**ASKS), profile("ada", ecid="device", consent="n", **in_gold()))

    assert places(found) == {"ada": [0], "device": [0]}
    assert [change.intent.withdraws for change in found] == [True, True]
    assert [[member.secondary for member in change.members] for change in found] == [[False], [True]]
    assert [change.intent.anonymous for change in found] == [None, None], "and they are not merged"


def test_with_consent_the_anonymous_user_is_to_be_merged() -> None:
    (change,) = changes(recipient(**ASKS), profile("ada", ecid="device"))

    assert (change.anonymous_id, change.intent.anonymous) == ("device", KEYS.user("03/ABCD1234", "device"))


def test_the_anonymous_id_of_the_newest_update_that_has_one_is_merged() -> None:
    found = changes(recipient(**ASKS), profile(ecid="first"), profile(ecid="second"), profile())
    assert [change.anonymous_id for change in found] == ["second"]

    found = changes(recipient(**ASKS), profile(ecid="device"), profile(ecid="other", consent="n"), profile())
    assert [change.anonymous_id for change in found if change.customer_id == "ada"] == ["device"]


def test_a_destination_can_leave_anonymous_users_alone() -> None:
    (change,) = changes(recipient(merge_anonymous=False), profile("ada", ecid="device"))
    assert change.intent.anonymous is None


def test_a_change_is_in_custody_if_each_of_its_updates_is() -> None:
    to = recipient()
    queued, arriving = members(to, profile(), in_custody=True), members(to, profile())

    assert [each.intent.in_custody for each in user_changes(to, KEYS, queued)] == [True]
    assert [each.intent.in_custody for each in user_changes(to, KEYS, [*queued, *arriving])] == [False]


def test_updates_of_one_user_contribute_if_they_have_news_or_are_the_newest() -> None:
    (change,) = changes(recipient(), profile(), profile(), profile())
    older = Claim(ClaimStatus.GRANTED, newest=False, news=(True, False, False))

    assert change.granted(older).contributing == {0}
    assert change.granted(Claim(ClaimStatus.GRANTED, newest=True, news=(False, True, False))).contributing == {1, 2}
    for due in (Due(names=True), Due(events=(b"gold",)), Due(merge=True)):
        claim = Claim(ClaimStatus.GRANTED, due=due, newest=False, news=(False, False, False))
        assert change.granted(claim).contributing == {2}


def test_a_refresh_wants_the_audience_attribute_brought_up_to_date_and_nothing_else() -> None:
    to = recipient(audience_events=True)
    change = refresh(to, KEYS, 3, "ada")

    assert (change.members, change.intent.messages, change.intent.sequence) == ((), (), "")
    assert (change.intent.digest, change.intent.events, change.anonymous_id) == (None, False, None)
    assert (change.user, change.place) == (KEYS.user("03/ABCD1234", "ada"), 3)
