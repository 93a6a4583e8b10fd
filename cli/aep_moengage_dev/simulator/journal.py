"""The journal: every exchange, in the order of arrival."""

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from aep_moengage_dev.simulator.exchange import Exchange


class Journal:
    """Numbers exchanges from 1 on and keeps the newest `kept` of them (None: all)."""

    def __init__(self, kept: int | None = None) -> None:
        self._lock = threading.Lock()
        self._exchanges: deque[Exchange] = deque(maxlen=kept)
        self._number = 0

    def open(self, *, method: str, target: str, headers: Any, raw: bytes) -> Exchange:
        """Enter a request that has just arrived."""
        with self._lock:
            self._number += 1
            exchange = Exchange(number=self._number, method=method, target=target, headers=headers, raw=raw)
            self._exchanges.append(exchange)
        return exchange

    def reset(self) -> None:
        """Forget every exchange; the numbers go on."""
        with self._lock:
            self._exchanges.clear()

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter(list(self._exchanges))

    def __getitem__(self, index: int) -> Exchange:
        with self._lock:
            return self._exchanges[index]
