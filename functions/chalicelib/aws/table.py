"""A DynamoDB table: conditional writes, consistent reads, and items as plain values.

Its key is `pk` and `sk`. An item that is alone in its partition has the `sk` `ONLY`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors

ONLY = "-"
"""The `sk` of an item that is alone in its partition: DynamoDB takes no empty one."""


class Table:
    """One table. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._db, self._name = dynamodb, name

    def get(self, pk: str, sk: str = ONLY) -> dict[str, Any] | None:
        """Return an item by a consistent read; None if there is none."""
        with translated_errors(Service.DYNAMODB):
            answer = self._db.get_item(TableName=self._name, Key=encoded({"pk": pk, "sk": sk}), ConsistentRead=True)
        return _decoded(answer["Item"]) if "Item" in answer else None

    def pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield the items of a `query` or a `scan`. Each page is read when it is needed."""
        pages = self._db.get_paginator(operation).paginate(TableName=self._name, **request)
        with translated_errors(Service.DYNAMODB):
            for page in pages:
                yield from map(_decoded, page["Items"])

    def write(self, operation: str, **request: Any) -> bool:
        """Write under a condition; False if the condition does not hold."""
        with translated_errors(Service.DYNAMODB):
            try:
                getattr(self._db, operation)(TableName=self._name, **request)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def put_next(self, item: Mapping[str, Any]) -> bool:
        """Put an item's next revision, the first one being 0; False if the table does not hold the one before it."""
        revision = item["revision"]
        condition = "attribute_not_exists(pk)" if revision == 0 else "revision = :before"
        values = {} if revision == 0 else {"ExpressionAttributeValues": encoded({":before": revision - 1})}
        return self.write("put_item", Item=encoded(item), ConditionExpression=condition, **values)


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values in DynamoDB's form, without those that are None."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items() if value is not None}


def _decoded(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
