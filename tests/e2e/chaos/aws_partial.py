"""Partial failures: AWS executes some entries of a call, and reports the others as failed."""

import random
from collections.abc import Callable, Mapping
from typing import Any

type Json = dict[str, Any]
type Execute = Callable[[Json], Json]
type Partial = Callable[[Json, Execute, bool], Json]


def _keys_left_undone(asked: Json, execute: Execute, applied: bool) -> Json:
    """DynamoDB reads a part of the keys."""
    ((table, wanted),) = asked["RequestItems"].items()
    undone = _some(wanted["Keys"])
    done = [key for place, key in enumerate(wanted["Keys"]) if place not in undone]
    answer = execute({"RequestItems": {table: wanted | {"Keys": done}}}) if done else {"Responses": {table: []}}
    left = [wanted["Keys"][place] for place in sorted(undone)]
    return answer | {"UnprocessedKeys": {table: wanted | {"Keys": left}}}


def _statements_refused(asked: Json, execute: Execute, applied: bool) -> Json:
    """DynamoDB throttles single statements; or it executes them, and answers that it failed."""
    refused = _some(asked["Statements"])
    due = [each for place, each in enumerate(asked["Statements"]) if applied or place not in refused]
    answers = iter(execute(asked | {"Statements": due})["Responses"] if due else [])
    code = "InternalServerError" if applied else "ThrottlingError"
    error = {"Error": {"Code": code, "Message": "a fault of the tests"}}
    responses = []
    for place in range(len(asked["Statements"])):
        answer = next(answers) if applied or place not in refused else error
        responses.append(error if place in refused else answer)
    return {"Responses": responses}


def _messages_failed(asked: Json, execute: Execute, applied: bool) -> Json:
    """SQS takes a part of the messages; or it takes all, and answers that some failed."""
    refused = _some(asked["Entries"])
    due = [each for place, each in enumerate(asked["Entries"]) if applied or place not in refused]
    answer = execute(asked | {"Entries": due}) if due else {}
    ids = {asked["Entries"][place]["Id"] for place in refused}
    successful = [each for each in answer.get("Successful", []) if each["Id"] not in ids]
    failed = [{"Id": each, "SenderFault": False, "Code": "InternalError"} for each in sorted(ids)]
    return {"Successful": successful, "Failed": [*answer.get("Failed", []), *failed]}


PARTIAL: Mapping[str, Partial] = {
    "BatchGetItem": _keys_left_undone,
    "BatchExecuteStatement": _statements_refused,
    "SendMessageBatch": _messages_failed,
    "ChangeMessageVisibilityBatch": _messages_failed,
}


def _some(entries: list[Any]) -> set[int]:
    """Returns the places of some entries, at least of one."""
    count = random.randint(1, (len(entries) + 1) // 2)  # noqa: S311 # no secret
    return set(random.sample(range(len(entries)), count))
