"""The acts of the demo, in order: a normal day, errors and outages, and how an operator recovers."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from typing import Any

import requests

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage.outcomes import Outcome
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage, Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_cli.profiles.dead_letter_report import groups
from aep_moengage_dev.demo import accounting
from aep_moengage_dev.demo.accounting import Change, SentProfile, redriven
from aep_moengage_dev.demo.aep import Aep, Posted, together
from aep_moengage_dev.demo.customers import Customer, customers, seeded
from aep_moengage_dev.demo.purchases import ACTION, Purchases
from aep_moengage_dev.demo.report import Report
from aep_moengage_dev.demo.samples import samples
from aep_moengage_dev.demo.stage import Stage
from aep_moengage_dev.demo.story import Phase, Story
from aep_moengage_dev.demo.subscriber import Subscriber, in_words
from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.connecting import publish, read_destination
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator

_SEED = 20260111
_IN_REQUEST = 25  # profiles of a request on a normal day
_CHANGED_AT_ONCE = 10  # profiles of a request during an outage
_BUYERS = 20  # customers who buy something, at every occasion
_NOBODY = 8  # profiles without identity
_REFUSED = 3  # customers whom MoEngage rejects until the cause is fixed
_ROUNDED, _UNFIXABLE = 5, 2  # customers whose CRM id arrives as a rounded number; those without any other id
_EVERY = 0.6  # seconds from one request to the next during an outage, unless its answer takes longer
_DRAINED_WITHIN, _ALL_CLEAR_WITHIN = 240.0, 60.0  # seconds
_PROFILE_OF_NOBODY = {"person": {"name": {"firstName": "Nobody"}}, "identityMap": {}}

# The simulator's faults, in the order in which they happen; see simulator/faults.py
OUTAGES: dict[str, dict[str, Any]] = {
    "MoEngage hangs": {"kind": "hang"},
    "MoEngage answers 503": {"kind": "status", "status": 503},
    "MoEngage answers 429 with a time to retry": {"kind": "status", "status": 429, "reset": 4},
}

type Update = tuple[Any, SentProfile | None]  # a profile as AEP sends it, and what MoEngage must show, if anything


@dataclass(frozen=True)
class Script:
    """The size of the demo: the number of customers, and of requests that AEP sends during each outage."""

    customers: int = 300
    requests_in_outage: int = 14


class Demo:
    """Plays the acts on a running stack and prints them on `stage`."""

    def __init__(self, stack: LocalStack, stage: Stage, script: Script | None = None) -> None:
        outputs = stack.deployment.outputs
        sqs, retry, dead = stack.client("sqs"), outputs["RetryQueueUrl"], outputs["DeadLetterQueueUrl"]
        self._stack = stack
        self._stage = stage
        self._script = script or Script()
        self._chance = seeded(_SEED)
        self._aep = Aep(stack.endpoint, stack.token)
        self._moengage = RemoteSimulator(stack.moengage_url)
        self._backlog = Backlog(sqs, retry)
        self._queue = DeadLetterQueue(sqs, dead, retry)
        self._ours = Selection(destination=stack.destination_id)
        self._subscriber = Subscriber(stack.client, stack.deployment.name, outputs["AlertsTopicArn"])
        everybody = customers(self._chance)
        self._customers = list(islice(everybody, self._script.customers))
        self._refused = list(islice(everybody, _REFUSED))
        self._rounded = list(islice(everybody, _ROUNDED))
        self._unfixable = [_rounded(each) for each in islice(everybody, _UNFIXABLE)]
        self._remapped_at = 0.0
        self.story = Story()
        self._purchases = Purchases()

    def run(self) -> Report:
        """Plays all acts; returns the final numbers."""
        self._samples()
        self._normal_day()
        self._orders()
        self._poison()
        self._outages()
        self._recovery()
        missing = self._dead_letters()
        self._all_clear()
        return self._report(missing)

    def _samples(self) -> None:
        self._stage.act("Adobe's own sample payloads")
        requests.get(f"{self._stack.api_url}/health", timeout=30).raise_for_status()  # starts the function
        for file, sent in samples():
            self._stage.say(f"{file.name:32} {self._aep.post(file.read_text('utf-8'), sent)}")
        self._stage.say("Samples that carry no identity are skipped: nobody can be updated by them.")

    def _normal_day(self) -> None:
        self._stage.act(f"{len(self._customers)} customers of Acme, and {_NOBODY} profiles without an identity")
        self._post([*map(_update, self._customers), *([(_PROFILE_OF_NOBODY, None)] * _NOBODY)])
        self._stage.act("Updates of some customers, repeats of others")
        self._post([_update(each) for each in self._changed(len(self._customers) // 3)])
        self._post([_update(each) for each in self._customers[-len(self._customers) // 5 :]])

    def _orders(self) -> None:
        self._stage.act(f"{_BUYERS} purchases by Event Forwarding, sent twice, and a campaign that they trigger")
        body = self._purchases.body(self._customers[:_BUYERS])
        for _ in range(2):
            self._stage.say(str(self._aep.post_events(body)))

    def _poison(self) -> None:
        self._stage.act("Profiles that cannot be delivered")
        rounded = _ROUNDED + _UNFIXABLE
        self._stage.say(
            f"MoEngage rejects {_REFUSED} customers; the CRM sent the ids of {rounded} others as rounded numbers"
        )
        self._moengage.fault("poison", customer_ids=[each.id for each in self._refused])
        profiles: list[Update] = [_update(each) for each in self._refused]
        profiles += [(_rounded(each, loyalty=each.id), _sent(each)) for each in self._rounded]
        self._post([*profiles, *((each, None) for each in self._unfixable)])
        self._stage.say("An operator maps the loyalty id ahead of the CRM id: a new version, no deployment needed")
        self._fix_mapping()

    def _outages(self) -> None:
        self._stage.act("MoEngage fails while AEP keeps sending")
        for what, fault in OUTAGES.items():
            broken, began = self._moengage.fault(**fault), time.time()
            posted = self._during_outage()
            self._stage.say(f"{what}: {posted}")
            self._stage.say(f"Purchases: {self._aep.post_events(self._purchases.body(self._customers[:_BUYERS]))}")
            self._moengage.heal(broken)
            self.story.phases.append(Phase(what, began, time.time(), posted.slowest))

    def _during_outage(self) -> Posted:
        began, posts, many = time.monotonic(), [], self._script.requests_in_outage
        with self._stage.work("AEP sends", many) as show:
            for place in range(many):
                time.sleep(max(began + place * _EVERY - time.monotonic(), 0))
                posts.append(self._request([_update(each) for each in self._changed(_CHANGED_AT_ONCE)]))
                show(place + 1, f"{place + 1} of {many} requests answered")
        return together(posts)

    def _recovery(self) -> None:
        self._stage.act("MoEngage has recovered: the backlog drains")
        waiting, asked, began = self._outcomes()[Outcome.RETRYING], self._asked(), time.time()
        self._drain()
        took, calls = time.time() - began, self._asked() - asked
        self.story.phases.append(Phase("MoEngage has recovered", began, began + took))
        self._stage.say(f"{waiting} queued profiles were processed in {took:.0f} s, with {calls} calls to MoEngage")

        campaigns = [each for some in self._moengage.campaigns().values() for each in some if each["event"] == ACTION]
        self._stage.say(f"{len(self._purchases.sent)} purchases were sent; they triggered {len(campaigns)} campaigns")

    def _dead_letters(self) -> int:
        """Shows and redrives the dead letters; returns how many of those that stay undeliverable were not kept."""
        self._stage.act("The dead-letter queue")
        found = self._queue.look(self._ours).messages
        for group in groups(found):
            details = "; ".join(group.details)
            self._stage.say(f"{group.profiles} x [bold]{group.reason}[/]: {details}. [dim]{group.advice}[/]")
        self._moengage.heal()
        self._stage.say("MoEngage and the mapping are fixed. The operator runs `failures redrive`")
        self._until_mapping_is_used()
        began = time.time()
        again = _profiles(self._queue.redrive(found))
        self.story.redrives.append(redriven(began, again))
        self._drain()
        self.story.phases.append(Phase("Redrive", began, time.time()))
        kept = self._queue.look(self._ours).messages
        back = f"{_profiles(kept)} were rejected again, because they have no valid id: `failures purge`"
        self._stage.say(f"{again} were redriven; {back}")
        self._queue.purge(kept)
        return accounting.absent(self._unfixable, (message.payload for message in kept))

    def _all_clear(self) -> None:
        self._stage.act("Alerts that the subscriber received")
        until = time.monotonic() + _ALL_CLEAR_WITHIN
        with self._stage.work("waiting for the all-clear", _ALL_CLEAR_WITHIN) as show:
            while (firing := self._subscriber.firing()) and (left := until - time.monotonic()) > 0:
                show(_ALL_CLEAR_WITHIN - left, ", ".join(firing))
                time.sleep(0.5)
        for name, states in self._subscriber.states().items():
            self._stage.say(f"{name:28} {in_words(name, states)}")

    def _report(self, missing: int) -> Report:
        users = {name: user["attributes"] for name, user in self._moengage.users().items()}
        verdict = accounting.judge(self._aep.sent, users)
        lost_purchases, doubled = self._purchases.judge(self._moengage.events())
        return Report(
            received=self._aep.received,
            outcomes=self._outcomes(),
            lost=verdict.lost + missing + lost_purchases,
            stale=verdict.stale,
            wrong_audiences=verdict.wrong_audiences,
            doubled=doubled,
            alarms=self._subscriber.states(),
            seconds=self._stage.seconds,
        )

    def _post(self, updates: Sequence[Update]) -> None:
        posts = [self._request(some) for some in batched(updates, _IN_REQUEST)]
        self._stage.say(str(together(posts)))

    def _request(self, updates: Iterable[Update]) -> Posted:
        profiles, sent = zip(*updates, strict=True)
        return self._aep.post(json.dumps(profiles), filter(None, sent))

    def _changed(self, how_many: int) -> list[Customer]:
        """Lets some customers place an order; returns their new state."""
        places = self._chance.sample(range(len(self._customers)), how_many)
        for place in places:
            self._customers[place] = self._customers[place].after_an_order(self._chance)
        return [self._customers[place] for place in places]

    def _fix_mapping(self) -> None:
        _, document = read_destination(SAMPLE_DESTINATION)
        content = json.loads(document) | {"id": self._stack.destination_id}
        content["identities"]["user_id"] = ["loyalty", "crmid"]
        stack = self._stack
        publish(
            stack.deployment,
            stack.ministack.url,
            stack.destination_id,
            json.dumps(content),
            why="rounded numbers are no ids",
        )
        self._remapped_at = time.monotonic()

    def _until_mapping_is_used(self) -> None:
        with self._stage.work("waiting until the new mapping is in use", CACHE_SECONDS) as show:
            while (left := self._remapped_at + CACHE_SECONDS + 1 - time.monotonic()) > 0:
                show(CACHE_SECONDS - left, f"{left:.0f} s")
                time.sleep(min(left, 0.5))

    def _drain(self) -> None:
        most = self._backlog.size()
        with self._stage.work("draining", most) as show:

            def progress(left: int) -> None:
                show(max(most - left, 0), f"{left} messages left")

            self._backlog.wait_until_empty(_DRAINED_WITHIN, progress=progress)

    def _outcomes(self) -> dict[Outcome, int]:
        return accounting.outcomes(self.changes())

    def changes(self) -> list[Change]:
        """Returns what the functions logged so far, and what was redriven."""
        return [*accounting.changes(self._stack.log_lines(), self._stack.destination_id), *self.story.redrives]

    def _asked(self) -> int:
        return len(self._moengage.requests(bodies=False))


def _sent(customer: Customer) -> SentProfile:
    return SentProfile(customer.id, customer.shown())


def _update(customer: Customer) -> Update:
    return customer.profile(), _sent(customer)


def _rounded(customer: Customer, **identities: str) -> dict[str, Any]:
    return customer.profile(crmid=1e19, **identities)


def _profiles(messages: Iterable[DeadLetterMessage]) -> int:
    return sum(message.profiles for message in messages)
