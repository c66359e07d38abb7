"""A Region is always said, never guessed: photos of EU residents must not go to one that nobody named."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import GiveUp
from spark_app.entry_point import add_store, store_of
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.objects import read_object, write_object

ROOT = Path(__file__).resolve().parents[3]
NAMED = {
    "functions/chalicelib/settings.py": "the Regions of the EU that have EMR Serverless",
    "infra/local/cloud.py": "where the local cloud says it is",
    "infra/deployment/template_settings.py": "where a function is whose settings are tested",
}
"""Where the code may name a Region, and what for. `template.yaml` has the same list, and samconfig a stack's own."""
NAME = re.compile(r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:central|(?:north|south)?(?:east|west)?)-[1-9]\b")
USES: dict[str, Callable[[StoreSettings], object]] = {
    "open": lambda settings: open_store("b", settings),
    "read": lambda settings: read_object("s3://b/k", settings),
    "write": lambda settings: write_object("s3://b/k", b"", settings),
}


@pytest.mark.parametrize("settings", [StoreSettings(), StoreSettings(endpoint="http://127.0.0.1:1")])
@pytest.mark.parametrize("use", USES)
def test_s3_in_no_region_is_refused_by_name_and_nothing_is_sent(use: str, settings: StoreSettings) -> None:
    with pytest.raises(GiveUp, match=r"^s3://b is in no Region: give --region, or set AWS_REGION$"):
        USES[use](settings)


def test_a_folder_needs_no_region(tmp_path: Path) -> None:
    write_object(str(tmp_path / "a"), b"x", StoreSettings())

    assert read_object(str(tmp_path / "a"), StoreSettings()) == b"x"


@pytest.mark.parametrize("said", ["eu-north-1", None])
def test_the_region_is_what_the_environment_says_or_none(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    if said:
        monkeypatch.setenv("AWS_REGION", said)
    parser = argparse.ArgumentParser()
    add_store(parser)

    assert store_of(parser.parse_args([])).region == said
    assert store_of(parser.parse_args(["--region", "eu-west-1"])).region == "eu-west-1"


def test_no_other_code_names_a_region() -> None:
    files = [path for folder in ("functions", "infra", "spark_app") for path in (ROOT / folder).rglob("*.py")]

    found = {str(path.relative_to(ROOT)) for path in files if NAME.search(path.read_text())}
    assert found == set(NAMED)


def test_red_twin_a_default_region_is_found() -> None:
    assert NAME.search('os.environ.get("AWS_REGION", "eu-west-3")')
    assert NAME.search('region: str = "eu-central-1"')
