"""The errors of the API: their names and HTTP codes are the service model's."""


class ServiceError(Exception):
    """An answer that refuses: the code goes into `x-amzn-errortype`, the message into the body."""

    code = "InternalServerException"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(ServiceError):
    """The request is malformed, or not possible in the present state."""

    code = "ValidationException"
    status = 400


class NotFoundError(ServiceError):
    """There is no such application or job run."""

    code = "ResourceNotFoundException"
    status = 404


class ConflictError(ServiceError):
    """A client token came back with another request."""

    code = "ConflictException"
    status = 409


class ThrottledError(ServiceError):
    """Too many calls. The service model does not list it; every AWS client knows it."""

    code = "ThrottlingException"
    status = 429


class UnknownOperationError(ServiceError):
    """A path of another service, or one that this emulator does not serve."""

    code = "UnknownOperationException"
    status = 404
