"""The control calls: switching faults and looking into the workspace from another process.

GET    /_control/state                    counts, held requests, active faults
GET    /_control/users|events|merged|violations
GET    /_control/requests?after=N&bodies=false
GET    /_control/held?requests=N&timeout=S  waits until N requests are held
GET    /_control/faults
POST   /_control/faults                   a fault or a list of them
DELETE /_control/faults, or /_control/faults/ID
POST   /_control/release                  {"request": N}, or everything held
POST   /_control/credentials              {"password": ..., "username": ...}
POST   /_control/settings                 {"bulk_rejects": ..., "limits": {"customer": N}, "reset_as": ...}
POST   /_control/reset                    forget users, events, requests, faults
"""

from typing import Any, TypeAliasType, get_args

from aep_moengage_dev.simulator.api import BulkRejects
from aep_moengage_dev.simulator.exchange import Answer, Exchange
from aep_moengage_dev.simulator.quota import Limited, ResetForm
from aep_moengage_dev.simulator.simulation import Simulation

PREFIX = "/_control/"


def answer(simulation: Simulation, exchange: Exchange) -> Answer:
    """200 with JSON, 404 for a call that does not exist, 400 for one that cannot be done."""
    name, _, item = exchange.path.removeprefix(PREFIX).partition("/")
    call = _CALLS.get((exchange.method, name))
    if call is None:
        return Answer(404, {"error": f"no such control call: {exchange.method} {exchange.path}"})
    if exchange.malformed:
        return Answer(400, {"error": "malformed JSON"})
    try:
        return Answer(200, call(simulation, exchange, item))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Answer(400, {"error": str(error)})


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
    api, quota, wanted = simulation.api, simulation.api.quota, exchange.body
    if unknown := wanted.keys() - {"bulk_rejects", "limits", "reset_as"}:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    bulk_rejects = _one_of(wanted.get("bulk_rejects", api.bulk_rejects), BulkRejects)
    reset_as = _one_of(wanted.get("reset_as", quota.reset_as), ResetForm)
    limits = {_one_of(name, Limited): int(limit) for name, limit in wanted.get("limits", quota.limits).items()}
    api.bulk_rejects, quota.reset_as, quota.limits = bulk_rejects, reset_as, limits
    return {"bulk_rejects": bulk_rejects, "limits": limits, "reset_as": reset_as}


def _one_of(value: Any, choice: TypeAliasType) -> Any:
    allowed = get_args(choice.__value__)
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value


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
