"""What AWS says when it lets nobody in, or no one answers, in words that say what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import GiveUp, PipelineError, RetryLater

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
UNKNOWN_KEYS = frozenset({"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})
WRONG_SIGNATURE = frozenset({"InvalidSignatureException", "RequestTimeTooSkewed", "SignatureDoesNotMatch"})
DENIED = frozenset(
    {"403", "AccessDenied", "AccessDeniedException", "AccessDeniedFault", "Forbidden", "UnauthorizedOperation"}
)
NO_SERVICE = frozenset({"OptInRequired", "SubscriptionRequiredException"})
OTHER_REGION = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"})
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked whom for what. `profile` None: the keys are those of the environment or of the default profile."""

    operation: str
    endpoint: str
    profile: str | None = None

    @property
    def keys(self) -> str:
        """The credentials in words."""
        return f"profile {self.profile}" if self.profile else "this shell"

    @property
    def login(self) -> str:
        """What renews a login."""
        return f"`aws sso login --profile {self.profile}`" if self.profile else "`aws sso login`"


def explained_code(code: str, message: str, caller: Caller) -> PipelineError | None:
    """Return the error for the code of a service's answer; None where the caller knows best what it means."""
    from chalicelib.aws.errors import LATER  # with botocore: not for a help text

    if code in EXPIRED:
        return GiveUp(f"the login of {caller.keys} has expired: {caller.login}, then the same command again")
    if code in DENIED:
        said = f": {message}" if message and message != code else ""
        return GiveUp(f"{caller.keys} may not {caller.operation}{said}. Ask for that right, or give another --profile")
    if code in UNKNOWN_KEYS:
        return GiveUp(
            f"AWS does not know the keys of {caller.keys} ({code}): they are mistyped or removed, or this Region is "
            "not enabled in the account. Give another --profile or --region"
        )
    if code in WRONG_SIGNATURE:
        return GiveUp(f"AWS refuses the signature of {caller.keys} ({code}): look at the secret key, and at the clock")
    if code in NO_SERVICE:
        return GiveUp(f"the account of {caller.keys} has not signed up for this ({code}): {message}")
    if code in OTHER_REGION:
        return GiveUp(f"{caller.operation}: that is in another Region ({code}). Give its --region")
    if code in LATER:
        return RetryLater(f"{caller.operation}: {code}. AWS is busy: the same command may succeed in a minute")
    return None


def no_credentials(name: str, message: str, caller: Caller) -> GiveUp:
    """Return the error for credentials that cannot be found. `name` is the class of botocore's error."""
    if name == "NoCredentialsError":
        return GiveUp(
            f"there are no AWS credentials in {caller.keys}: `aws configure sso` makes a profile, and --profile NAME "
            "takes it"
        )
    if "Credential" in name:  # half of them, or a process or a role that gives none
        return GiveUp(f"{caller.keys} gives no AWS credentials: {message}")
    return GiveUp(f"the login of {caller.keys} has expired or was never made: {caller.login}, then the same command")


def no_answer(caller: Caller) -> RetryLater:
    """Return the error for a service that does not answer."""
    hint = "look at this machine's network and proxy, and at the --region"
    if urlsplit(caller.endpoint).hostname in _LOCAL:
        hint = "`fruits local status` looks at a local cloud, `fruits local up` starts one"
    return RetryLater(f"{caller.endpoint} does not answer any more: {hint}")


def code_and_message(response: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and the message of a service's error."""
    error = response.get("Error", {})
    return str(error.get("Code", "")), str(error.get("Message", ""))
