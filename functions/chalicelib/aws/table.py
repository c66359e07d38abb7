"""A DynamoDB table: conditional writes, consistent reads, and items as plain values.

Its key is `pk` and `sk`. An item that is alone in its partition has the `sk` `ONLY`.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors
from contracts.errors import RetryLater

ONLY = "-"
"""The `sk` of an item that is alone in its partition: DynamoDB takes no empty one."""
NEW = "attribute_not_exists(pk)"
"""The condition that no item has this key."""
_ALL: Mapping[str, Any] = MappingProxyType({})
_FAILED = "ConditionalCheckFailed"

Item = dict[str, Any]
Action = dict[str, Any]
"""One part of a transaction."""


class Table:
    """One table. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._db, self._name = dynamodb, name

    def get(self, pk: str, sk: str = ONLY, *, consistent: bool = True) -> Item | None:
        """Return an item; None if there is none. A read that is not consistent costs half, and may miss a new write."""
        with translated_errors(Service.DYNAMODB):
            answer = self._db.get_item(TableName=self._name, Key=_key(pk, sk), ConsistentRead=consistent)
        return _decoded(answer["Item"]) if "Item" in answer else None

    def query(
        self,
        pk: str,
        since: str = "",
        more: Mapping[str, Any] = _ALL,
        *,
        consistent: bool = True,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """Yield a partition's items from the `sk` `since` on, in order. Each page is read when it is needed."""
        pages = self._db.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk" + (" AND sk >= :since" if since else ""),
            ExpressionAttributeValues=encoded({":pk": pk, ":since": since or None}),
            ConsistentRead=consistent,
            ScanIndexForward=not newest_first,
            **more,
        )
        with translated_errors(Service.DYNAMODB):
            for page in pages:
                yield from map(_decoded, page["Items"])

    def write(self, operation: str, **request: Any) -> bool:
        """Write under a condition; False if the condition does not hold."""
        with translated_errors(Service.DYNAMODB):
            try:
                getattr(self._db, operation)(TableName=self._name, **request)
            except ClientError as error:
                if code_of(error) == f"{_FAILED}Exception":
                    return False
                raise
        return True

    def put_new(self, item: Mapping[str, Any]) -> Item | None:
        """Put an item unless one has its key: then return that one. A repeated put may find the first one."""
        with translated_errors(Service.DYNAMODB):
            try:
                self._db.put_item(
                    TableName=self._name,
                    Item=encoded(item),
                    ConditionExpression=NEW,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) == f"{_FAILED}Exception":
                    return _decoded(error.response["Item"])
                raise
        return None

    def update(self, pk: str, sk: str, change: str, condition: str, values: Mapping[str, Any]) -> Item | None:
        """Change an item and return it as it is then; None if the condition does not hold."""
        with translated_errors(Service.DYNAMODB):
            try:
                answer = self._db.update_item(
                    TableName=self._name,
                    Key=_key(pk, sk),
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=encoded(values),
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if code_of(error) == f"{_FAILED}Exception":
                    return None
                raise
        return _decoded(answer["Attributes"])

    def add_one(self, pk: str, name: str) -> int:
        """Add one to a number of an item that is alone, and return it as it is then. A repeated call adds again."""
        with translated_errors(Service.DYNAMODB):
            answer = self._db.update_item(
                TableName=self._name,
                Key=_key(pk, ONLY),
                UpdateExpression="ADD #name :one",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues=encoded({":one": 1}),
                ReturnValues="UPDATED_NEW",
            )
        return int(_decoded(answer["Attributes"])[name])

    def put_next(self, item: Mapping[str, Any]) -> bool:
        """Put an item's next revision, the first one being 0; False if the table does not hold the one before it."""
        return self.write("put_item", **_next(item))

    def transact(self, actions: Sequence[Action]) -> bool:
        """Write all parts or none; False if a condition does not hold.

        Raises:
            RetryLater: another write to one of the items was under way.
        """
        with translated_errors(Service.DYNAMODB):
            try:
                self._db.transact_write_items(TransactItems=list(actions))
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                reasons = {one["Code"] for one in error.response["CancellationReasons"]}
                if _FAILED in reasons:
                    return False
                raise RetryLater(f"dynamodb: {', '.join(sorted(reasons - {'None'}))}") from error
        return True

    def putting(self, item: Mapping[str, Any]) -> Action:
        """Return the part of a transaction that puts an item, whatever is there."""
        return {"Put": {"TableName": self._name, "Item": encoded(item)}}

    def putting_next(self, item: Mapping[str, Any]) -> Action:
        """Return the part of a transaction that puts an item's next revision."""
        return {"Put": {"TableName": self._name, **_next(item)}}

    def deleting(self, pk: str, sk: str) -> Action:
        """Return the part of a transaction that deletes an item."""
        return {"Delete": {"TableName": self._name, "Key": _key(pk, sk)}}


def _next(item: Mapping[str, Any]) -> dict[str, Any]:
    revision = item["revision"]
    condition = NEW if revision == 0 else "revision = :before"
    values = {} if revision == 0 else {"ExpressionAttributeValues": encoded({":before": revision - 1})}
    return {"Item": encoded(item), "ConditionExpression": condition, **values}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return encoded({"pk": pk, "sk": sk})


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values in DynamoDB's form, without those that are None."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items() if value is not None}


def _decoded(item: Mapping[str, Any]) -> Item:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
