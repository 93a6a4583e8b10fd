"""The index over the users whom MoEngage may list in an audience; an operator's sweep finds them there.

Audiences fall into eight groups, and a row's index key says in audiences of which groups its user is listed. So the
users of one audience are read with 128 queries that return no user outside its group, whatever the table holds.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.items import GROUP_COLUMN, groups_with
from aep_moengage.ledger.memberships import GROUPS, group_of
from aep_moengage.ledger.row import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "ByAudience"
_PAGE = 100  # users; as many as their rows are read with one call


class AudienceIndex:
    """Finds the users of audiences; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count(self, audiences: Sequence[bytes]) -> int:
        """Returns how many users there are in the groups of these audiences, given by short key: these and others."""
        return sum(int(page["Count"]) for page in self._pages(audiences, Select="COUNT"))

    def users(self, audiences: Sequence[bytes]) -> Iterator[list[str]]:
        """Yields the ledger's keys of the users in the groups of these audiences, page by page."""
        for page in self._pages(audiences, Limit=_PAGE):
            if page["Items"]:
                yield [item["user"]["S"] for item in page["Items"]]

    def _pages(self, audiences: Sequence[bytes], **options: Any) -> Iterator[dict[str, Any]]:
        groups = {group_of(audience) for audience in audiences}
        for key in sorted({key for group in groups for key in groups_with(group, GROUPS)}):
            query = {
                "TableName": self._table,
                "IndexName": INDEX,
                "KeyConditionExpression": f"{GROUP_COLUMN} = :groups",
                "ExpressionAttributeValues": {":groups": {"S": key}},
            }
            yield from self._query(query | options)

    def _query(self, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        while True:
            try:
                page: Any = self._client.query(**query)
            except (BotoCoreError, ClientError) as error:
                raise LedgerUnavailable(f"DynamoDB refused a query of the index {INDEX}") from error
            yield page
            if "LastEvaluatedKey" not in page:
                return
            query |= {"ExclusiveStartKey": page["LastEvaluatedKey"]}
