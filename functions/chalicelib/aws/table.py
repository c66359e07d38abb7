"""A DynamoDB table as conditional writes, consistent reads and pages of plain values."""

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors


class Table:
    """One table. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._db, self._name = dynamodb, name

    def get(self, key: str) -> dict[str, Any] | None:
        """Return an item as it is now; None where there is none."""
        with translated_errors(Service.DYNAMODB):
            answer = self._db.get_item(TableName=self._name, Key=encoded({"pk": key}), ConsistentRead=True)
        return _decoded(answer["Item"]) if "Item" in answer else None

    def pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield the items of a query or a scan, page by page."""
        start: dict[str, Any] = {}
        while True:
            with translated_errors(Service.DYNAMODB):
                answer = getattr(self._db, operation)(TableName=self._name, **request, **start)
            yield from map(_decoded, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def write(self, operation: str, **request: Any) -> bool:
        """Write under a condition; False if it does not hold."""
        with translated_errors(Service.DYNAMODB):
            try:
                getattr(self._db, operation)(TableName=self._name, **request)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def put_next(self, item: Mapping[str, Any]) -> bool:
        """Put an item whose `revision` is one more than the one that is there, the first one being 0; False if not."""
        revision = item["revision"]
        condition = "attribute_not_exists(pk)" if revision == 0 else "revision = :before"
        values = {} if revision == 0 else {"ExpressionAttributeValues": encoded({":before": revision - 1})}
        return self.write("put_item", Item=encoded(item), ConditionExpression=condition, **values)


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as DynamoDB takes them, without those that are None."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items() if value is not None}


def _decoded(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
