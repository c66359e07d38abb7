"""Prices are read from a server that answers as AWS's Price List does, and the file in use is never touched."""

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contracts.errors import GiveUp
from contracts.prices.items import Item
from contracts.prices.price_list import Confidence, read
from infra.cli.main import app
from infra.ops.costs.refresh import refresh
from infra.ops.target import Target

PACKED = resources.files("contracts.prices").joinpath("prices.json").read_text()
TODAY = date(2026, 11, 28)


def product(usage: str, tiers: list[tuple[str, str]]) -> str:
    """A product as GetProducts has it: JSON in a string, prices by SKU, term and rate."""
    dimensions = {
        f"SKU.JRTCKXETXF.{number}": {
            "unit": "Requests",
            "beginRange": begin,
            "endRange": "Inf",
            "description": usage,
            "appliesTo": [],
            "rateCode": f"SKU.JRTCKXETXF.{number}",
            "pricePerUnit": {"USD": usd},
        }
        for number, (begin, usd) in enumerate(tiers)
    }
    term = {"priceDimensions": dimensions, "sku": "SKU", "offerTermCode": "JRTCKXETXF", "termAttributes": {}}
    return json.dumps(
        {
            "product": {"productFamily": "API Request", "attributes": {"usagetype": usage}, "sku": "SKU"},
            "serviceCode": "AmazonS3",
            "terms": {"OnDemand": {"SKU.JRTCKXETXF": term}},
            "version": "20260911124422",
            "publicationDate": "2026-09-11T12:44:22Z",
        }
    )


ANSWERS: dict[str, list[str]] = {
    "EUW3-Requests-Tier1": [product("EUW3-Requests-Tier1", [("0", "0.0000060000")])],
    "EUW3-TimedStorage-ByteHrs": [
        product("EUW3-TimedStorage-ByteHrs", [("51200", "0.0230000000"), ("0", "0.0240000000"), ("512000", "0.022")])
    ],
    "EUW3-TimedPITRStorage-ByteHrs": [product("EUW3-TimedPITRStorage-ByteHrs", [("0", "0.0"), ("25", "0.2377")])],
    "EUW3-DataProcessing-Bytes": [
        product("EUW3-DataProcessing-Bytes", [("0", "0.5985")]),
        product("EUW3-DataProcessing-Bytes", [("0", "0.3")]),
    ],
}


class PriceList(BaseHTTPRequestHandler):
    """Answers GetProducts by the usage type that is asked for; one product a page."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["X-Amz-Target"] == "AWSPriceListService.GetProducts"
        (usage,) = [one["Value"] for one in asked["Filters"] if one["Field"] == "usagetype"]
        found = self.answers().get(usage, [])
        at = int(asked.get("NextToken") or 0)
        more: Mapping[str, Any] = {"NextToken": str(at + 1)} if at + 1 < len(found) else {}
        body = json.dumps({"FormatVersion": "aws_v1", "PriceList": found[at : at + 1], **more}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answers(self) -> Mapping[str, list[str]]:
        return ANSWERS

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Empty(PriceList):
    """A server that knows no price."""

    def answers(self) -> Mapping[str, list[str]]:
        return {}


def serve(handler: type[PriceList]) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    yield from serve(PriceList)


@pytest.fixture(scope="module")
def empty() -> Iterator[str]:
    yield from serve(Empty)


def client(endpoint: str) -> Any:
    return Target(read(PACKED).price_list_region, endpoint, "test", "test").client("pricing")


def test_a_price_that_has_changed_comes_with_its_source_and_date(endpoint: str) -> None:
    found = refresh(client(endpoint), PACKED, TODAY)

    file = read(found.text)
    put = file.region("eu-west-3").entries[Item.S3_PUT]
    assert (put.usd, put.confidence) == (6e-6, Confidence.LISTED)
    assert "EUW3-Requests-Tier1" in put.source
    assert file.as_of == TODAY
    (change,) = [one for one in found.changes if (one.region, one.item) == ("eu-west-3", Item.S3_PUT)]
    assert change.before == pytest.approx(5.3e-6)
    assert change.after == 6e-6


def test_the_first_units_that_cost_anything_give_the_price(endpoint: str) -> None:
    entries = read(refresh(client(endpoint), PACKED, TODAY).text).region("eu-west-3").entries

    assert entries[Item.S3_STORAGE].usd == 0.024
    assert entries[Item.LEDGER_BACKUP].usd == 0.2377


def test_what_has_several_answers_or_none_keeps_its_price_and_is_named(endpoint: str) -> None:
    found = refresh(client(endpoint), PACKED, TODAY)

    before, after = (read(text).region("eu-west-3").entries for text in (PACKED, found.text))
    unanswered = {one.item for one in found.changes if one.region == "eu-west-3" and one.after is None}
    assert {Item.LOGS_WRITTEN, Item.EMR_VCPU} <= unanswered
    assert all(after[item] == before[item] for item in unanswered)


def test_a_rate_is_a_persons_and_dated(endpoint: str) -> None:
    assert read(refresh(client(endpoint), PACKED, TODAY, 1.25).text).usd_per_euro == 1.25
    assert read(refresh(client(endpoint), PACKED, TODAY).text).usd_per_euro == read(PACKED).usd_per_euro


def test_a_server_that_knows_no_price_is_not_believed(empty: str) -> None:
    with pytest.raises(GiveUp, match="none of these prices"):
        refresh(client(empty), PACKED, TODAY)


def test_the_command_writes_a_new_file_and_leaves_the_one_in_use(endpoint: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "prices.json"

    done = CliRunner().invoke(app, ["prices", "refresh", "--out", str(out), "--endpoint", endpoint])

    assert done.exit_code == 0, done.output
    assert read(out.read_text()).region("eu-west-3").usd(Item.S3_PUT) == 6e-6
    assert resources.files("contracts.prices").joinpath("prices.json").read_text() == PACKED
    assert CliRunner().invoke(app, ["prices", "check", str(out)]).exit_code == 0


def test_red_twin_a_broken_file_does_not_pass_the_check(tmp_path: Path) -> None:
    broken = tmp_path / "prices.json"
    broken.write_text(PACKED.replace('"schema": 1', '"schema": 9'))

    assert CliRunner().invoke(app, ["prices", "check", str(broken)]).exit_code == 65
