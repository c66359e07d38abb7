"""Errors of the client of object stores, as the project names them: a rejection of a photo, or an error of a job."""

from collections.abc import Iterator
from contextlib import contextmanager

from obstore import exceptions

from contracts.errors import GiveUp, RetryLater
from contracts.photos.rejections import Rejection

_PROVIDER = "External AWS credential provider: "


def rejection_of(error: BaseException) -> Rejection:
    """Return the rejection of a photo whose fetch raised this error."""
    if _said_by_provider(error):  # no word about the photo
        return Rejection.UNAVAILABLE
    if isinstance(error, (exceptions.NotFoundError, FileNotFoundError)) or _is_delete_marker(error):
        return Rejection.MISSING
    if isinstance(error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError)):
        return Rejection.FORBIDDEN
    if isinstance(error, exceptions.PreconditionError):
        return Rejection.CHANGED
    if isinstance(error, (ValueError, exceptions.InvalidPathError)):  # raised before anything is sent
        return Rejection.UNADDRESSABLE
    return Rejection.UNAVAILABLE


def job_error(error: Exception, what: str) -> RetryLater | GiveUp:
    """Return the project's error for one of the client's: `what` could not be done, and whether a retry may help."""
    if said := _said_by_provider(error):
        name, _, message = said.partition(": ")
        return (GiveUp if name == GiveUp.__name__ else RetryLater)(f"{what}: {message}")
    rejection = rejection_of(error)
    family = RetryLater if rejection is Rejection.UNAVAILABLE else GiveUp
    return family(f"{what}: {rejection.value} ({type(error).__name__})")


@contextmanager
def translate_errors(what: str) -> Iterator[None]:
    """Raise the client's errors within a `with` as RetryLater or GiveUp; `what` says what could not be done."""
    try:
        yield
    except (exceptions.BaseError, OSError) as error:
        raise job_error(error, what) from error


def _said_by_provider(error: BaseException) -> str | None:
    """Return `<class>: <message>` of an error that our credential provider raised: obstore keeps its text alone."""
    said = str(error).partition("\n")[0].partition(_PROVIDER)[2]
    return said if said and isinstance(error, exceptions.UnauthenticatedError) else None


def _is_delete_marker(error: BaseException) -> bool:
    # S3 answers 405 to a GET of a delete marker by its version. obstore has no class for it, only this sentence.
    return isinstance(error, exceptions.GenericError) and "non-2xx status code: 405" in str(error)
