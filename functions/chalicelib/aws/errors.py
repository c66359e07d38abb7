"""Translate botocore's errors to our two families. botocore has retried each call before its error comes here."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.counts import GiveUpCount
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
"""The codes with which the same call may succeed later. With any other code of status 4xx it never will."""


class Service(StrEnum):
    """The services that the adapters speak to, as messages and counts name them."""

    DYNAMODB = "dynamodb"
    S3 = "s3"
    GLUE = "glue"
    EMR = "emr"


@contextmanager
def translated_errors(service: Service) -> Iterator[None]:
    """Raise RetryLater or GiveUp in place of botocore's errors. Messages hold no keys of objects.

    Where a right is missing, they say which, in the service's own words.

    Raises:
        RetryLater: the service did not answer, or says that the same call may succeed later.
        GiveUp: the service refused the call.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if code in LATER or status >= 500:
            raise RetryLater(f"{service}: {code}") from error
        said = f"{error.operation_name}: {code}{_missing_right(service, error)}"
        raise GiveUp(said, GiveUpCount[f"{service.name}_REFUSED"]) from error
    except BotoCoreError as error:  # no connection, a reset, a timeout, an answer cut short
        raise RetryLater(f"{service}: {type(error).__name__}") from error


def _missing_right(service: Service, error: ClientError) -> str:
    """Return the service's words of a right that is missing; none from S3, whose words name an object's key."""
    denied = code_of(error) in ("AccessDenied", "AccessDeniedException") and service is not Service.S3
    return f": {error.response['Error'].get('Message', '')}" if denied else ""


def code_of(error: ClientError) -> str:
    """Return the error's code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))
