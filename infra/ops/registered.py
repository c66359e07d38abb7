"""The ids of all photos that the ledger knows, read from its table: no use case asks for them, so no port has them."""

from collections.abc import Iterator
from typing import Any

_PHOTO = "photo#"
"""How the key of a photo's item begins."""


def photo_ids(dynamodb: Any, table: str) -> Iterator[str]:
    """Yield the id of each photo. It reads the whole table, and gets its keys; `dynamodb` is a boto3 client."""
    asked = {"TableName": table, "ProjectionExpression": "pk"}
    for page in dynamodb.get_paginator("scan").paginate(**asked):
        for item in page["Items"]:
            if item["pk"]["S"].startswith(_PHOTO):
                yield item["pk"]["S"].removeprefix(_PHOTO)
