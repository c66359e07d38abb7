"""What all tests of the functions have around them."""

import pytest

from chalicelib import wiring


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(wiring, "stage", lambda: "staging")
    return "staging"
