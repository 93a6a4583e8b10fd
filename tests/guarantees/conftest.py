import pytest


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "guarantees")
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
