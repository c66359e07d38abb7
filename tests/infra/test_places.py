"""The template gives rights to the places that functions and jobs use, and to no others, and ends what is to end."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from contracts import models
from contracts.jobs import places
from infra.deployment.template import resource, template

LAKE = {places.MANIFESTS, places.RESULTS, places.LOGS, places.WAREHOUSE, models.FOLDER.partition("/")[0]}
ENDING = {places.MANIFESTS, places.RESULTS, places.LOGS, places.EXPORTS}
"""What lifecycle rules remove by age. Tables and models end by other means: `maintain` and erasure."""


def named(found: Any) -> set[str]:
    """Return the folders of the lake's bucket that a piece of the template gives rights to or lists."""
    text = json.dumps(found)
    objects = re.findall(r"\$\{LakeBucket\.Arn\}/([^/\"*]+)", text)
    lists = [one for one in re.findall(r'"s3:prefix": "([^/"*]+)', text) if one != "uploads"]
    return {*objects, *lists}


def ending(bucket: Any) -> set[str]:
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    return {rule["Prefix"].rstrip("/") for rule in rules if "ExpirationInDays" in rule}


def test_the_rights_name_all_places_of_the_lake_and_no_others() -> None:
    assert named(template()) == LAKE


def test_the_job_may_use_all_of_them() -> None:
    assert named(resource("JobRole")) == LAKE


def test_lifecycle_rules_end_what_is_to_end() -> None:
    assert ending(resource("LakeBucket")) == ENDING


def renamed(old: str) -> Callable[[dict[str, Any]], Any]:
    return lambda found: json.loads(json.dumps(found).replace(f"{old}/", f"{old}2/"))


@pytest.mark.parametrize("place", sorted(LAKE))
def test_a_place_by_another_name_is_seen(place: str) -> None:
    found = renamed(place)(deepcopy(template()))

    assert named(found) != LAKE
    assert (ending(found["Resources"]["LakeBucket"]) != ENDING) == (place in ENDING)


def test_exports_that_nothing_would_end_are_seen() -> None:
    assert ending(renamed(places.EXPORTS)(deepcopy(template()))["Resources"]["LakeBucket"]) != ENDING
