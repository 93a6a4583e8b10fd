"""Profiles as AEP may send them: partial memberships, odd statuses and times, consent in any place, odd ids."""

from typing import Any

import hypothesis.strategies as st
from tests.guarantees.world import POISON

USERS = ("ada", "bob")
AUDIENCES = ("gold", "gold", "news", "vip", "churn", "tin", "zinc", "other")
NOBODY = "00000000-0000-0000-0000-000000000000"
START = 1_699_999_000_000  # epoch ms, before the world begins
RENAMED = START + 900_000
MOMENTS = (START, START + 800_000, START + 950_000, START + 1_000_000, START + 10**10)  # the last one: in the future

type Consent = str | dict[str, str]


def made(
    user: str,
    points: int,
    gold: str | None = None,
    consent: Consent = "y",
    ecid: str = "",
    *,
    audiences: dict[str, Any] | None = None,
    spelling: str = "{}",
) -> dict[str, Any]:
    """A profile of a user: points, membership of some audiences, and consent.

    `spelling` are the ids of its namespace, comma-separated, with {} for the user's.
    """
    ids = {"crmid": spelling.format(user) if user else "", "ECID": ecid}
    entries = ({"gold": {"status": gold}} if gold else {}) | (audiences or {})
    return {
        "identityMap": {name: [{"id": each} for each in some.split(",")] for name, some in ids.items() if some},
        "points": points,
        "segmentMembership": {"ups": entries},
        "consents": _consents(consent, user),
    }


def _consents(consent: Consent, user: str) -> dict[str, Any]:
    """`email`: for the channel; `any`: for all marketing; `own`: for the channel, of this user's id only."""
    given = {"email": consent} if isinstance(consent, str) else consent
    marketing = {name: {"val": given[name]} for name in ("email", "any") if name in given}
    own = {"crmid": {user: {"marketing": {"email": {"val": given["own"]}}}}} if "own" in given else {}
    return {"marketing": marketing} | ({"idSpecific": own} if own else {})


def name_of(profile: dict[str, Any]) -> str:
    """The user that a profile is of."""
    identities = profile["identityMap"]
    ids = [each["id"].strip(" \u200b") for each in identities.get("crmid") or identities["ECID"]]
    return str(min(ids))


def _named(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with the audience's name, which AEP changed at some time."""
    return entry | {"name": "News" if entry.get("lastQualificationTime", RENAMED) < RENAMED else " Newsletter "}


users = st.sampled_from(USERS)
points = st.integers(1, POISON)
statuses = st.sampled_from(["realized", "exited"])
REFUSALS: list[Consent] = ["n", {"email": "y", "any": "n"}, {"email": "y", "own": "n"}]
refusals = st.sampled_from(REFUSALS)
answers = st.sampled_from([*["y"] * 6, *REFUSALS, {"any": "y"}, {"email": "p", "own": "y"}, {"email": "p", "any": "y"}])
spellings = st.sampled_from(["{}", "{}", " {}\u200b", "zed,{}"])
entries = st.fixed_dictionaries(
    {"status": st.sampled_from(["realized"] * 5 + ["exited"] * 4 + ["existing", None, " EXITED ", "exiting", ""])},
    optional={
        "lastQualificationTime": st.sampled_from(MOMENTS),
        "validUntil": st.sampled_from([*[START + 10**11] * 4, START + 850_000]),
    },
).map(_named)
partial = st.dictionaries(st.sampled_from(AUDIENCES), entries, max_size=3)
of_the_card = st.dictionaries(st.sampled_from(["gold", "vip"]), entries, min_size=1, max_size=1)
of_either = st.dictionaries(st.sampled_from(["gold", "churn", "vip"]), entries, min_size=1, max_size=2)
profiles = st.builds(
    lambda user, points, consent, audiences, spelling: made(
        user, points, None, consent, audiences=audiences, spelling=spelling
    ),
    users,
    points,
    answers,
    partial,
    spellings,
)
