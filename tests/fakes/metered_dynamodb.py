"""DynamoDB's client, metered: what each call of it takes in capacity units, by the documented rules."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.table import NEW
from infra.ops.capacity_units import item_size, read_units, write_units

LOOKS_AT_ALL = ("FilterExpression", "ProjectionExpression")


class Metered:
    """A client that counts the units of its calls: `written`, `read`, and both by call in `calls`.

    It looks at items before and after a write, by calls that it doesn't count.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, threading.Lock()
        self.calls: Counter[str] = Counter()
        self.written, self.read = 0, 0.0

    def get_item(self, **request: Any) -> Any:
        answer = self._client.get_item(**request)
        self._add_read("get_item", item_size(answer.get("Item", {})), request["ConsistentRead"])
        return answer

    def put_item(self, **request: Any) -> Any:
        if request.get("ConditionExpression") != NEW:
            return self._write("put_item", request, _key(request["Item"]))
        size = item_size(request["Item"])
        try:
            return self._client.put_item(**request)
        except ClientError as error:
            size = item_size(error.response.get("Item", {}))
            raise
        finally:
            self._add_written("put_item", write_units(size))

    def update_item(self, **request: Any) -> Any:
        return self._write("update_item", request, request["Key"])

    def delete_item(self, **request: Any) -> Any:
        return self._write("delete_item", request, request["Key"])

    def transact_write_items(self, **request: Any) -> Any:
        parts = [(kind, part) for action in request["TransactItems"] for kind, part in action.items()]
        keys = [(part["TableName"], part.get("Key") or _key(part["Item"])) for _, part in parts]
        return self._metered("transaction", lambda: self._client.transact_write_items(**request), keys, True)

    def get_paginator(self, operation: str) -> Any:
        return _Paginator(self._client.get_paginator(operation), self._add_read)

    def _write(self, operation: str, request: dict[str, Any], key: dict[str, Any]) -> Any:
        real = getattr(self._client, operation)
        return self._metered(operation, lambda: real(**request), [(request["TableName"], key)], False)

    def _metered(self, name: str, call: Callable[[], Any], keys: list[Any], transaction: bool) -> Any:
        before = [self._size(*key) for key in keys]
        try:
            return call()
        except ClientError:
            keys = []
            raise
        finally:
            after = [self._size(*key) for key in keys] or before
            units = sum(write_units(max(pair), transaction=transaction) for pair in zip(before, after, strict=True))
            self._add_written(name, units)

    def _size(self, table: str, key: dict[str, Any]) -> int:
        found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return item_size(found.get("Item", {}))

    def _add_written(self, name: str, units: int) -> None:
        with self._lock:
            self.calls[name] += units
            self.written += units

    def _add_read(self, name: str, size: int, consistent: bool) -> None:
        with self._lock:
            self.calls[name] += 1
            self.read += read_units(size, consistent=consistent)


class _Paginator:
    def __init__(self, real: Any, add_read: Callable[[str, int, bool], None]) -> None:
        self._real, self._add_read = real, add_read

    def paginate(self, **request: Any) -> Iterator[Any]:
        """Yield the pages; all items of a page count, those that are filtered out too."""
        whole = {name: value for name, value in request.items() if name not in LOOKS_AT_ALL}
        for page in self._real.paginate(**whole):
            self._add_read("query", sum(map(item_size, page["Items"])), request["ConsistentRead"])
        yield from self._real.paginate(**request)


def _key(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("pk", "sk")}
