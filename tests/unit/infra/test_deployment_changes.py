"""A plan names what comes, goes and differs, and nothing else."""

from copy import deepcopy
from typing import Any

import pytest

from infra.deployment.changes import Change, Verb, changed_properties, parameter_changes, resource_changes
from infra.deployment.template import template


def changed(before: Any, after: Any, parameters: set[str] = frozenset()) -> set[tuple[str, str]]:  # type: ignore[assignment]
    return {(one.verb, one.what) for one in resource_changes(before, after, set(parameters))}


def test_the_same_template_changes_nothing() -> None:
    assert changed(template(), deepcopy(template())) == set()


def test_a_new_stack_is_all_additions() -> None:
    assert changed({}, template()) == {(Verb.ADD, name) for name in template()["Resources"]}


def test_what_comes_goes_or_differs_is_named() -> None:
    before = deepcopy(template())
    del before["Resources"]["JobRole"]
    before["Resources"]["Old"] = {"Type": "AWS::SQS::Queue"}
    before["Resources"]["LedgerTable"]["Properties"]["BillingMode"] = "PROVISIONED"

    assert changed(before, template()) == {("add", "JobRole"), ("remove", "Old"), ("change", "LedgerTable")}


def test_a_changed_parameter_changes_what_refers_to_it() -> None:
    assert changed(template(), template(), {"MaxVcpu"}) == {("change", "SparkApplication")}
    assert changed(template(), template(), {"PhotoRetentionDays"}) == {("change", "PhotosBucket")}


def test_what_all_functions_share_changes_all_functions_and_nothing_else() -> None:
    before = deepcopy(template())
    before["Globals"]["Function"]["MemorySize"] = 128

    functions = {name for name, one in template()["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    assert changed(before, template()) == {("change", name) for name in functions}


def test_where_sam_has_put_the_code_is_no_change() -> None:
    before = deepcopy(template())
    before["Resources"]["SubmitFunction"]["Properties"]["CodeUri"] = "s3://zips/0123"

    assert changed(before, template()) == set()


def test_parameters_that_are_new_or_have_another_value_are_named_with_both_values() -> None:
    found = list(parameter_changes({"A": "1", "B": "2", "C": "3"}, {"A": "1", "B": "9", "D": "4"}))

    assert found == [Change(Verb.CHANGE, "B", "parameter", "2", "9"), Change(Verb.ADD, "D", "parameter", "", "4")]


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("MaxVcpu", {"MaximumCapacity"}),
        ("Architecture", {"Architecture"}),
        ("ReleaseLabel", {"ReleaseLabel"}),
        ("BatchTarget", set()),
        ("Stage", {"Name"}),
    ],
)
def test_the_properties_of_the_application_that_a_parameter_changes_are_named(name: str, properties: set[str]) -> None:
    application = template()["Resources"]["SparkApplication"]
    other = {**application, "Properties": {**application["Properties"], "ReleaseLabel": "emr-7.13.0"}}

    assert changed_properties(application, application, {name}) == properties
    assert changed_properties(other, application, {name}) == properties | {"ReleaseLabel"}
