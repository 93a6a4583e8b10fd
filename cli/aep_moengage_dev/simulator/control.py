"""The control calls: another process switches faults and settings, and reads the workspace.

GET    /_control/state                    counts, held requests, active faults
GET    /_control/users|events|campaigns|merged|violations
GET    /_control/requests?after=N&bodies=false
GET    /_control/held?requests=N&timeout=S  waits until N requests are held
GET    /_control/faults
POST   /_control/faults                   a fault or a list of them
DELETE /_control/faults, or /_control/faults/ID
POST   /_control/release                  {"request": N}, or everything held
POST   /_control/credentials              {"password": ..., "username": ...}
POST   /_control/settings                 {"bulk_rejects": ..., "limits": {"customer": N}, "reset_as": ...,
                                          "refuse_merges": false, "add_creates_attribute": true,
                                          "null": ..., and the other fields of `Undocumented`}
POST   /_control/reset                    forget users, events, requests, faults; the settings stay
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAliasType, get_args

from aep_moengage_dev.simulator.api import BulkRejects, DataApi
from aep_moengage_dev.simulator.exchange import Exchange, SimulatedAnswer
from aep_moengage_dev.simulator.quota import Limited, ResetForm
from aep_moengage_dev.simulator.simulation import Simulation
from aep_moengage_dev.simulator.undocumented import (
    EmptyArrayAnswer,
    ExistingOnlyAnswer,
    LongArrayAnswer,
    NullAnswer,
    RealTimeAnswer,
    UnsetAnswer,
)

PREFIX = "/_control/"


def answer(simulation: Simulation, exchange: Exchange) -> SimulatedAnswer:
    """200 with JSON, 404 for a call that does not exist, 400 for one that cannot be done."""
    name, _, item = exchange.path.removeprefix(PREFIX).partition("/")
    call = _CALLS.get((exchange.method, name))
    if call is None:
        return SimulatedAnswer(404, {"error": f"no such control call: {exchange.method} {exchange.path}"})
    if exchange.malformed:
        return SimulatedAnswer(400, {"error": "malformed JSON"})
    try:
        return SimulatedAnswer(200, call(simulation, exchange, item))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return SimulatedAnswer(400, {"error": str(error)})


def _state(simulation: Simulation, _exchange: Exchange, _item: str) -> Any:
    faults = [fault.report() for fault in simulation.faults.active()]
    return simulation.api.workspace.counts() | {"held": simulation.holds.held(), "faults": faults}


def _contents(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    return simulation.api.workspace.snapshot()[exchange.path.removeprefix(PREFIX)]


def _requests(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    after, body = int(exchange.query.get("after", 0)), exchange.query.get("bodies") != "false"
    return [each.report(body=body) for each in simulation.requests if each.number > after]


def _held(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    requests, timeout = int(exchange.query.get("requests", 0)), float(exchange.query.get("timeout", 5))
    return simulation.holds.wait_held(requests, timeout)


def _faults(simulation: Simulation, _exchange: Exchange, _item: str) -> Any:
    return [fault.report() for fault in simulation.faults.active()]


def _add_faults(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    wanted = exchange.body if isinstance(exchange.body, list) else [exchange.body]
    return [simulation.faults.add(**options).report() for options in wanted]


def _remove_faults(simulation: Simulation, exchange: Exchange, item: str) -> Any:
    if item:
        simulation.faults.remove(int(item))
    else:
        simulation.faults.clear()
    return _faults(simulation, exchange, item)


def _release(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    return simulation.holds.release((exchange.body or {}).get("request"))


def _credentials(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    access, wanted = simulation.api.access, exchange.body
    access.username = wanted.get("username", access.username)
    access.password = wanted.get("password", access.password)
    return {"username": access.username}


def _settings(simulation: Simulation, exchange: Exchange, _item: str) -> Any:
    api, wanted = simulation.api, exchange.body
    if unknown := wanted.keys() - _SETTINGS.keys():
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    read = {name: _SETTINGS[name].read(value) for name, value in wanted.items()}
    for name, value in read.items():  # all of them or none
        setattr(_SETTINGS[name].part(api), name, value)
    return {name: getattr(setting.part(api), name) for name, setting in _SETTINGS.items()}


def _one_of(choice: TypeAliasType) -> Callable[[Any], Any]:
    allowed = get_args(choice.__value__)

    def read(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
        return value

    return read


def _limits(value: Any) -> dict[str, int]:
    limited = _one_of(Limited)
    return {limited(name): int(limit) for name, limit in value.items()}


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


class _Setting(NamedTuple):
    """The part of the simulator that has a setting as an attribute of the same name, and how a new value is read."""

    part: Callable[[DataApi], Any]
    read: Callable[[Any], Any]


_SETTINGS = {
    "bulk_rejects": _Setting(lambda api: api, _one_of(BulkRejects)),
    "limits": _Setting(lambda api: api.quota, _limits),
    "reset_as": _Setting(lambda api: api.quota, _one_of(ResetForm)),
    "refuse_merges": _Setting(lambda api: api, _switch),
    "add_creates_attribute": _Setting(lambda api: api.workspace, _switch),
    "null": _Setting(lambda api: api.workspace.undocumented, _one_of(NullAnswer)),
    "empty_array": _Setting(lambda api: api.workspace.undocumented, _one_of(EmptyArrayAnswer)),
    "long_array": _Setting(lambda api: api.workspace.undocumented, _one_of(LongArrayAnswer)),
    "unset": _Setting(lambda api: api.workspace.undocumented, _one_of(UnsetAnswer)),
    "real_time_action": _Setting(lambda api: api.workspace.undocumented, _one_of(RealTimeAnswer)),
    "existing_only_events": _Setting(lambda api: api.workspace.undocumented, _one_of(ExistingOnlyAnswer)),
    "get_user": _Setting(lambda api: api.workspace.undocumented, _switch),
    "shown_after": _Setting(lambda api: api.workspace.undocumented, int),
}


def _reset(simulation: Simulation, exchange: Exchange, item: str) -> Any:
    simulation.faults.clear()
    simulation.api.quota.reset()
    simulation.api.workspace.reset()
    simulation.requests.reset()
    return _state(simulation, exchange, item)


_CALLS = {
    ("GET", "state"): _state,
    ("GET", "users"): _contents,
    ("GET", "events"): _contents,
    ("GET", "campaigns"): _contents,
    ("GET", "merged"): _contents,
    ("GET", "violations"): _contents,
    ("GET", "requests"): _requests,
    ("GET", "held"): _held,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _remove_faults,
    ("POST", "release"): _release,
    ("POST", "credentials"): _credentials,
    ("POST", "settings"): _settings,
    ("POST", "reset"): _reset,
}
