"""The refit job's command line: what it takes, and the one line that it ends with."""

import io
import json

import numpy as np
import pytest

from contracts import models
from spark_app import refit_job
from tests.integration.spark.gallery import (
    Gallery,
    latest,
    some_features,
)

NEEDED = ["--table", "fruits.a.b", "--reduced", "fruits.a.c", "--models", "m"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--k", "0"], "no number from 1"),
        (["--variance", "1.5"], "no share of the variance"),
        (["--variance", "much"], "no share of the variance"),
        (["--k-min", "9", "--k-max", "3"], "--k-min 9 is more than --k-max 3"),
    ],
)
def test_wrong_arguments_say_what_is_expected(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        refit_job.parse([*NEEDED, *more])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_job_says_in_one_json_line_what_it_did_or_refused(
    gallery: Gallery, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--table", gallery.table, "--reduced", gallery.reduced, "--models", f"{gallery.models}/"]
    assert refit_job.main(argv) == 65
    refused = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (refused["outcome"], refused["refusal"], refused["exit_code"]) == ("GiveUp", "empty_table", 65)

    gallery.put("b", some_features(1, 10))
    assert refit_job.main([*argv, "--k", "2", "--standardize"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["outcome"], line["n"], line["k"]) == ("done", 10, 2)
    assert set(line["seconds"]) >= {"session", "plan", "measure", "fit", "project", "publish", "total"}
    scale = np.load(io.BytesIO(latest(gallery).read(models.MODEL)))["scale"]
    assert not np.allclose(scale, 1.0)
