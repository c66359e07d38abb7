"""The tables of `fruits costs`: what they show adds up, and says how sure it is."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from rich.console import Console
from typer.testing import CliRunner

from contracts.prices.price_list import OLD_AFTER, packed
from infra.cli.costs_views import age_warning, bill_table, duration, number, price_text
from infra.cli.main import app
from infra.ops.costs import what_if
from infra.ops.costs.workload import BALANCED

PRICES = packed().region("eu-west-3")
BILL = what_if.cell(what_if.MILLION, "", BALANCED, "X86_64", PRICES).bill


def shown(width: int = 120) -> str:
    console = Console(width=width, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(bill_table(BILL.to_dict(), "a month"))
    return captured.get()


def test_the_lines_of_a_table_add_up_to_its_sum() -> None:
    amounts = [Decimal(found) for found in re.findall(r"(\d+\.\d{4})\s*$", shown().partition("(quantity")[0], re.M)]

    *lines, all_of_it, euros = amounts
    assert sum(lines) == all_of_it == BILL.usd
    assert euros == BILL.eur


def test_a_table_says_what_is_estimated_and_that_vat_is_not_in_it() -> None:
    text = shown()

    assert "~1,000,000" in text
    assert "VAT not included" in text
    assert "composite_alarm_month" in text


@pytest.mark.parametrize("width", [80, 120])
def test_no_figure_is_cut_off_in_a_narrow_terminal(width: int) -> None:
    assert "…" not in shown(width)


def test_the_what_if_fits_a_narrow_terminal() -> None:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["costs", "--what-if"])

    assert "1,000,000" in done.output
    assert "balanced" in done.output
    assert "…" not in done.output


def test_small_prices_are_shown_for_a_million() -> None:
    assert price_text(Decimal("0.0000053")) == "5.3/million"
    assert price_text(Decimal("0.06318")) == "0.06318"
    assert (number(Decimal("1000.000")), number(Decimal("1.250"))) == ("1,000", "1.25")
    assert (duration(19.2), duration(354)) == ("19 min", "5.9 h")


def test_old_prices_come_with_a_warning_and_the_way_to_new_ones() -> None:
    assert age_warning(PRICES, PRICES.as_of) is None
    assert "fruits prices refresh" in str(age_warning(PRICES, PRICES.as_of + OLD_AFTER + timedelta(days=1)))


def test_the_what_if_needs_no_stack_and_has_the_same_sum_for_scripts() -> None:
    done = CliRunner().invoke(app, ["costs", "--what-if", "--photos", "1000000", "--json"])

    assert done.exit_code == 0, done.output
    assert Decimal(json.loads(done.output)["usd"]) == BILL.usd


def test_the_published_table_is_what_the_command_prints() -> None:
    done = CliRunner().invoke(app, ["costs", "--what-if", "--json"])

    assert len(json.loads(done.output)["months"]) == 54
