"""What AWS itself does in the name of a role, without a request that could be held against its policies. Pure.

Sources: Lambda Developer Guide, "Defining Lambda function permissions with an execution role" and "Configuring
permissions" of SQS event source mappings; EventBridge Scheduler User Guide, "Setting up an execution role".
"""

from .asked import Asked

_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def of_function(log_group: str, traced: bool, region: str, account: str) -> list[Asked]:
    """Return what a function's role needs for its logs, and for its traces."""
    stream = f"arn:aws:logs:{region}:{account}:log-group:{log_group}:log-stream:any"
    logs = [Asked("logs:CreateLogStream", stream), Asked("logs:PutLogEvents", stream)]
    traces = ("xray:PutTraceSegments", "xray:PutTelemetryRecords") if traced else ()
    return [*logs, *(Asked(action, "*") for action in traces)]


def of_queue(queue_arn: str) -> list[Asked]:
    """Return what a function's role needs for the queue that feeds it."""
    return [Asked(action, queue_arn) for action in _QUEUE]


def of_schedule(function_arn: str) -> list[Asked]:
    """Return what a schedule's role needs for the function that it invokes."""
    return [Asked("lambda:InvokeFunction", function_arn)]
