import ast
import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from chalicelib.settings import EU_REGIONS
from contracts.prices.items import ARM, Item
from contracts.prices.price_list import OLD_AFTER, Confidence, Prices, packed, read

ROOT = Path(__file__).resolve().parents[3]
FILE = resources.files("contracts.prices").joinpath("prices.json").read_text()
WHOLE = ("eu-west-3", "eu-west-1", "eu-central-1")


@pytest.fixture
def paris() -> Prices:
    return packed().region("eu-west-3")


def test_every_region_that_may_be_deployed_to_has_a_price_of_everything() -> None:
    regions = packed().regions

    assert set(regions) == EU_REGIONS
    assert all(set(prices.entries) == set(Item) for prices in regions.values())


@pytest.mark.parametrize("region", WHOLE)
def test_these_regions_have_each_price_of_their_own(region: str) -> None:
    found = json.loads(FILE)["regions"][region]

    assert set(found["prices"]) == set(Item)
    assert "stands_in" not in found


def test_every_entry_says_where_it_is_from_and_how_sure_it_is() -> None:
    for prices in packed().regions.values():
        assert all(price.source and price.confidence in Confidence for price in prices.entries.values())


def test_a_price_that_another_region_lends_is_called_assumed() -> None:
    lent = packed().region("eu-south-1").entries[Item.S3_PUT]

    assert lent.confidence is Confidence.ASSUMED
    assert "eu-west-3" in lent.source


@pytest.mark.parametrize("region", WHOLE)
def test_emr_serverless_costs_1_3_times_fargate(region: str) -> None:
    """The rule by which a wrong figure shows: it holds in each Region whose prices are known."""
    prices = packed().region(region)

    assert prices.usd(Item.EMR_VCPU) == pytest.approx(1.3 * prices.usd(Item.FARGATE_VCPU))
    assert prices.usd(Item.EMR_MEMORY) == pytest.approx(1.3 * prices.usd(Item.FARGATE_MEMORY))


def test_graviton_has_prices_of_its_own_under_the_same_names(paris: Prices) -> None:
    graviton = paris.on("ARM64")

    assert all(graviton.usd(item) == paris.usd(arm) < paris.usd(item) for item, arm in ARM.items())
    assert paris.on("X86_64") is paris


def test_the_first_years_free_tiers_are_off_unless_asked_for(paris: Prices) -> None:
    assert paris.free_units(Item.S3_PUT) == 0
    assert paris.free_units(Item.S3_PUT, new_account=True) == 2_000
    assert paris.free_units(Item.LAMBDA_REQUEST) == paris.free_units(Item.LAMBDA_REQUEST, new_account=True) == 1e6
    assert paris.free_units(Item.EMR_VCPU) == 0


def test_prices_are_old_after_ninety_days(paris: Prices) -> None:
    assert not paris.is_old(paris.as_of + OLD_AFTER)
    assert paris.is_old(paris.as_of + OLD_AFTER + timedelta(days=1))
    assert timedelta(days=90) == OLD_AFTER


def _changed(change: Callable[[dict[str, Any]], Any]) -> str:
    found = copy.deepcopy(json.loads(FILE))
    change(found)
    return json.dumps(found)


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another schema": lambda file: file.update(schema=2),
    "no date": lambda file: file.pop("as_of"),
    "a rate of nothing": lambda file: file["euro"].update(usd=0),
    "no source": lambda file: file["regions"]["eu-west-3"]["prices"]["s3_put"].update(source=""),
    "a negative price": lambda file: file["regions"]["eu-west-3"]["prices"]["s3_put"].update(usd=-1),
    "no number": lambda file: file["regions"]["eu-west-3"]["prices"]["s3_put"].update(usd=float("nan")),
    "an unknown confidence": lambda file: file["regions"]["eu-west-3"]["prices"]["s3_put"].update(confidence="sure"),
    "an unknown item": lambda file: file["regions"]["eu-west-3"]["prices"].update(s3_pat={}),
    "a price short": lambda file: file["regions"]["eu-west-3"]["prices"].pop("s3_put"),
    "per nothing": lambda file: file["regions"]["eu-west-3"]["prices"]["s3_put"].update(per=0),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_red_twin_a_file_that_breaks_the_schema_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(_changed(change))


def test_the_file_itself_is_dated_in_the_past() -> None:
    assert packed().as_of < date(2027, 1, 1)
    assert read(FILE) == packed()


def _floats(path: Path) -> set[float]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)}


def test_no_price_is_a_constant_in_code() -> None:
    known = {
        float(entry["usd"])
        for region in json.loads(FILE)["regions"].values()
        for entry in region["prices"].values()
        if 0 < float(entry["usd"]) < 0.1 or len(str(entry["usd"])) > 4
    }
    folders = ("contracts", "functions/chalicelib/domain", "infra/ops/costs", "infra/cli")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]

    assert len(files) > 20
    assert {path.name: _floats(path) & known for path in files if _floats(path) & known} == {}
    assert 0.0053 in known
