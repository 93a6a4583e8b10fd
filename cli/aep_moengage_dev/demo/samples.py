"""Adobe's sample payloads in the order in which they are sent, and what MoEngage must show afterwards."""

from pathlib import Path

from aep_moengage_dev.demo.accounting import SentProfile
from aep_moengage_dev.project import PROJECT

_EVENTS = PROJECT / "events"
_JOHN = "14575006536349286404619648085736425115"  # an ECID that occurs in two of Adobe's payloads


def _audiences(customer_id: str, *names: str, **more: str | int) -> SentProfile:
    return SentProfile(customer_id, {"AEP Segment": list(names), **more})


# file -> the updates in it that have a user id; profiles without one are skipped
_SAMPLES: dict[str, tuple[SentProfile, ...]] = {
    "http_api_default": (
        _audiences(_JOHN, "Lapsed buyers", "Newsletter readers", "Store visitors", First_Name="John", Last_Name="Doe"),
    ),
    "http_api_segment_names": (),
    "http_api_segment_timestamps": (),
    # its statements are older than those of the first file, which stay
    "kinesis_legacy_existing": (_audiences(_JOHN, "Lapsed buyers", "Newsletter readers", "Store visitors"),),
    "sdk_freeform_attributes": (),
    "sdk_predefined_attributes": (),
    "batch": (
        _audiences("user-001", "Gold members", First_Name="Ada", Last_Name="Lovelace", loyalty_points=1250),
        SentProfile("user-002", {"First_Name": "Grace", "Last_Name": "Hopper", "tier": "silver"}),
        _audiences("user-003", "Gold members", First_Name="Katherine", Last_Name="Johnson", loyalty_points=4200),
    ),
}


def samples() -> list[tuple[Path, tuple[SentProfile, ...]]]:
    """Returns the files, each with its updates."""
    return [(_EVENTS / f"{name}.json", sent) for name, sent in _SAMPLES.items()]
