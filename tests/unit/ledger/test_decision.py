"""The ledger's decision about an intent: superseded, unchanged, leased or granted, and what is due then."""

from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.document.destination import Audience
from aep_moengage.ledger.decision import (
    Claim,
    ClaimStatus,
    Due,
    Intent,
    decide,
    digest_of_names,
    known,
    sure_of_names,
    unsure_of_names,
)
from aep_moengage.ledger.memberships import Membership, listed_names
from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.mapping.audiences import Activation, Statement, short_key

NOW, LEASE = 1000.0, 1020.0
EVERYTHING = Activation("all")
GOLD, NEWS = short_key(("ups", "Gold")), short_key(("ups", "News"))


def says(**audiences: tuple[int, bool]) -> tuple[Statement, ...]:
    """A message's statements, each (since, inside) by the audience's id."""
    return tuple(Statement(("ups", name), inside, since) for name, (since, inside) in audiences.items())


def intent(*messages: tuple[Statement, ...], sequence: str = "0002", digest: str | None = "new", **more: Any) -> Intent:
    """What updates want to change; one without statements, unless some are given."""
    fields: dict[str, Any] = {"user": "ada", "destination": "alpha", "attribute": "AEP Segment"}
    fields |= {"activation": EVERYTHING, "sealed": b"ada"} | more
    return Intent(sequence=sequence, digest=digest, messages=messages or ((),), **fields)


def member(name: str, since: int = 1, *, inside: bool = True, owners: str = "alpha", **fields: Any) -> Membership:
    return Membership(inside, since, name, owners=frozenset(owners.split()), **fields)


def destined(*shown: str, sequence: str = "0001", delivered: str | None = "old", **fields: Any) -> Destined:
    return Destined(sequence, delivered, digest_of_names(shown), "AEP Segment", **fields)


def row(*memberships: Membership, user: str = "ada", **fields: Any) -> LedgerRow:
    """A row of a user whom MoEngage shows in the audiences given, as after a delivery to alpha."""
    given = {short_key(("ups", each.name)): each for each in memberships}
    shown = sorted(each.name for each in memberships if each.inside)
    usual: dict[str, Any] = {"destinations": {"alpha": destined(*shown)}, "in_moengage": True, "sealed": b"ada"}
    return LedgerRow(user, 1, memberships=given, **(usual | fields))


def shown_as(name: str, since: int = 1, **fields: Any) -> Membership:
    """A membership that MoEngage shows."""
    return member(name, since, listed=frozenset({name}), **fields)


def claimed(wanted: Intent, *rows: LedgerRow, arriving: frozenset[str] = frozenset()) -> Claim:
    return decide(wanted, {each.user: each for each in rows}, arriving, NOW, LEASE)


def the_row(claim: Claim) -> LedgerRow:
    assert claim.row is not None
    return claim.row


# --- granted


def test_the_first_update_of_a_user_sends_everything() -> None:
    claim = claimed(intent(says(Gold=(1, True), News=(1, False))))

    assert (claim.status, claim.due) == (ClaimStatus.GRANTED, Due(attributes=True, names=True))
    assert (claim.newest, claim.news, claim.consents) == (True, (True,), True)
    assert claim.showing == {"alpha"}
    assert {each.name: each.inside for each in (claim.after or {}).values()} == {"Gold": True, "News": False}


def test_an_update_without_audiences_sends_attributes_only() -> None:
    assert claimed(intent()).due == Due(attributes=True)
    assert claimed(intent(), row(shown_as("Gold"))).due == Due(attributes=True)


def test_an_update_with_the_same_attributes_and_news_of_an_audience_sends_names_only() -> None:
    claim = claimed(intent(says(News=(2, True)), digest="old"), row(shown_as("Gold")))
    assert (claim.status, claim.due) == (ClaimStatus.GRANTED, Due(names=True))


def test_a_granted_row_is_leased_and_keeps_the_customer_id_sealed() -> None:
    granted = the_row(claimed(intent()))
    assert (granted.lease, granted.sealed, granted.in_moengage) == (LEASE, b"ada", True)


def test_while_something_is_on_its_way_nobody_knows_what_moengage_holds_of_it() -> None:
    before = row(shown_as("Gold"))

    attributes = the_row(claimed(intent(), before)).destined("alpha")
    assert (attributes.delivered, attributes.shown) == (None, digest_of_names(["Gold"]))
    names = the_row(claimed(intent(says(News=(2, True)), digest="old"), before)).destined("alpha")
    assert (names.delivered, names.shown) == ("old", None)


def test_names_on_their_way_are_remembered_beside_those_that_are_shown() -> None:
    claim = claimed(intent(says(Gold=(2, False), News=(2, True))), row(shown_as("Gold")))
    assert listed_names(the_row(claim).memberships) == {"Gold", "News"}


def test_an_update_in_custody_is_known_as_soon_as_it_is_let_through() -> None:
    wanted = intent(says(Gold=(2, False), News=(2, True)), in_custody=True)
    granted = the_row(claimed(wanted, row(shown_as("Gold"))))

    assert granted.destined("alpha").sequence == "0002"
    assert [(each.name, each.inside, each.since) for each in granted.memberships.values()] == [
        ("Gold", False, 2),
        ("News", True, 2),
    ]


def test_an_update_that_is_not_in_custody_changes_nothing_that_is_known() -> None:
    before = row(shown_as("Gold"))
    granted = the_row(claimed(intent(says(Gold=(2, False), News=(2, True))), before))

    assert granted.destined("alpha").sequence == "0001"
    assert granted.memberships[GOLD] == before.memberships[GOLD]
    assert granted.memberships[NEWS] == member("News", since=0, inside=False, listed=frozenset({"News"}))


names = st.sampled_from(["Gold", "News", "VIP"])
members = st.builds(
    lambda name, since, inside, listed, entered: member(name, since, inside=inside, listed=listed, entered=entered),
    names,
    st.integers(1, 5),
    st.booleans(),
    st.frozensets(names, max_size=2),
    st.booleans(),
)
known_rows = st.builds(
    lambda found, sequence, delivered, withdrawn: row(
        *found, destinations={"alpha": Destined(sequence, delivered, None, "AEP Segment", withdrawn)}
    ),
    st.lists(members, max_size=3),
    st.sampled_from(["", "0001", "0003"]),
    st.sampled_from([None, "old", "new"]),
    st.booleans(),
)
said = st.lists(st.builds(Statement, st.tuples(st.just("ups"), names), st.booleans(), st.integers(1, 5)), max_size=3)
intents = st.builds(
    lambda messages, withdraws, events, additive: intent(
        *map(tuple, messages),
        digest=None if withdraws else "new",
        withdraws=withdraws,
        events=events,
        additive=additive,
    ),
    st.lists(said, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(known_rows, intents)
def test_until_moengage_may_have_it_only_a_lease_and_doubt_are_noted(before: LedgerRow, wanted: Intent) -> None:
    claim = claimed(wanted, before)
    if claim.status is not ClaimStatus.GRANTED:
        return
    granted, old = the_row(claim), before.destined("alpha")
    new = granted.destined("alpha")

    assert (new.sequence, new.withdrawn) == (old.sequence, old.withdrawn)
    assert new.delivered in {old.delivered, None}
    assert new.shown in {old.shown, None}
    for key, each in granted.memberships.items():
        was = before.memberships.get(key, member(each.name, since=0, inside=False))
        assert replace(each, listed=was.listed, entered=was.entered) == was
        assert each.entered is (None if key in claim.due.events else was.entered)
        assert each.listed >= was.listed
    assert before.memberships.keys() <= granted.memberships.keys()


# --- superseded


def test_an_older_update_without_news_is_superseded_and_nothing_is_written() -> None:
    before = row(shown_as("Gold", since=5), destinations={"alpha": destined("Gold", sequence="0009")})

    for said in ({}, {"Gold": (5, True)}, {"Gold": (4, False)}):
        claim = claimed(intent(says(**said)), before)
        assert (claim.status, claim.row, claim.news) == (ClaimStatus.SUPERSEDED, None, (False,))


def test_an_older_update_with_news_of_an_audience_is_sent_without_its_attributes() -> None:
    before = row(shown_as("Gold", since=5), destinations={"alpha": destined("Gold", sequence="0009")})
    claim = claimed(intent(says(News=(1, True), Gold=(4, False)), in_custody=True), before)

    assert (claim.status, claim.newest, claim.due) == (ClaimStatus.GRANTED, False, Due(names=True))
    assert the_row(claim).destined("alpha").sequence == "0009"
    assert the_row(claim).memberships[GOLD].inside


def test_an_older_update_whose_news_changes_nothing_in_moengage_is_noted() -> None:
    before = row(shown_as("Gold"), destinations={"alpha": destined("Gold", sequence="0009")})
    claim = claimed(intent(says(News=(1, False))), before)

    assert (claim.status, claim.news) == (ClaimStatus.UNCHANGED, (True,))
    assert the_row(claim).memberships[NEWS] == member("News", since=1, inside=False)
    assert the_row(claim).destined("alpha") == before.destined("alpha")


def test_superseded_is_answered_whoever_has_the_lease() -> None:
    before = row(destinations={"alpha": destined(sequence="0009")}, lease=NOW + 9)
    assert claimed(intent(), before).status is ClaimStatus.SUPERSEDED


def test_of_messages_that_come_together_those_with_the_newest_statements_have_news() -> None:
    entry, exit_, other = says(Gold=(1, True)), says(Gold=(2, False)), says(News=(1, True))

    assert claimed(intent(entry, exit_)).news == (False, True)
    assert claimed(intent(exit_, entry)).news == (True, False)
    assert claimed(intent(entry, other)).news == (True, True)
    assert claimed(intent(entry, other), row(member("Gold", since=3))).news == (False, True)
    assert claimed(intent((), ())).news == (False, False)


# --- unchanged


def test_the_same_again_is_unchanged_and_shuts_out_what_is_older() -> None:
    claim = claimed(intent(says(Gold=(1, True)), digest="old"), row(shown_as("Gold")))

    assert (claim.status, claim.due) == (ClaimStatus.UNCHANGED, Due())
    assert the_row(claim).destined("alpha").sequence == "0002"
    assert the_row(claim).lease == 0.0


def test_the_same_update_again_needs_no_write() -> None:
    before = row(shown_as("Gold"), destinations={"alpha": destined("Gold", sequence="0002")})
    claim = claimed(intent(says(Gold=(1, True)), digest="old"), before)
    assert (claim.status, claim.row) == (ClaimStatus.UNCHANGED, None)


def test_a_later_time_of_a_known_membership_is_noted_and_not_sent() -> None:
    claim = claimed(intent(says(Gold=(9, True)), digest="old"), row(shown_as("Gold")))
    assert (claim.status, the_row(claim).memberships[GOLD].since) == (ClaimStatus.UNCHANGED, 9)


def test_attributes_of_which_nobody_knows_whether_moengage_has_them_are_sent_again() -> None:
    before = row(destinations={"alpha": destined(delivered=None)})
    assert claimed(intent(digest="old"), before).due == Due(attributes=True)


# --- leased


def test_while_an_update_is_in_flight_the_next_one_waits_for_the_rest_of_the_lease() -> None:
    claim = claimed(intent(), row(lease=NOW + 4))
    assert (claim.status, claim.wait, claim.row) == (ClaimStatus.LEASED, 4, None)


def test_even_an_unchanged_update_waits_because_nobody_knows_yet() -> None:
    assert claimed(intent(digest="old"), row(lease=NOW + 4)).status is ClaimStatus.LEASED


def test_a_lease_that_is_over_holds_nothing_up() -> None:
    assert claimed(intent(), row(lease=NOW)).status is ClaimStatus.GRANTED


# --- what MoEngage shows


def test_names_are_due_when_they_differ_from_those_shown() -> None:
    before = row(shown_as("Gold"))

    assert not claimed(intent(says(Gold=(2, True))), before).due.names
    assert claimed(intent(says(Gold=(2, False))), before).due.names
    assert claimed(intent(says(News=(2, True))), before).due.names
    assert not claimed(intent(says(News=(2, False))), before).due.names


def test_a_renamed_audience_is_due_at_the_next_update_whatever_it_is_about() -> None:
    renamed = Activation((Audience(id="Gold", name="Gold members"),))
    claim = claimed(intent(digest="old", activation=renamed), row(shown_as("Gold")))

    assert claim.due == Due(names=True)
    assert listed_names(the_row(claim).memberships) == {"Gold", "Gold members"}


def test_an_audience_that_is_no_longer_activated_is_due_at_the_next_update() -> None:
    claim = claimed(intent(digest="old", activation=Activation(())), row(shown_as("Gold")))

    assert claim.due == Due(names=True)
    assert listed_names(the_row(claim).memberships) == {"Gold"}


def test_another_audience_attribute_is_filled_at_the_next_update() -> None:
    claim = claimed(intent(digest="old", attribute="AEPSegments"), row(shown_as("Gold")))

    assert claim.due == Due(names=True, former=frozenset({"AEP Segment"}))
    assert the_row(claim).destined("alpha").attribute == "AEPSegments"
    assert the_row(claim).destined("alpha").former == {"AEP Segment"}


def test_a_former_attribute_that_holds_no_names_is_forgotten() -> None:
    claim = claimed(intent(digest="old", attribute="AEPSegments"), row(member("Gold", inside=False)))

    assert not claim.due
    assert the_row(claim).destined("alpha").former == frozenset()


@pytest.mark.parametrize(("attribute", "former"), [("C", {"A", "B"}), ("B", {"A", "C"}), ("D", {"A", "B", "C"})])
def test_attributes_that_were_filled_stay_known_however_often_they_change(attribute: str, former: set[str]) -> None:
    filled = Destined().filling("A").filling("B").filling("C")
    assert (filled.filling(attribute).former, filled.filling(attribute).attribute) == (former, attribute)


def test_names_that_may_be_shown_are_due_until_somebody_knows() -> None:
    unsure = unsure_of_names(row(shown_as("Gold")), "AEP Segment")
    assert claimed(intent(digest="old"), unsure).due == Due(names=True)

    left = unsure_of_names(row(shown_as("Gold", inside=False)), "AEP Segment")
    assert claimed(intent(digest="old"), left).due == Due(names=True)

    nothing = unsure_of_names(row(member("Gold", inside=False)), "AEP Segment")
    assert claimed(intent(digest="old"), nothing).due == Due()


def test_beside_another_connector_an_exit_is_due_even_if_nothing_is_known_to_be_shown() -> None:
    exit_ = says(Gold=(1, False))

    assert not claimed(intent(exit_)).due.names
    assert claimed(intent(exit_, additive=True)).due.names
    assert not claimed(intent(additive=True)).due.names


# --- events


def test_each_change_of_membership_is_an_event_and_nothing_that_is_not_mentioned() -> None:
    before = row(shown_as("Gold", entered=True), shown_as("News", entered=True), member("VIP", inside=False))
    changes = says(Gold=(2, False), VIP=(2, True))

    assert set(claimed(intent(changes, events=True), before).due.events) == {GOLD, short_key(("ups", "VIP"))}
    assert claimed(intent(changes), before).due.events == ()


def test_an_entry_that_moengage_was_not_sent_is_still_due() -> None:
    claim = claimed(intent(digest="old", events=True), row(shown_as("Gold")))
    assert (claim.status, claim.due) == (ClaimStatus.GRANTED, Due(events=(GOLD,)))


def test_an_audience_of_another_destination_is_none_of_this_ones_events() -> None:
    before = row(shown_as("Gold", owners="bravo"))
    assert claimed(intent(activation=Activation(()), events=True), before).due.events == ()


# --- consent


def test_a_withdrawal_takes_every_name_out_and_sends_no_attributes() -> None:
    before = row(shown_as("Gold", entered=True))
    claim = claimed(intent(says(News=(2, True)), digest=None, withdraws=True, events=True, in_custody=True), before)

    assert (claim.status, claim.consents, claim.showing) == (ClaimStatus.GRANTED, False, frozenset())
    assert claim.due == Due(names=True, events=(GOLD,))
    assert the_row(claim).destined("alpha") == Destined("0002", None, None, "AEP Segment", withdrawn=True)
    assert listed_names(the_row(claim).memberships) == {"Gold"}
    assert the_row(claim).memberships[NEWS].inside, "its audiences are known all the same"


def test_a_withdrawal_of_a_user_whom_moengage_does_not_have_sends_nothing_and_is_noted() -> None:
    for before in ((), (row(shown_as("Gold"), in_moengage=False),), (row(shown_as("Gold"), merged=True),)):
        claim = claimed(intent(says(Gold=(2, True)), digest=None, withdraws=True, events=True), *before)

        assert (claim.status, claim.due) == (ClaimStatus.UNCHANGED, Due())
        assert the_row(claim).destined("alpha").withdrawn
        assert the_row(claim).memberships[GOLD].inside


WITHDRAWN = row(
    member("Gold"),
    destinations={"alpha": destined(sequence="0005", delivered=None, withdrawn=True)},
)


def test_after_a_withdrawal_an_older_update_moves_the_state_and_sends_nothing() -> None:
    claim = claimed(intent(says(News=(2, True)), events=True), WITHDRAWN)

    assert (claim.status, claim.consents, claim.due) == (ClaimStatus.UNCHANGED, False, Due())
    assert the_row(claim).memberships[NEWS].inside
    assert the_row(claim).destined("alpha") == WITHDRAWN.destined("alpha")


def test_when_consent_is_back_the_attribute_is_complete_although_one_audience_is_mentioned() -> None:
    claim = claimed(intent(says(News=(2, True)), sequence="0006", events=True), WITHDRAWN)

    assert claim.due == Due(attributes=True, names=True, events=(GOLD, NEWS))
    assert listed_names(the_row(claim).memberships) == {"Gold", "News"}
    assert known(intent(sequence="0006"), claim, WITHDRAWN).destined("alpha").withdrawn is False


# --- two destinations of a workspace

SHARED = row(
    shown_as("Gold", since=5),
    shown_as("Churn", since=5, owners="bravo"),
    destinations={
        "alpha": destined("Churn", "Gold", sequence="0009", delivered="alpha's"),
        "bravo": destined("Churn", "Gold", sequence="0003", delivered="bravo's"),
    },
)
BRAVO = {"destination": "bravo", "activation": Activation((Audience(id="Churn"), Audience(id="News")))}


def test_two_destinations_share_membership() -> None:
    claim = claimed(intent(says(News=(6, True)), sequence="0010", digest="alpha's"), SHARED)

    assert claim.showing == {"alpha", "bravo"}
    assert listed_names(the_row(claim).memberships) == {"Gold", "Churn", "News"}
    assert claimed(intent(says(Gold=(5, True)), sequence="0010", digest="alpha's"), SHARED).due == Due()


def test_two_destinations_have_a_sequence_and_a_digest_each() -> None:
    claim = claimed(intent(sequence="0004", digest="changed", in_custody=True, **BRAVO), SHARED)

    assert (claim.newest, claim.due) == (True, Due(attributes=True))
    assert the_row(claim).destined("bravo").sequence == "0004"
    assert the_row(claim).destined("alpha") == SHARED.destined("alpha")
    assert claimed(intent(sequence="0004", digest="changed"), SHARED).status is ClaimStatus.SUPERSEDED


def test_names_on_their_way_are_in_doubt_for_each_destination_of_the_attribute() -> None:
    other = replace(SHARED.destined("alpha"), attribute="AEPSegments")
    before = SHARED.noting("charlie", other)
    granted = the_row(claimed(intent(says(News=(6, True)), sequence="0010"), before))

    shown = {name: each.shown for name, each in granted.destinations.items()}
    assert shown == {"alpha": None, "bravo": None, "charlie": other.shown}
    again = sure_of_names(granted, "AEP Segment", ["Gold"])
    assert {each.shown for each in again.destinations.values()} == {digest_of_names(["Gold"]), other.shown}


def test_what_one_destination_no_longer_activates_stays_for_the_other() -> None:
    both = replace(SHARED, memberships={GOLD: shown_as("Gold", since=5, owners="alpha bravo")})
    both = sure_of_names(both, "AEP Segment", ["Gold"])
    claim = claimed(intent(sequence="0010", digest="alpha's", activation=Activation(())), both)

    assert (claim.due, claim.status) == (Due(), ClaimStatus.UNCHANGED)
    assert the_row(claim).memberships[GOLD].owners == {"bravo"}


def test_a_withdrawal_at_one_destination_leaves_the_others_audiences() -> None:
    claim = claimed(intent(sequence="0010", digest=None, withdraws=True), SHARED)

    assert (claim.showing, claim.due) == (frozenset({"bravo"}), Due(names=True))


# --- merges


def device(**fields: Any) -> LedgerRow:
    return row(shown_as("Campaign"), user="device", **fields)


@pytest.mark.parametrize(
    ("anonymous", "due"),
    [
        (device(), True),
        (device(in_moengage=False), False),
        (device(merged=True), False),
        (device(merge_refused=True), False),
        (device(merging=True), True),
    ],
)
def test_a_merge_is_due_while_moengage_may_have_the_anonymous_user(anonymous: LedgerRow, due: bool) -> None:
    claim = claimed(intent(digest="old", anonymous="device"), row(), anonymous)

    assert claim.due.merge is due
    assert claim.merge_refused is anonymous.merge_refused


def test_an_anonymous_user_that_arrives_with_the_named_one_is_merged() -> None:
    wanted = intent(anonymous="device")

    assert claimed(wanted, arriving=frozenset({"ada", "device"})).due.merge
    assert not claimed(wanted, arriving=frozenset({"ada"})).due.merge


def test_a_user_without_consent_is_never_merged() -> None:
    assert not claimed(intent(digest=None, withdraws=True, anonymous="device"), row(), device()).due.merge


def test_names_of_a_user_about_to_be_merged_are_remembered_for_the_named_one() -> None:
    granted = the_row(claimed(intent(anonymous="device"), row(shown_as("Gold")), device()))

    assert listed_names(granted.memberships) == {"Gold", "Campaign"}
    assert not granted.memberships[short_key(("ups", "Campaign"))].inside


def test_a_user_that_was_merged_away_and_is_delivered_again_is_there_again() -> None:
    granted = the_row(claimed(intent(), row(merged=True)))
    assert (granted.merged, granted.in_moengage) == (False, True)


# --- bringing a user up to date without an update

REFRESH = intent(sequence="", digest=None)


def test_a_refresh_sends_names_that_differ_and_nothing_else() -> None:
    wanted = replace(REFRESH, messages=(), activation=Activation((Audience(id="Gold", name="Gold members"),)))

    assert claimed(wanted, row(shown_as("Gold"))).due == Due(names=True)
    renamed = replace(shown_as("Gold"), name="Gold members", listed=frozenset({"Gold members"}))
    claim = claimed(wanted, replace(row(destinations={"alpha": destined("Gold members")}), memberships={GOLD: renamed}))
    assert (claim.status, claim.row, claim.due) == (ClaimStatus.UNCHANGED, None, Due())


def test_a_refresh_keeps_the_sequence_and_what_was_withdrawn() -> None:
    wanted = replace(REFRESH, messages=(), in_custody=True)
    noted = known(wanted, claimed(wanted, WITHDRAWN), WITHDRAWN).destined("alpha")

    assert (noted.sequence, noted.withdrawn) == ("0005", True)
