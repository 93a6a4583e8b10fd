"""Memberships: of two statements about an audience the later one wins, in whatever order they come."""

import random
from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.document.destination import Audience
from aep_moengage.ledger.memberships import (
    GROUPS,
    Membership,
    Memberships,
    activated,
    group_of,
    listed_names,
    listing,
    merged,
    names_in,
    possibly_listed,
    stated,
    without_exits,
)
from aep_moengage.mapping.audiences import Activation, Statement, short_key

EVERYTHING = Activation("all")
DAY_MS = 86_400_000


def key(audience: str) -> bytes:
    return short_key(("ups", audience))


def statement(audience: str, since: int, *, inside: bool = True, name: str | None = None) -> Statement:
    return Statement(("ups", audience), inside, since, name)


def fold(
    *statements: Statement,
    known: Memberships | None = None,
    activation: Activation = EVERYTHING,
    destination: str = "alpha",
) -> Memberships:
    after, _ = stated(known or {}, statements, activation, destination)
    return after


def one(*statements: Statement, **fields: Any) -> Membership:
    (found,) = fold(*statements, **fields).values()
    return found


def member(name: str, since: int = 1, *, inside: bool = True, owners: str = "alpha", **fields: Any) -> Membership:
    return Membership(inside, since, name, owners=frozenset(owners.split()), **fields)


def activation(**names: str | None) -> Activation:
    return Activation(tuple(Audience(id=audience, name=name) for audience, name in names.items()))


# --- the fold

moments = st.integers(1, 5)
statements = st.builds(
    lambda a, s, i: statement(a, s, inside=i, name=a.upper()), st.sampled_from("abc"), moments, st.booleans()
)
messages = st.lists(st.lists(statements, max_size=3), max_size=6)


def states(known: Memberships) -> dict[bytes, tuple[bool, int]]:
    return {audience: (each.inside, each.since) for audience, each in known.items()}


def newest(said: list[Statement]) -> dict[bytes, tuple[bool, int]]:
    """Per audience the latest statement, an exit before an entry of the same time."""
    found: dict[bytes, tuple[bool, int]] = {}
    for audience in {each.key for each in said}:
        about = [(each.since, not each.inside) for each in said if each.key == audience]
        since, outside = max(about)
        found[short_key(audience)] = (not outside, since)
    return found


@given(messages)
def test_of_all_statements_about_an_audience_the_newest_holds(given: list[list[Statement]]) -> None:
    known: Memberships = {}
    for message in given:
        known = fold(*message, known=known)

    assert states(known) == newest([each for message in given for each in message])


@given(messages, st.randoms(use_true_random=False))
def test_the_order_of_messages_never_matters(given: list[list[Statement]], chance: random.Random) -> None:
    shuffled = [chance.sample(message, len(message)) for message in chance.sample(given, len(given))]

    def all_of(some: list[list[Statement]]) -> Memberships:
        known: Memberships = {}
        for message in some:
            known = fold(*message, known=known)
        return known

    assert all_of(given) == all_of(shuffled)


@given(messages)
def test_a_message_that_comes_again_is_no_news(given: list[list[Statement]]) -> None:
    known: Memberships = {}
    for message in given:
        known = fold(*message, known=known)
    for message in given:
        again, news = stated(known, message, EVERYTHING, "alpha")
        assert (again, news) == (known, frozenset())


@given(messages, messages)
def test_a_merged_user_is_where_all_statements_about_both_say(
    given: list[list[Statement]], others: list[list[Statement]]
) -> None:
    named = [each for message in given for each in message]
    anonymous = [each for message in others for each in message]

    assert states(merged(fold(*named), fold(*anonymous))) == newest([*named, *anonymous])


def test_an_audience_that_no_message_mentions_stays_as_it_was() -> None:
    known = fold(statement("gold", 1), statement("news", 2, inside=False))
    after, news = stated(known, [statement("vip", 3)], EVERYTHING, "alpha")

    assert {audience: after[audience] for audience in known} == known
    assert news == {key("vip")}


@pytest.mark.parametrize(
    ("known", "said", "inside", "is_news"),
    [
        ((1, True), (2, False), False, True),
        ((2, True), (1, False), True, False),
        ((1, False), (2, True), True, True),
        ((2, False), (1, True), False, False),
        ((1, True), (1, False), False, True),
        ((1, False), (1, True), False, False),
        ((1, True), (1, True), True, False),
        ((1, True), (2, True), True, True),
        ((1, False), (2, False), False, True),
    ],
)
def test_the_later_statement_wins_and_at_the_same_time_the_exit(
    *, known: tuple[int, bool], said: tuple[int, bool], inside: bool, is_news: bool
) -> None:
    before = fold(statement("gold", known[0], inside=known[1]))
    after, news = stated(before, [statement("gold", said[0], inside=said[1])], EVERYTHING, "alpha")

    assert after[key("gold")].inside is inside
    assert bool(news) is is_news
    assert is_news or after == before


def test_the_earliest_statement_wins_over_what_no_statement_was_about() -> None:
    unknown = possibly_listed({}, {key("gold"): member("Gold", listed=frozenset({"Gold"}))})

    assert fold(statement("gold", 1), known=unknown)[key("gold")].inside
    assert merged(unknown, fold(statement("gold", 1)))[key("gold")].inside


# --- names


def test_the_files_name_wins_over_the_payloads_and_that_over_the_id() -> None:
    named, unnamed = statement("gold", 1, name="From AEP"), statement("gold", 1)

    assert one(named, activation=activation(gold="From the file")).name == "From the file"
    assert one(named, activation=activation(gold=None)).name == "From AEP"
    assert one(unnamed, activation=activation(gold=None)).name == "gold"


def test_the_newest_name_in_a_payload_is_the_current_one() -> None:
    spring, summer = statement("gold", 1, name="Spring"), statement("gold", 2, name="Summer")

    assert one(spring, summer).name == "Summer"
    assert one(summer, spring).name == "Summer"
    assert one(spring, statement("gold", 2)).name == "Spring"


def test_a_new_name_at_the_same_time_is_news_while_the_user_is_in() -> None:
    known = fold(statement("gold", 1, name="Spring"))
    after, news = stated(known, [statement("gold", 1, name="Spring 2026")], EVERYTHING, "alpha")

    assert (after[key("gold")].name, news) == ("Spring 2026", frozenset({key("gold")}))


def test_an_exit_keeps_the_name_under_which_moengage_knows_the_audience() -> None:
    left = statement("gold", 2, inside=False, name="Spring 2026")

    assert one(statement("gold", 1, name="Spring"), left).name == "Spring"
    assert one(left).name == "Spring 2026"
    assert one(left, statement("gold", 3, name="Summer")).name == "Summer"


# --- what a destination has activated


def test_a_destination_owns_what_it_has_activated_and_gives_it_the_files_name() -> None:
    known = {key("gold"): member("Old", owners="alpha bravo"), key("news"): member("News", owners="bravo")}

    after = activated(known, activation(gold="Gold", news=None), "alpha")
    assert after == {
        key("gold"): member("Gold", owners="alpha bravo", named_by="alpha"),
        key("news"): member("News", owners="alpha bravo"),
    }


def test_of_two_files_names_that_of_the_first_destination_counts_whichever_is_updated_last() -> None:
    known = fold(statement("gold", 1, name="From AEP"), activation=activation(gold="Bravo's"), destination="bravo")
    assert known[key("gold")].name == "Bravo's"

    known = activated(known, activation(gold="Alpha's"), "alpha")
    for destination, name in (("bravo", "Bravo's"), ("alpha", "Alpha's"), ("bravo", "Bravo's")):
        known = activated(known, activation(gold=name), destination)
        again, news = stated(known, [statement("gold", 1, name="From AEP")], activation(gold=name), destination)
        assert (again, news) == (known, frozenset())
        assert known[key("gold")].name == "Alpha's"


@pytest.mark.parametrize("then", [activation(gold=None), activation(vip=None)])
def test_a_destination_that_no_longer_names_an_audience_leaves_that_to_the_others(then: Activation) -> None:
    known = fold(statement("gold", 1), activation=activation(gold="Alpha's"), destination="alpha")

    known = activated(activated(known, then, "alpha"), activation(gold="Bravo's"), "bravo")
    assert (known[key("gold")].name, known[key("gold")].named_by) == ("Bravo's", "bravo")


def test_a_merged_user_has_the_name_of_the_first_destination() -> None:
    alphas = fold(statement("gold", 1), activation=activation(gold="Alpha's"), destination="alpha")
    bravos = fold(statement("gold", 2), activation=activation(gold="Bravo's"), destination="bravo")

    for both in (merged(alphas, bravos), merged(bravos, alphas)):
        assert (both[key("gold")].name, both[key("gold")].named_by) == ("Alpha's", "alpha")


def test_an_audience_that_is_no_longer_activated_is_not_owned_any_more() -> None:
    known = {key("gold"): member("Gold", owners="alpha bravo"), key("news"): member("News")}

    after = activated(known, activation(vip=None), "alpha")
    assert after == {key("gold"): member("Gold", owners="bravo"), key("news"): member("News", owners="")}


def test_a_destination_of_everything_owns_every_audience_of_the_user() -> None:
    known = {key("gold"): member("Gold", owners="bravo")}
    assert activated(known, EVERYTHING, "alpha") == {key("gold"): member("Gold", owners="alpha bravo")}


def test_a_statement_makes_its_destination_an_owner_and_leaves_the_others() -> None:
    known = {key("gold"): member("Gold", owners="bravo")}
    assert fold(statement("gold", 2), known=known)[key("gold")].owners == {"alpha", "bravo"}


# --- what MoEngage shows


def test_shown_are_the_sorted_names_of_the_audiences_that_the_user_is_in() -> None:
    known = {
        key("1"): member("Zebra"),
        key("2"): member("Ant"),
        key("3"): member("Bear", inside=False),
        key("4"): member("Cat", owners="bravo"),
        key("5"): member("Dog", owners=""),
    }

    assert names_in(known, frozenset({"alpha"})) == (["Ant", "Zebra"], False)
    assert names_in(known, frozenset({"alpha", "bravo"})) == (["Ant", "Cat", "Zebra"], False)
    assert names_in(known, frozenset()) == ([], False)


def test_a_name_of_two_audiences_goes_when_the_user_has_left_both() -> None:
    both = [statement("a", 1, name="Gold"), statement("b", 1, name="Gold")]
    left = [statement("a", 2, inside=False), statement("b", 2, inside=False)]

    shown = [names_in(fold(*both, *left[:exits]), frozenset({"alpha"}))[0] for exits in range(3)]
    assert shown == [["Gold"], ["Gold"], []]


def test_of_more_than_fifty_the_most_recently_qualified_are_shown() -> None:
    known = {key(f"{n}"): member(f"a{n:02}", since=n) for n in range(60)}

    assert names_in(known, frozenset({"alpha"})) == ([f"a{n:02}" for n in range(10, 60)], True)
    known = {key(f"{n}"): member(f"a{n:02}", since=1) for n in range(60)}
    assert names_in(known, frozenset({"alpha"})) == ([f"a{n:02}" for n in range(50)], True)
    known = {key(f"{n}"): member(f"a{n:02}", since=1) for n in range(50)}
    assert names_in(known, frozenset({"alpha"})) == ([f"a{n:02}" for n in range(50)], False)


def test_two_audiences_of_one_name_take_one_place_the_later_ones() -> None:
    known = {key(f"{n}"): member(f"a{n:02}", since=n + 1) for n in range(50)}
    known |= {key("twin"): member("a00", since=99)}
    names, truncated = names_in(known, frozenset({"alpha"}))

    assert (len(names), truncated) == (50, False)
    names, truncated = names_in(known | {key("more"): member("more", since=98)}, frozenset({"alpha"}))
    assert truncated
    assert {"a00", "more"} <= set(names)
    assert "a01" not in names


# --- the names under which MoEngage may list the user

GOLD = frozenset({"Gold"})
ALPHA = frozenset({"alpha"})


def test_names_that_may_be_shown_are_added_to_those_that_may_be() -> None:
    known = {key("gold"): member("Gold", listed=frozenset({"Old"})), key("news"): member("News")}

    after = listing(known, ["Gold", "News"], ALPHA)
    assert {name: each.listed for name, each in after.items()} == {
        key("gold"): {"Gold", "Old"},
        key("news"): {"News"},
    }
    assert listed_names(after) == {"Gold", "Old", "News"}


def test_an_attribute_that_is_known_to_show_just_these_names_lists_no_others() -> None:
    known = {
        key("gold"): member("Gold", listed=frozenset({"Old"})),
        key("left"): member("Left", inside=False, listed=frozenset({"Left"})),
        key("gone"): member("Gone", owners="", listed=frozenset({"Gone"})),
        key("cut"): member("Cut", listed=frozenset({"Cut"})),
    }

    after = listing(known, ["Gold"], ALPHA, alone=ALPHA)
    assert {each.name: each.listed for each in after.values()} == {
        "Gold": GOLD,
        "Left": frozenset(),
        "Gone": frozenset(),
        "Cut": frozenset(),
    }


def test_names_in_another_destinations_attribute_stay_listed() -> None:
    known = {key("gold"): member("Gold", inside=False, owners="alpha bravo", listed=GOLD)}

    assert listed_names(listing(known, [], ALPHA, alone=ALPHA)) == GOLD
    assert listed_names(listing(known, [], ALPHA, alone=frozenset({"alpha", "bravo"}))) == frozenset()


def test_an_audience_that_is_not_shown_lists_nothing() -> None:
    outside = {key("gold"): member("Gold", inside=False)}
    another = {key("gold"): member("Gold", owners="bravo")}

    assert listed_names(listing(outside, ["Gold"], ALPHA)) == frozenset()
    assert listed_names(listing(another, ["Gold"], ALPHA)) == frozenset()


def test_names_of_another_user_are_remembered_without_its_state() -> None:
    known = {key("gold"): member("Gold", since=5, inside=False, listed=GOLD)}
    other = {
        key("gold"): member("Gold", since=9, listed=frozenset({"Old"})),
        key("news"): member("News", since=9, listed=frozenset({"News"}), entered=True),
        key("vip"): member("VIP", since=9),
    }

    after = possibly_listed(known, other)
    assert after[key("gold")] == replace(known[key("gold")], listed=frozenset({"Gold", "Old"}))
    assert after[key("news")] == member("News", since=0, inside=False, listed=frozenset({"News"}))
    assert key("vip") not in after
    assert names_in(after, ALPHA) == ([], False)


# --- merging, forgetting, finding


def test_a_merge_keeps_every_name_owner_and_entry_of_both_users() -> None:
    own = {key("gold"): member("Gold", since=1, listed=GOLD, owners="alpha")}
    other = {
        key("gold"): member("Gilt", since=2, inside=False, listed=frozenset({"Gilt"}), owners="bravo", entered=True),
        key("news"): member("News", since=3, listed=frozenset({"News"}), entered=True),
    }

    after = merged(own, other)
    assert after[key("gold")] == member(
        "Gilt", since=2, inside=False, listed=frozenset({"Gold", "Gilt"}), owners="alpha bravo", entered=True
    )
    assert after[key("news")] == other[key("news")]


@pytest.mark.parametrize(
    ("one", "other", "entered"),
    [(True, None, True), (None, False, None), (False, None, None), (False, False, False), (None, None, None)],
)
def test_a_merged_user_has_entered_what_one_of_the_two_has(
    one: bool | None, other: bool | None, entered: bool | None
) -> None:
    known, beside = ({key("a"): Membership(entered=each)} for each in (one, other))
    assert merged(known, beside)[key("a")].entered is entered
    assert merged(beside, known)[key("a")].entered is entered


def test_a_merged_users_audience_has_its_newer_name() -> None:
    older, newer = {key("a"): member("News", since=1)}, {key("a"): member("Newsletter", since=2)}

    assert merged(older, newer)[key("a")].name == merged(newer, older)[key("a")].name == "Newsletter"


@pytest.mark.parametrize(
    ("kept", "each"),
    [
        (False, member("Gold", since=1, inside=False)),
        (True, member("Gold", since=0)),
        (True, member("Gold", since=0, inside=False, listed=GOLD)),
        (True, member("Gold", since=0, inside=False, entered=True)),
    ],
)
def test_an_exit_can_be_forgotten_unless_something_is_left_to_do(*, kept: bool, each: Membership) -> None:
    assert bool(without_exits({key("gold"): each})) is kept


def test_audiences_are_spread_over_all_groups() -> None:
    groups = [group_of(key(f"audience-{n}")) for n in range(1000)]
    assert set(groups) == set(range(GROUPS))
    assert max(map(groups.count, range(GROUPS))) < 200
