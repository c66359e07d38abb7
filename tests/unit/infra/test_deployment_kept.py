"""What outlives a stack is found by name, and a new stack is made of just that."""

from typing import Any

import pytest

from infra.deployment.adoption import database_is_kept, importable
from infra.deployment.existing import Existing
from infra.deployment.kept import KeptResource, import_template, kept_resources
from infra.deployment.references import referred
from infra.deployment.template import template

ACCOUNT = "123456789012"


def test_all_that_holds_data_is_known_by_its_name_of_this_stage_and_account() -> None:
    assert {one.logical_id: one.name for one in kept_resources(template(), "prod", ACCOUNT)} == {
        "PhotosBucket": f"fruits-prod-photos-{ACCOUNT}",
        "LakeBucket": f"fruits-prod-lake-{ACCOUNT}",
        "ArtifactsBucket": f"fruits-prod-artifacts-{ACCOUNT}",
        "UploadsQueue": "fruits-prod-uploads",
        "UploadsDeadLetterQueue": "fruits-prod-uploads-dead",
        "LedgerTable": "fruits-prod-ledger",
        "LakeDatabase": "fruits_prod",
    }


ALL = ["PhotosBucket", "LakeBucket", "ArtifactsBucket", "UploadsQueue", "UploadsDeadLetterQueue", "LedgerTable"]


@pytest.mark.parametrize("logical_ids", [ALL, ["PhotosBucket"], ["UploadsQueue", "LedgerTable"]])
def test_a_template_for_the_import_has_these_resources_and_refers_to_nothing_else(logical_ids: list[str]) -> None:
    small = import_template(template(), logical_ids)

    known = {*logical_ids, *small["Parameters"], "AWS"}
    assert list(small["Resources"]) == logical_ids
    assert {name.split("::")[0] for name in referred(small["Resources"])} <= known
    assert all(one["DeletionPolicy"] == "RetainExceptOnCreate" for one in small["Resources"].values())


def test_what_refers_to_a_resource_that_is_gone_is_left_to_the_deployment_that_follows() -> None:
    whole = import_template(template(), ALL)["Resources"]["PhotosBucket"]["Properties"]
    alone = import_template(template(), ["PhotosBucket"])["Resources"]["PhotosBucket"]["Properties"]

    assert set(whole) - set(alone) == {"NotificationConfiguration"}
    assert alone["BucketName"] == whole["BucketName"]


def test_the_parameters_of_the_import_are_those_that_it_uses() -> None:
    assert set(import_template(template(), ["LedgerTable"])["Parameters"]) == {"Stage"}
    assert set(import_template(template(), ["PhotosBucket"])["Parameters"]) == {"Stage", "PhotoRetentionDays"}


def there(logical_id: str, kind: str) -> Existing:
    return Existing(KeptResource(logical_id, kind, "x"), "x")


DATABASE, QUEUE = there("LakeDatabase", "AWS::Glue::Database"), there("UploadsQueue", "AWS::SQS::Queue")


def test_a_database_cannot_be_imported_and_is_kept_unless_the_stack_owns_it() -> None:
    assert importable([DATABASE, QUEUE]) == [QUEUE]
    assert database_is_kept([DATABASE, QUEUE], owned=set())
    assert not database_is_kept([DATABASE, QUEUE], owned={"LakeDatabase"})
    assert not database_is_kept([QUEUE], owned=set())


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"Ref": "A"}, ["A"]),
        ({"Fn::GetAtt": ["A", "Arn"]}, ["A"]),
        ({"Fn::GetAtt": "A.Arn"}, ["A"]),
        ({"Fn::Sub": "x-${A.Arn}-${AWS::AccountId}-${!Literal}"}, ["A", "AWS::AccountId"]),
        ({"Fn::Join": ["", [{"Ref": "A"}, "b", {"Fn::Sub": "${C}"}]]}, ["A", "C"]),
        ("Ref", []),
    ],
)
def test_a_reference_is_found_in_each_of_its_forms(part: Any, names: list[str]) -> None:
    assert list(referred(part)) == names
