"""Every way a store can fail ends in the photo, or in a named rejection; never in an error, a hang or a wrong photo."""

import pytest

from infra.contracts.manifest import Photo
from infra.contracts.rejections import Rejection
from spark_app.images import Rejected
from spark_app.objects import Fetched, StoreSettings, fetch, open_store
from tests.faults.failing_store import FailingStore, Fault

DATA = bytes(range(256)) * 1024
PASSING = [Fault.ERROR_500, Fault.SLOW_DOWN, Fault.RESET, Fault.SHORT, Fault.SILENCE, Fault.STALL]
pytestmark = pytest.mark.usefixtures("aws_keys")


def get(failing: FailingStore, attempts: int = 4, max_bytes: int = len(DATA)) -> Fetched | Rejected:
    # Half a second: what never answers is given up after that, which is what these faults are about.
    settings = StoreSettings("eu-west-3", endpoint=failing.endpoint, attempts=attempts, timeout_seconds=0.5)
    return fetch(open_store("b", settings), Photo("p", "b", "k", len(DATA), "2026-11-23T10:00:00Z"), max_bytes)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_a_fault_that_passes_costs_tries_and_not_the_photo(fault: Fault, times: int) -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA, *[fault] * times)

        assert get(failing) == Fetched(DATA, None)
        assert failing.requests["k"] == times + 1


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_a_fault_that_stays_is_unavailable_which_may_be_retried(fault: Fault) -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA, always=fault)

        answer = get(failing)

        assert isinstance(answer, Rejected)
        assert answer.code is Rejection.UNAVAILABLE
        assert answer.code.retryable
        assert failing.requests["k"] == 4


def test_red_twin_without_tries_one_passing_fault_would_cost_the_photo() -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA, Fault.ERROR_500)

        assert isinstance(get(failing, attempts=1), Rejected)


def test_a_refusal_is_not_asked_again() -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA, Fault.FORBIDDEN)

        answer = get(failing)

        assert isinstance(answer, Rejected)
        assert answer.code is Rejection.FORBIDDEN
        assert failing.requests["k"] == 1


def test_a_photo_that_is_too_large_is_refused_by_its_header_and_not_read() -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA * 400)  # 100 MB

        answer = get(failing)

        assert isinstance(answer, Rejected)
        assert answer.code is Rejection.TOO_LARGE
    assert failing.bytes_sent["k"] < 20_000_000  # what fits into the sockets' buffers
