"""What MoEngage refuses: the documented validation of its Data APIs.

Source: MoEngage's API reference (Data overview, Track User, Track Event, Bulk Import, Merge User, Get User);
its messages are used where it prints one. What MoEngage accepts and then spoils is in `violations`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aep_moengage_dev.simulator.exchange import Exchange, SimulatedAnswer, new_request_id


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# The reference says "128 KB" and "100 KB". The smaller of the two meanings: who keeps to that is safe.
BODY_BYTES = 128_000
BULK_BODY_BYTES = 100_000
MERGES = 50
EXPORTED_USERS = 20
FORBIDDEN_CUSTOMER_IDS = names(
    "unknown guest null 0 1 true false user_attribute_unique_id (empty) na n/a dummy_seller_code user_id id "
    "customer_id uid userid none -2 -1 2"
) | {"", '""'}
BLOCKED_NAMES = frozenset({"", "id", "_id"})
RESERVED_NAMES = names("status user_id source INSTALL UPDATE MOE_TIME_FORMAT MOE_TIME_TIMEZONE MOE_GAID MOE_ISLAT")
# Track User neither creates nor updates these.
READ_ONLY_NAMES = names(
    "geo t_rev t_trans u_s_c installed uninstall_time locale_language_display locale_country_display "
    "moe_ip_city moe_ip_pin moe_ip_subdivision moe_ip_country moe_dtzo moe_cr_from moe_w_ds moe_it "
    "moe_rsp_android moe_rsp_ios moe_rsp_web moe_rsu moe_ds_bts_push_hour moe_ds_bts_email_hour "
    "moe_ds_bts_sms_hour moe_ds_mpc_best_channel moe_i_ov"
) | {"web subscription url"}
PLATFORMS = frozenset({"ANDROID", "iOS", "web", "TV", "unknown"})
# Track User takes these for a new user and ignores them for one that exists.
CREATE_ONLY_NAMES = names(
    "publisher_name campaign_name u_l_a cr_t moe_gaid moe_mweb advertising_identifier city state country"
)
UNSET_TYPES = frozenset({"equals", "prefix", "suffix", "contains"})
ADD, REMOVE = "addValueToArrayField", "removeValueFromArrayField"
UNPROCESSED = "unprocessed"  # accepted, and then nothing happens


class RefusalError(Exception):
    """MoEngage says no: HTTP status, type, message, and the attribute it is about."""

    def __init__(self, status: int, kind: str, message: str, attribute: str | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.attribute = status, kind, message, attribute

    def answer(self) -> SimulatedAnswer:
        """The error envelope."""
        error = {"type": self.kind, "message": self.message, "request_id": new_request_id()}
        if self.attribute is not None:
            error["attribute"] = self.attribute
        return SimulatedAnswer(self.status, {"status": "fail", "error": error})


def accepted() -> SimulatedAnswer:
    """The success envelope. It means accepted, not ingested."""
    message = "Your request has been accepted and will be processed soon."
    return SimulatedAnswer(200, {"status": "success", "message": message, "request_id": new_request_id()})


def _missing(name: str) -> RefusalError:
    return RefusalError(400, "MissingAttributeError", f"{name} is not found in the payload", name)


def _empty(name: str, message: str | None = None) -> RefusalError:
    return RefusalError(400, "MissingAttributeError", message or f"{name} can not be empty", name)


def _wrong_type(name: str, expected: str) -> RefusalError:
    return RefusalError(400, "TypeError", f"expected {expected}", name)


def check_transport(exchange: Exchange) -> None:
    """Raises RefusalError for a body that is too large, of the wrong type, empty, or no JSON object."""
    content_type = exchange.headers.get("Content-Type")
    if content_type is None:
        raise RefusalError(400, "Missing header value", "The Content-Type Header is required")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RefusalError(415, "Unsupported Media Type", "Unsupported Media Type")
    limit = BULK_BODY_BYTES if exchange.api == "transition" else BODY_BYTES
    if len(exchange.raw) > limit:
        raise RefusalError(413, "Payload too large", f"The payload can not exceed {limit // 1000}KB")
    if not exchange.raw.strip():
        raise RefusalError(400, "Empty request body", "A valid JSON document is required")
    if exchange.malformed:
        message = "Could not decode the request body. The JSON was incorrect or not encoded as UTF-8."
        raise RefusalError(400, "Malformed JSON", message)
    if not isinstance(exchange.body, dict):
        raise RefusalError(400, "Body type is not JSON", "A valid JSON document is required.")


def check_record(record: Any, expected: frozenset[str]) -> str:
    """The type of a record that is as it must be, or UNPROCESSED where only the case of its type is wrong."""
    if not isinstance(record, dict):
        raise _wrong_type("elements", "object")
    kind = record.get("type")
    if kind is None:
        raise _missing("type")
    if kind not in expected:
        if isinstance(kind, str) and kind.lower() in expected:
            return UNPROCESSED
        raise RefusalError(400, "AttributeError", f"type should be {'/'.join(sorted(expected))}", "type")
    _check_customer_id(record)
    RECORDS[kind](record)
    return str(kind)


def check_elements(body: dict[str, Any]) -> list[Any]:
    """The elements of a bulk, not yet checked one by one."""
    if body.get("type") != "transition":
        raise RefusalError(400, "AttributeError", "type should be transition", "type")
    return _filled_list(body, "elements", "elements cannot be empty array")


def check_merges(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The pairs (merged user, retained user) of a merge."""
    merges = _filled_list(body, "merge_data")
    if len(merges) > MERGES:
        raise RefusalError(400, "LimitBreached", f"max limit allowed is {MERGES}", "merge_data")
    return [(_name(merge, "merged_user"), _name(merge, "retained_user")) for merge in merges]


def check_delete(body: dict[str, Any]) -> str:
    """The customer_id of the user to delete."""
    if _name(body, "identity_type") != "customer_id":
        raise RefusalError(400, "InvalidParams", "identity_type should be customer_id", "identity_type")
    return _name(body, "identity_value")


def check_export(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The (identifier type, identifier) pairs that Get User asks for."""
    if not isinstance(body.get("data"), dict):
        raise _missing("data")
    identifiers = _filled_list(body["data"], "identifiers")
    if len(identifiers) > EXPORTED_USERS:
        raise RefusalError(400, "LimitBreached", f"max limit allowed is {EXPORTED_USERS}", "users")
    _optional(body["data"], "user_fields_to_export", list, "array")
    return [(_name(each, "identifier_type"), _name(each, "identifier")) for each in identifiers]


def _filled_list(body: dict[str, Any], name: str, message: str | None = None) -> list[Any]:
    if body.get(name) is None:
        raise _missing(name)
    if not isinstance(body[name], list):
        raise _wrong_type(name, "array")
    if not body[name]:
        raise _empty(name, message)
    return list(body[name])


def _name(record: Any, key: str) -> str:
    if not isinstance(record, dict) or record.get(key) is None:
        raise _missing(key)
    if not isinstance(record[key], str):
        raise _wrong_type(key, "string")
    if not record[key]:
        raise _empty(key)
    return str(record[key])


def _optional(record: Mapping[str, Any], key: str, kind: type | tuple[type, ...], expected: str) -> Any:
    value = record.get(key)
    if value is not None and not isinstance(value, kind):
        raise _wrong_type(key, expected)
    return value


def _check_customer_id(record: dict[str, Any]) -> None:
    """Any string of more than one character, except some."""
    customer_id = _name(record, "customer_id")
    if len(customer_id) < 2 or customer_id in FORBIDDEN_CUSTOMER_IDS:
        raise RefusalError(400, "InvalidParams", "Given customer_id is invalid.", "customer_id")


def _check_customer(record: dict[str, Any]) -> None:
    _optional(record, "update_existing_only", bool, "boolean")
    _check_deltas(_optional(record, "attributes", dict, "object") or {})
    for unset in _optional(record, "unset_attributes", list, "array") or []:
        _name(unset, "attr")
        if _name(unset, "type") not in UNSET_TYPES:
            raise RefusalError(400, "AttributeError", "type of unset_attributes is unknown", "unset_attributes")


def _check_deltas(attributes: dict[str, Any]) -> None:
    """Array deltas: lists, and never two ways of changing one attribute."""
    changed = set(attributes) - {ADD, REMOVE}
    for operation in (ADD, REMOVE):
        delta = attributes.get(operation, {})
        if not isinstance(delta, dict):
            raise RefusalError(400, "ArrayFieldError", f"{operation} should be an object", operation)
        for name, values in delta.items():
            if not isinstance(values, list):
                raise RefusalError(400, "ArrayFieldError", f"{operation} expects an array", name)
            if name in RESERVED_NAMES | READ_ONLY_NAMES | BLOCKED_NAMES:
                raise RefusalError(400, "ArrayFieldError", "attribute is reserved", name)
            if name in changed:
                raise RefusalError(400, "ArrayFieldError", "attribute is changed in more than one way", name)
        changed |= set(delta)


def _check_event(record: dict[str, Any]) -> None:
    _optional(record, "update_existing_only", bool, "boolean")
    for action in _filled_list(record, "actions", "actions can not be empty Array"):
        _name(action, "action")
        _optional(action, "attributes", dict, "object")
        if action.get("platform") is not None and action["platform"] not in PLATFORMS:
            raise RefusalError(400, "AttributeError", "platform is unknown", "platform")
        for key in ("current_time", "user_time"):
            _optional(action, key, (str, int, float), "datetime")
        offset = _optional(action, "user_timezone_offset", (int, float), "number")
        if offset is not None and not -54_000 <= offset <= 54_000:
            raise RefusalError(400, "TypeError", "user_timezone_offset is out of range", "user_timezone_offset")


def _check_device(record: dict[str, Any]) -> None:
    _name(record, "device_id")


RECORDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "customer": _check_customer,
    "event": _check_event,
    "device": _check_device,
}
