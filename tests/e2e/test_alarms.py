"""Each alarm fires by its cause and clears when it is mended, in the local cloud; what a person is told of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import deploy
from infra.local.cloud import LocalCloud
from infra.local.cloudwatch.register import MINUTE
from infra.ops.pipeline import Pipeline
from tests.e2e.alarm_stack import ALL, MINUTE_SECONDS, NAMES, Story, Told
from tests.e2e.alarm_story import tell

pytestmark = pytest.mark.slow

PARAMETERS = {
    "BatchTarget": "1000",  # nothing goes by itself: photos wait until a person says `now`
    "BatchMax": "1000",
    "MaxWaitMinutes": "1440",
    "MaxConcurrentRuns": "1",
    "AlarmOldestWaitingSeconds": "3",
    "AlarmRunSeconds": "3",
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("alarms"), more={MINUTE: str(MINUTE_SECONDS)}) as own:
        yield own


@pytest.fixture(scope="module")
def told(cloud: LocalCloud, artifact_folder: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    log = tmp_path_factory.mktemp("sam") / "sam.log"
    found = deploy.deploy(cloud.target(), log, deploy.files_here(artifact_folder), PARAMETERS)
    return tell(Story(Pipeline(cloud.target(), found), photos))


@pytest.mark.parametrize("alarm", [*NAMES, ALL])
def test_an_alarm_fires_by_its_cause_and_clears_when_it_is_mended(alarm: str, told: Told) -> None:
    assert (alarm in told.fired, alarm in told.cleared) == (True, True)


def test_the_alarm_of_all_names_the_one_that_fired(told: Told) -> None:
    assert "transitioned to ALARM" in told.reasons[ALL]


def test_no_alarm_fired_because_data_were_missing_but_the_one_that_waits_for_them(told: Told) -> None:
    missing = {name for name, reason in told.reasons.items() if "no datapoints were received" in reason}

    assert missing <= {"submit-not-running"}
