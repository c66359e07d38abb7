"""Build the real service: with S3, CloudWatch Logs and STS, supervised processes, the clock and random ids."""

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime

from .api.service import Service
from .machine.access import Access
from .machine.aws import LocalServices
from .machine.credentials import CredentialsEndpoint
from .machine.runner import SupervisedRunner
from .machine.sts import StsIssuer
from .rules.events import Event
from .rules.ports import CredentialIssuer
from .rules.sessions import Sessions
from .rules.settings import EmulatorSettings

_ID_LENGTH = 16
_LETTERS = string.ascii_lowercase + string.digits


def start_service(
    settings: EmulatorSettings, publish: Callable[[Event], None], issuer: CredentialIssuer | None = None
) -> Service:
    """Build the service, start it and return it. `issuer` gives runs the credentials of their role; default: STS."""
    issuer = issuer or StsIssuer(settings.endpoint, now, settings.credential_minutes)
    sessions = Sessions(issuer, now)
    endpoint = CredentialsEndpoint(sessions)
    endpoint.start()
    access = Access(sessions, endpoint.url, settings.token_in_file)
    cloud = LocalServices(settings.endpoint, publish)
    service = Service(settings, cloud, SupervisedRunner(), access, now, new_id)
    service.start()
    return service


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random id of the service's form: `00`, then 14 lower-case letters and digits."""
    return "00" + "".join(random.SystemRandom().choices(_LETTERS, k=_ID_LENGTH - 2))
