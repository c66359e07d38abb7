"""The real service: S3 and CloudWatch Logs beside it, supervised processes, this machine's clock and chance."""

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime

from .api.service import Service
from .machine.aws import LocalServices
from .machine.runner import SupervisedRunner
from .rules.events import Event
from .rules.settings import Settings

_ID_LENGTH = 16
_LETTERS = string.ascii_lowercase + string.digits


def service(settings: Settings, publish: Callable[[Event], None]) -> Service:
    """Return the service, started."""
    cloud = LocalServices(settings.endpoint, publish)
    made = Service(settings, cloud, SupervisedRunner(), lambda: datetime.now(UTC), new_id)
    made.start()
    return made


def new_id() -> str:
    """Return an id that looks like the service's: `00`, then lower-case letters and digits."""
    return "00" + "".join(random.SystemRandom().choices(_LETTERS, k=_ID_LENGTH - 2))
