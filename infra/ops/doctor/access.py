"""Judges of what a run may do, and as whom. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.ops.doctor.findings import Level, Place, Verdict

KEY, REGION = "AWS_ACCESS_KEY_ID", "AWS_REGION"
FULL_URI, RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_ROLE = "compare the role with JobRole in `template.yaml`, then `fruits deploy`"
_SOON = 300
_SKEW_WARN, _SKEW_FAIL = 30.0, 300.0
"""Seconds. S3 refuses a signature that is off by 15 minutes."""


def aws_variables(found: Sequence[str], place: Place) -> Verdict:
    """Judge how the environment says where credentials are. Names alone."""
    value = ", ".join(found) or "none"
    region = "" if REGION in found else "; no Region, so requests name it"
    if KEY in found:
        level, to_do = (Level.WARN, "see that they are renewed: these keys end") if place.on_aws else (Level.OK, "")
        return Verdict(value, f"keys in the environment{region}", level, to_do)
    if FULL_URI in found or RELATIVE_URI in found:
        return Verdict(value, f"credentials by an endpoint{region}")
    return Verdict(value, f"nothing says where credentials are{region}", Level.WARN, "see the next two lines")


def python_credentials(found: Mapping[str, Any], _: Place) -> Verdict:
    """Judge what our own stores get."""
    left = found["good_for_seconds"]
    if left is None:
        return Verdict(f"by {found['source']}", "found without asking an endpoint")
    value = f"by {found['source']}, good for {left / 60:.0f} minutes"
    if left < _SOON:
        return Verdict(value, "they end soon, and are renewed often", Level.WARN, "look whether the clock is right")
    return Verdict(value, "our provider gets them, and renews them before they end")


def java_credentials(found: Mapping[str, Any], _: Place) -> Verdict:
    """Judge what Iceberg gets."""
    return Verdict(f"by {found['source']} ({found['kind']})", "Java's default chain gets them, and so does Iceberg")


def missing_photo(found: str, _: Place) -> Verdict:
    """Judge how S3 answers for a photo that is gone; listing is allowed below a prefix."""
    if found == "missing":
        return Verdict("404", "a prefix condition on s3:ListBucket is enough: a photo that is gone is `missing`")
    if found == "forbidden":
        return Verdict("403", "a prefix condition on s3:ListBucket does not count: jobs and functions list the key")
    return Verdict(found, "S3 did not say", Level.WARN, "ask again: `fruits doctor`")


def missing_file(found: str, _: Place) -> Verdict:
    """Judge how S3 answers for code or a CNN that is not in its place; listing is allowed without a condition."""
    if found == "missing":
        return Verdict("404", "a missing archive, CNN or code is named as missing")
    if found == "forbidden":
        return Verdict("403", "a missing file would read as a missing right", Level.FAIL, _ROLE)
    return Verdict(found, "S3 did not say", Level.WARN, "ask again: `fruits doctor`")


def database(found: str, _: Place) -> Verdict:
    """Judge whether Glue shows the database."""
    return Verdict(found, "Glue shows it to the role")


def scratch_table(found: Mapping[str, int], _: Place) -> Verdict:
    """Judge whether a table could be made, written, read and dropped."""
    if found["rows"] != 1:
        return Verdict(f"{found['rows']} rows", "one row was written", Level.FAIL, "read the run's log")
    return Verdict("made, written, read, dropped", "the rights on Glue are right, and Iceberg's S3 client works")


def clock(found: float, _: Place) -> Verdict:
    """Judge by how many seconds S3's clock is ahead."""
    value = f"{found:+.1f} s"
    if abs(found) > _SKEW_FAIL:
        return Verdict(value, "S3 soon refuses our signatures", Level.FAIL, "set the clock of the machine")
    if abs(found) > _SKEW_WARN:
        return Verdict(value, "far for a clock that is kept", Level.WARN, "set the clock of the machine")
    return Verdict(value, "S3 takes our signatures")
