"""Metrics have the names of the enums of counts, each name belongs to one service, and no outcome is without a name."""

import ast
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.aws.errors import Service
from chalicelib.domain import counts
from chalicelib.domain.attempts import Verdict
from chalicelib.domain.counts import (
    OF_JOB,
    BatchGiveUpCount,
    CollectCount,
    Counts,
    GiveUpCount,
    MaintainCount,
    PhotoCount,
    RefitCount,
    named,
    of_verdict,
)
from chalicelib.domain.plans import TriggerOutcome
from chalicelib.domain.uploads import UploadOutcome
from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES

FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
SERVICES: tuple[type[StrEnum], ...] = get_args(counts.Count)


def written_out(source: str) -> Iterator[str]:
    """Yield the names of counts and outcomes that source code writes out instead of taking them from an enum."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "counts":
            found: ast.expr | None = node.slice
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GiveUp" and len(node.args) > 1:
            found = node.args[1]
        else:
            continue
        if isinstance(found, ast.JoinedStr) or (isinstance(found, ast.Constant) and isinstance(found.value, str)):
            yield ast.unparse(node)


def test_the_functions_write_no_name_out() -> None:
    sources = {path: path.read_text() for path in FUNCTIONS.rglob("*.py")}

    assert len(sources) > 30
    assert [name for source in sources.values() for name in written_out(source)] == []


@pytest.mark.parametrize(
    "source", ['counts["accepted"] += 1', 'counts[f"{kind}_done"] += 1', 'GiveUp("why", "settings")']
)
def test_red_twin_a_name_that_is_written_out_is_found(source: str) -> None:
    assert len(list(written_out(source))) == 1


def test_every_enum_of_counts_is_one_that_may_be_counted() -> None:
    defined = {one for one in vars(counts).values() if isinstance(one, type) and issubclass(one, StrEnum)}

    assert defined - {StrEnum, Rejection, Kind} == set(SERVICES)


def test_no_two_services_share_a_name() -> None:
    names = Counter(str(name) for service in SERVICES for name in service)

    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("outcome", UploadOutcome)
def test_every_outcome_of_an_upload_is_counted_under_its_own_name(outcome: UploadOutcome) -> None:
    assert str(CollectCount(outcome)) == str(outcome)


@pytest.mark.parametrize("kind", OF_JOB)
@pytest.mark.parametrize("outcome", [*TriggerOutcome, *Verdict])
def test_every_outcome_of_a_scheduled_job_is_counted_after_the_jobs_name(kind: Kind, outcome: StrEnum) -> None:
    assert str(OF_JOB[kind][outcome.name]) == f"{kind}_{outcome}"


def test_both_scheduled_jobs_count_the_same() -> None:
    assert [name.name for name in RefitCount] == [name.name for name in MaintainCount]
    assert [name.removeprefix("refit_") for name in RefitCount] == [
        name.removeprefix("maintain_") for name in MaintainCount
    ]


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_on_a_batchs_run_has_a_name(verdict: Verdict) -> None:
    assert str(of_verdict(verdict.name)) == f"batch_runs_{verdict}"


@pytest.mark.parametrize("outcome", [FEATURES, *Rejection])
def test_every_outcome_of_a_photo_has_a_name(outcome: str) -> None:
    assert str(PhotoCount(f"photos_{outcome}")) == f"photos_{outcome}"


@pytest.mark.parametrize("service", Service)
def test_a_refusal_of_every_service_has_a_name(service: Service) -> None:
    assert str(GiveUpCount[f"{service.name}_REFUSED"]) == f"{service}_refused"


def test_what_is_given_up_without_a_name_is_counted_as_such() -> None:
    assert GiveUpCount(GiveUp("why").outcome) is GiveUpCount.OTHER
    assert GiveUpCount("a name of another house") is GiveUpCount.OTHER
    assert BatchGiveUpCount("batch_" + GiveUp("why").outcome) is BatchGiveUpCount.OTHER


def test_a_metric_that_counts_nothing_is_sent_as_zero() -> None:
    assert named(Counts({CollectCount.ACCEPTED: 0})) == {"accepted": 0}
