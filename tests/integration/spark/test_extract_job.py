"""The extract job on real Spark, real Iceberg and the real network: every photo one row, whatever it is."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from infra.samples.files.hostile import hostile_files
from spark_app import extract_job
from tests.integration.spark.lake import Lake, assert_same, some_photos


def test_a_thousand_photos_one_in_ten_hostile_give_900_features_and_100_rejections_and_no_failed_task(
    lake: Lake,
) -> None:
    hostile = hostile_files()
    chosen = [hostile[n % len(hostile)] for n in range(100)]
    bad = [lake.put(f"uploads/o1/bad/{n}.jpg", file.data) for n, file in enumerate(chosen)]
    photos = some_photos(lake, 900) + bad
    random.Random(7).shuffle(photos)
    earlier = jobs(lake.spark)

    report = lake.run(photos)

    rows = lake.rows()
    assert (report.features, sum(report.rejections.values())) == (900, 100)
    assert report.rejections == dict(sorted(Counter(file.expected.value for file in chosen).items()))
    assert {photo.photo_id: rows[photo.photo_id][0] for photo in bad} == {
        photo.photo_id: file.expected.value for photo, file in zip(bad, chosen, strict=True)
    }
    # A failed attempt would have been counted twice, or its worker would have built an engine again.
    assert report.workers["photos"] == 1000
    own = jobs(lake.spark) - earlier  # other tests share the session, and some make tasks fail
    assert own
    assert failed_tasks(lake.spark, own) == 0


def jobs(spark: SparkSession) -> set[int]:
    return set(spark.sparkContext.statusTracker().getJobIdsForGroup())


def failed_tasks(spark: SparkSession, jobs: set[int]) -> int:
    tracker = spark.sparkContext.statusTracker()
    infos = [tracker.getJobInfo(job) for job in jobs]
    stages = [tracker.getStageInfo(stage) for info in infos if info is not None for stage in info.stageIds]
    return sum(stage.numFailedTasks for stage in stages if stage is not None)


def test_the_batch_on_1_2_7_and_16_partitions_gives_the_same_rows(lake: Lake) -> None:
    photos = some_photos(lake, 40)
    seen = []
    for partitions in (1, 2, 7, 16):
        report = lake.run(photos, partitions=partitions, again=True)
        assert report.partitions == partitions
        seen.append(lake.rows())

    for other in seen[1:]:
        assert_same(seen[0], other, atol=1e-5)


def test_running_a_batch_again_leaves_one_copy_and_the_same_rows(lake: Lake) -> None:
    photos = some_photos(lake, 12)
    lake.run(photos)
    first, facts = lake.rows(), lake.facts()

    for again in (False, True):
        lake.run(photos, again=again)
        assert_same(first, lake.rows(), atol=0)
        assert lake.facts() == facts
    assert len(facts) == len(photos)


def test_each_worker_builds_one_engine_for_all_its_tasks_and_runs_the_network_once_a_photo(lake: Lake) -> None:
    report = lake.run(some_photos(lake, 64), partitions=16)

    # Two task slots. Worker processes of earlier tests may hold the engine already, so two at most.
    assert report.workers.get("engines_built", 0) <= 2
    # Counting and committing read the rows twice; the photos were taken once.
    assert report.workers["photos"] == 64


def test_rows_carry_what_the_manifest_and_the_artifact_say(lake: Lake) -> None:
    photo = some_photos(lake, 1)[0]
    report = lake.run([photo])

    row = lake.spark.table(lake.table).collect()[0]

    assert (row.batch_id, row.owner_id, row.bucket, row.key) == ("b", "o1", "photos", photo.key)
    assert (row.label, row.size_bytes) == ("0", photo.size_bytes)
    assert (row.backbone, row.artifact_sha256) == (report.backbone, report.artifact_sha256)
    assert row.received_at.isoformat() == "2026-11-23T10:00:00"
    assert row.extracted_at.isoformat() == "2026-11-23T12:00:00"


def test_the_keras_way_of_the_brief_gives_the_same_rows_within_1e_4(lake: Lake) -> None:
    photos = some_photos(lake, 8)
    lake.run(photos)
    litert = lake.rows()

    lake.run(photos, engine="keras", again=True)

    assert_same(litert, lake.rows(), atol=1e-4)


def test_a_broken_artifact_is_refused_before_any_row(lake: Lake, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in lake.artifact.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    flatbuffer = bytearray((broken / "model.tflite").read_bytes())
    flatbuffer[len(flatbuffer) // 2] ^= 1
    (broken / "model.tflite").write_bytes(flatbuffer)
    lake.artifact = broken

    with pytest.raises(GiveUp, match=r"model\.tflite"):
        lake.run(some_photos(lake, 2))

    assert not lake.spark.catalog.tableExists(lake.table)


def test_wrong_arguments_say_what_is_expected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        extract_job.parse(["--manifest", "m", "--table", "t", "--artifact", "a", "--partitions", "0"])

    assert ended.value.code == 2
    assert "neither 'auto' nor a number from 1" in capsys.readouterr().err


def test_a_manifest_that_is_not_there_gives_up_with_exit_code_65(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    code = extract_job.main(
        ["--manifest", "/nowhere.jsonl", "--table", "fruits.lake.x", "--artifact", str(lake.artifact)]
    )

    assert code == 65
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["outcome"], line["exit_code"]) == ("GiveUp", 65)
    assert "/nowhere.jsonl" in line["error"]


def test_results_say_of_each_photo_what_the_table_says_and_a_second_run_writes_the_same(lake: Lake) -> None:
    photos = [*some_photos(lake, 5), lake.put("uploads/o1/9/broken.jpg", b"no photo")]

    lake.run(photos, results=True)
    first = lake.results()
    lake.run(photos, results=True)

    assert {one.photo_id: one.outcome for one in first} == {
        photo_id: rejection or "features" for photo_id, (rejection, _) in lake.rows().items()
    }
    assert Counter(one.outcome for one in first) == {"features": 5, "unsupported_format": 1}
    assert {one.label for one in first} >= {"0", "9"}
    assert lake.results() == first
