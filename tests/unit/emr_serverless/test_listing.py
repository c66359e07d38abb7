import pytest

from infra.local.emr_serverless.api.listing import page
from infra.local.emr_serverless.rules.errors import ValidationError

ITEMS = ["e", "d", "c", "b", "a"]


def read_all(size: int) -> list[list[str]]:
    pages: list[list[str]] = []
    token: str | None = ""
    while token is not None:
        parameters = {"maxResults": size, **({"nextToken": token} if token else {})}
        items, token = page(ITEMS, str, lambda _: True, parameters)
        pages.append(items)
    return pages


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
def test_the_pages_hold_everything_once(size: int) -> None:
    pages = read_all(size)
    assert [item for items in pages for item in items] == ITEMS
    assert all(pages)


def test_an_item_that_leaves_the_selection_between_two_pages_does_no_harm() -> None:
    _, token = page(ITEMS, str, lambda _: True, {"maxResults": 2})
    assert page(ITEMS, str, lambda item: item != "d", {"nextToken": token}) == (["c", "b", "a"], None)


def test_an_item_that_comes_between_two_pages_is_not_shown_twice() -> None:
    _, token = page(ITEMS, str, lambda _: True, {"maxResults": 2})
    assert page(["f", *ITEMS], str, lambda _: True, {"nextToken": token})[0] == ["c", "b", "a"]


@pytest.mark.parametrize("token", ["====", "YWJj", "_w=="])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="nextToken"):
        page(ITEMS, str, lambda _: True, {"nextToken": token})
