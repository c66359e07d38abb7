"""The figures of docs/costs.md are those of today's prices and rules."""

import pytest

from infra.ops.costs.page import BLOCKS, PAGE, filled


def test_the_page_has_the_figures_that_its_command_writes() -> None:
    page = PAGE.read_text()

    assert page == filled(page), "python -m infra.ops.costs.page writes them anew"


def test_every_block_of_figures_is_on_the_page() -> None:
    page = PAGE.read_text()

    assert [name for name in BLOCKS if f"<!-- figures: {name} -->" not in page] == []


def test_red_twin_a_figure_changed_by_hand_is_found() -> None:
    page = PAGE.read_text()
    changed = page.replace("| S3 requests | ", "| S3 requests | 1", 1)

    assert changed != page
    assert changed != filled(changed)


def test_a_block_that_nobody_writes_is_refused() -> None:
    with pytest.raises(KeyError):
        filled("<!-- figures: nothing -->\n<!-- end of figures -->")
