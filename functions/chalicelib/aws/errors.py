"""botocore's errors in our two families. Retries within a call are botocore's own; what comes here has had them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import GiveUp, RetryLater

LATER = frozenset(
    {
        "InternalServerError",
        "InternalServerException",
        "InternalError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceQuotaExceededException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""What a service says when the same call may succeed later. Everything else that it refuses, it refuses for good."""


@contextmanager
def translated_errors(service: str) -> Iterator[None]:
    """Raise RetryLater or GiveUp in place of what botocore raises. Messages hold no keys."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if code in LATER or status >= 500:
            raise RetryLater(f"{service}: {code}") from error
        raise GiveUp(f"{error.operation_name}: {code}", f"{service}_refused") from error
    except BotoCoreError as error:  # no connection, a reset, a timeout, an answer cut short
        raise RetryLater(f"{service}: {type(error).__name__}") from error


def code_of(error: ClientError) -> str:
    """Return the error's code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))
