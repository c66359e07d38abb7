"""Build the real service: with S3 and CloudWatch Logs, supervised processes, the clock and random ids."""

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime

from .api.service import Service
from .machine.aws import LocalServices
from .machine.runner import SupervisedRunner
from .rules.events import Event
from .rules.settings import EmulatorSettings

_ID_LENGTH = 16
_LETTERS = string.ascii_lowercase + string.digits


def start_service(settings: EmulatorSettings, publish: Callable[[Event], None]) -> Service:
    """Build the service, start it and return it."""
    cloud = LocalServices(settings.endpoint, publish)
    service = Service(settings, cloud, SupervisedRunner(), lambda: datetime.now(UTC), new_id)
    service.start()
    return service


def new_id() -> str:
    """Return a random id of the service's form: `00`, then 14 lower-case letters and digits."""
    return "00" + "".join(random.SystemRandom().choices(_LETTERS, k=_ID_LENGTH - 2))
