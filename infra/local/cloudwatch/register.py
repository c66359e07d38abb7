"""Put CloudWatch's rules into ministack: what `infra/local/launch.py` adds to it.

ministack 1.5.33 evaluates an alarm when a metric arrives, by namespace and name alone: without dimensions, periods,
TreatMissingData, M of N or metric math. It takes no metrics out of logs, and measures no queue and no Spark.
`tests/contract/test_cloudwatch_registration.py` fails when ministack moves a place.

`CLOUDWATCH_MINUTE_SECONDS` is how long a minute of CloudWatch lasts (60): the periods of alarms and of queries shrink
with it, so that tests see an alarm fire in seconds. Values are not scaled: a second of a metric's value stays one.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .machine import alarms, answers, resources, sources
from .machine.modules import ministack
from .rules.services import Spark
from .rules.ticking import tick

MINUTE = "CLOUDWATCH_MINUTE_SECONDS"


def register(environ: Mapping[str, str], spark: Callable[[], Iterable[tuple[str, str, Spark]]]) -> None:
    """Add all of it to ministack, in this process, and start to look each minute.

    `spark` returns the EMR Serverless applications, each with its account and Region. Raises ValueError for a minute
    that is no positive number.
    """
    minute = float(environ.get(MINUTE, "60"))
    if not minute > 0:
        raise ValueError(f"{MINUTE} is {minute}, not a positive number")
    sources.register()
    alarms.register()
    answers.register(minute)
    _register_resource_types()

    def work(now: float) -> None:
        sources.look(spark, now)
        alarms.evaluate_all(now, minute)

    waiting = threading.Event()
    threading.Thread(target=tick, args=(work, time.time, waiting.wait, minute), name="cloudwatch", daemon=True).start()


def _register_resource_types() -> None:
    """Have CloudFormation know our types from its first request on: sooner would import half of ministack."""
    handlers = ministack("app").SERVICE_HANDLERS
    original = handlers["cloudformation"]

    async def handle(*request: Any) -> Any:
        resources.register()
        return await original(*request)

    handlers["cloudformation"] = handle
