"""From a StartJobRun request to the job that spark-submit gets: properties, options, entry point. Pure.

Source of the order: EMR Serverless User Guide, "Spark configuration override parameter" (`sparkSubmitParameters` beat
the request's `applicationConfiguration`, which beats the application's `runtimeConfiguration`) and "Default application
configuration": before 8.1 a request's `spark-defaults` replaces the application's, since then they are merged.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ValidationError
from .release import MERGES_SPARK_DEFAULTS

# Options that set a property. spark-submit lets them win over `--conf`, so they become properties here.
_PROPERTIES = {
    "--archives": "spark.archives",
    "--deploy-mode": "spark.submit.deployMode",
    "--driver-cores": "spark.driver.cores",
    "--driver-memory": "spark.driver.memory",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--files": "spark.files",
    "--jars": "spark.jars",
    "--master": "spark.master",
    "--name": "spark.app.name",
    "--num-executors": "spark.executor.instances",
    "--packages": "spark.jars.packages",
    "--py-files": "spark.submit.pyFiles",
    "--repositories": "spark.jars.repositories",
}
_FLAGS = ("--verbose", "-v")
_DEFAULTS = "spark-defaults"


@dataclass(frozen=True, slots=True)
class SparkJob:
    """`properties` by their full names; `options` are those that set no property, such as `--class`."""

    entry_point: str
    arguments: tuple[str, ...]
    properties: Mapping[str, str]
    options: tuple[str, ...] = ()


def spark_job(version: tuple[int, int], application: Mapping[str, Any], request: Mapping[str, Any]) -> SparkJob:
    """Return the job of a validated request on an application's settings.

    Raises ValidationError for another kind of job, and for parameters that cannot be read.
    """
    driver = request.get("jobDriver", {}).get("sparkSubmit")
    if driver is None:
        raise ValidationError("jobDriver must have sparkSubmit")
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", [])
    ours, theirs = _classified(application.get("runtimeConfiguration", [])), _classified(overrides)
    if theirs is not None and version < MERGES_SPARK_DEFAULTS:
        ours = None
    given, options = read_parameters(driver.get("sparkSubmitParameters", ""))
    return SparkJob(
        driver["entryPoint"],
        tuple(driver.get("entryPointArguments", ())),
        {**(ours or {}), **(theirs or {}), **given},
        options,
    )


def read_parameters(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Split `sparkSubmitParameters` into properties and the options that remain. Later ones win."""
    try:
        words = iter(shlex.split(text))
    except ValueError as error:
        raise ValidationError(f"sparkSubmitParameters cannot be read: {error}") from None
    properties: dict[str, str] = {}
    options: list[str] = []
    for word in words:
        if not word.startswith("-"):
            raise ValidationError(f"sparkSubmitParameters: {word!r} is no option; the entry point has its own member")
        if word in _FLAGS:
            options.append(word)
            continue
        name, equals, value = word.partition("=")
        value = value if equals else next(words, "")
        if name in ("--conf", "-c"):
            key, _, setting = value.partition("=")
            properties[key] = setting
        elif name in _PROPERTIES:
            properties[_PROPERTIES[name]] = value
        else:
            options += [name, value]
    return properties, tuple(options)


def _classified(configurations: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the properties of `spark-defaults`; None without that classification."""
    given: Sequence[Mapping[str, Any]] = [one for one in configurations if one["classification"] == _DEFAULTS]
    merged = {name: value for one in given for name, value in one.get("properties", {}).items()}
    return merged if given else None
