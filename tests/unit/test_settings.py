"""The settings: what is missing or unusable is named, and no value is shown."""

from ipaddress import ip_address

import pytest

from aep_moengage.settings import MissingSettings, check_settings, read_networks, read_settings

ENVIRONMENT = {
    "DESTINATIONS_TABLE": "destinations",
    "LEDGER_TABLE": "ledger",
    "SAMPLES_TABLE": "samples",
    "RETRY_QUEUE_URL": "https://sqs/retry",
    "DEAD_LETTER_QUEUE_URL": "https://sqs/dead",
    "PARAMETER_PATH": "/aep-moengage/test",
    "MOENGAGE_ENDPOINT": "https://api-{dc}.moengage.com",
    "STACK_NAME": "test",
}


def test_the_template_sets_what_has_no_default() -> None:
    settings = read_settings(ENVIRONMENT)

    assert settings.retry_window_seconds == 24 * 3600
    assert settings.LAST_KNOWN_GOOD_SECONDS == 600
    check_settings(ENVIRONMENT)


def test_all_missing_and_unusable_settings_are_named_and_no_value_is_shown() -> None:
    environment = ENVIRONMENT | {"RETRY_WINDOW_HOURS": "canary", "LAST_KNOWN_GOOD_SECONDS": "-5"}
    del environment["LEDGER_TABLE"]

    with pytest.raises(MissingSettings) as raised:
        read_settings(environment)
    message = str(raised.value)
    assert "LEDGER_TABLE is missing" in message
    assert "RETRY_WINDOW_HOURS is not usable" in message
    assert "LAST_KNOWN_GOOD_SECONDS is not usable" in message
    assert "canary" not in message


@pytest.mark.parametrize(
    ("cidrs", "address", "admitted"),
    [
        ("", "203.0.113.7", True),
        (" , ", "203.0.113.7", True),
        ("203.0.113.5/24", "203.0.113.7", True),
        ("203.0.113.5", "203.0.113.5", True),
        ("203.0.113.5", "203.0.113.7", False),
        ("2001:db8::1/32", "2001:db8::7", True),
        ("198.51.100.0/24,203.0.113.0/24", "203.0.113.7", True),
        ("10.0.0.0/33,203.0.113.0/24", "203.0.113.7", True),
        ("10.0.0.0/33", "203.0.113.7", False),
        ("0.0.0.0/0", "2001:db8::7", False),
    ],
)
def test_an_address_is_admitted_if_it_is_in_a_network_as_people_write_it(
    cidrs: str, address: str, admitted: bool
) -> None:
    assert read_networks(cidrs).admit(ip_address(address)) is admitted


@pytest.mark.parametrize("cidrs", ["300.0.0.0/8", "203.0.113.0/24, 999", "10.0.0.0/33", "example.com"])
def test_an_entry_that_is_no_network_fails_the_check_but_not_the_functions(cidrs: str) -> None:
    environment = ENVIRONMENT | {"ALLOWED_CIDRS": cidrs}

    assert read_settings(environment).ALLOWED_CIDRS.unusable
    with pytest.raises(MissingSettings, match="ALLOWED_CIDRS has an entry") as raised:
        check_settings(environment)
    assert not any(entry.strip() in str(raised.value) for entry in cidrs.split(","))
