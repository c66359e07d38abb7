"""Let CloudFormation refuse a queue or a table whose name is taken, as AWS does.

Tried on ministack 1.5.33: it refuses a bucket or a database, but puts an empty queue or table in the place of one that
is there. So nobody would notice what a failed creation or a deleted stack left behind, nor that it is lost.
"""

from collections.abc import Callable, Mapping
from typing import Any

Create = Callable[[str, Mapping[str, Any], str], Any]
_NAMED = {"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName"}


def refuse_taken_names(provisioners: Any) -> None:
    """Change ministack's table of resource types in place. To do it twice changes nothing more."""
    queues, tables = provisioners._sqs._queue_name_to_url, provisioners._dynamodb._tables
    taken = {"AWS::SQS::Queue": queues, "AWS::DynamoDB::Table": tables}
    for kind, names in taken.items():
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        if not isinstance(handlers["create"], _Refusing):
            handlers["create"] = _Refusing(kind, names, handlers["create"])


class _Refusing:
    """Creates a resource by its given name unless there is one."""

    def __init__(self, kind: str, taken: Mapping[str, Any], create: Create) -> None:
        self._kind, self._taken, self._create = kind, taken, create

    def __call__(self, logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        name = props.get(_NAMED[self._kind])
        if name and name in self._taken:
            raise ValueError(
                f"Resource of type '{self._kind}' with identifier '{name}' already exists. "
                "(HandlerErrorCode: AlreadyExists)"
            )
        return self._create(logical_id, props, stack_name)
