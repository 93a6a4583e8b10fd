"""The tables that the connector's code shares between functions, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerPersistenceLayer
from aws_lambda_powertools.utilities.circuit_breaker.persistence.base import CircuitBreakerExistingLockError
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState

from aep_moengage.moengage.pacing import NOTHING_LEARNED, Learned, PaceState, Quota


@dataclass(slots=True)
class MemoryPaceTable:
    """A `PaceTable` in memory; `calls` counts what would be writes to DynamoDB."""

    states: dict[str, PaceState] = field(default_factory=dict)
    calls: int = 0

    def add(
        self, key: str, window: int, spent: Mapping[str, int], rooms: Mapping[str, int]
    ) -> tuple[bool, PaceState | None]:
        """See `PaceTable`."""
        self.calls += 1
        state = self.states.get(key)
        if state is None or state.window != window:
            return False, state
        after = {counter: state.spent.get(counter, 0) + count for counter, count in spent.items()}
        if any(after[counter] > rooms[counter] for counter in after):
            return False, state
        self.states[key] = replace(state, spent={**state.spent, **after})
        return True, self.states[key]

    def begin(self, key: str, before: int, state: PaceState) -> tuple[bool, PaceState | None]:
        """See `PaceTable`."""
        self.calls += 1
        current = self.states.get(key)
        if (current.window if current else 0) != before:
            return False, current
        self.states[key] = replace(state, learned=current.learned if current else {})
        return True, self.states[key]

    def teach(self, key: str, quota: Quota, learned: Learned, unless_refused_since: float) -> None:
        """See `PaceTable`."""
        self.calls += 1
        state = self.states.get(key, PaceState(0))
        if state.learned.get(quota, NOTHING_LEARNED).refused_at <= unless_refused_since:
            self.states[key] = replace(state, learned={**state.learned, quota: learned})


class MemoryCircuits(CircuitBreakerPersistenceLayer):
    """Powertools' store of circuits in memory: `records` is shared, what a function has cached is not."""

    def __init__(self, records: dict[str, CircuitStateRecord], clock: Callable[[], float]) -> None:
        super().__init__()
        self._records = records
        self._clock = clock

    def _get_record(self, name: str) -> CircuitStateRecord | None:
        return self._records.get(name)

    def _put_record(
        self, record: CircuitStateRecord, condition: str | None = None, expected_opened_at: int | None = None
    ) -> None:
        if condition == "half_open" and not self._may_probe(self._records.get(record.name), expected_opened_at):
            raise CircuitBreakerExistingLockError
        self._records[record.name] = record

    def _update_record(self, record: CircuitStateRecord) -> None:
        self._records[record.name] = record

    def _may_probe(self, current: CircuitStateRecord | None, opened_at: int | None) -> bool:
        if current is None:
            return False
        if current.state == CircuitState.OPEN:
            return current.half_open_owner is None and opened_at in {None, current.opened_at}
        return current.state == CircuitState.HALF_OPEN and (current.probe_lease_expiry or 0) <= self._clock()
