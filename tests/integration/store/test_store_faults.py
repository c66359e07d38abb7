"""Every way a store can fail ends in the photo, or in a named rejection; never in an error, a hang or a wrong photo."""

import pytest

from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from spark_app.photos.images import Rejected
from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.fetch import Fetched, fetch
from tests.fakes.failing_store import FailingStore, Fault

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


KEY = "uploads/o1/apple/1.jpg"


def refused(failing: FailingStore, key: str = KEY, version: str | None = None) -> Rejection:
    settings = StoreSettings("eu-west-3", endpoint=failing.endpoint, attempts=1, timeout_seconds=20)
    photo = Photo("p", "b", key, len(DATA), "2026-11-23T10:00:00Z", version_id=version)
    answer = fetch(open_store("b", settings), photo, len(DATA))
    assert isinstance(answer, Rejected)
    return answer.code


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_403_for_a_key_that_a_permitted_listing_does_not_show_is_missing(version: str | None) -> None:
    with FailingStore.serving() as failing:
        failing.hides, failing.lists = True, "uploads/"
        failing.put(f"{KEY}x", DATA)
        failing.put("uploads/o1/apple/1.jp", DATA)

        assert refused(failing, version=version) is Rejection.MISSING
        assert failing.listed == ["uploads/o1/apple/"]


def test_a_403_for_a_key_that_is_listed_is_forbidden() -> None:
    with FailingStore.serving() as failing:
        failing.hides, failing.lists = True, "uploads/"
        failing.put(KEY, DATA, always=Fault.FORBIDDEN)
        failing.put("uploads/o1/apple/0.jpg", DATA)
        failing.put("uploads/o1/apple/é +&.jpg", DATA, always=Fault.FORBIDDEN)

        assert refused(failing) is Rejection.FORBIDDEN
        assert refused(failing, "uploads/o1/apple/é +&.jpg") is Rejection.FORBIDDEN
        assert len(failing.listed) == 2


def test_a_403_stands_where_the_listing_is_refused_too() -> None:
    with FailingStore.serving() as failing:
        failing.hides = True

        assert refused(failing) is Rejection.FORBIDDEN
        assert refused(failing, "k") is Rejection.FORBIDDEN
        assert len(failing.listed) == 2


def test_what_is_there_or_answers_404_costs_no_listing() -> None:
    with FailingStore.serving() as failing:
        failing.lists = ""
        failing.put("k", DATA)

        assert get(failing) == Fetched(DATA, None)
        assert refused(failing, "no-such-key") is Rejection.MISSING
        assert failing.listed == []


def test_a_photo_that_is_too_large_is_refused_by_its_header_and_not_read() -> None:
    with FailingStore.serving() as failing:
        failing.put("k", DATA * 400)  # 100 MB

        answer = get(failing)

        assert isinstance(answer, Rejected)
        assert answer.code is Rejection.TOO_LARGE
    assert failing.bytes_sent["k"] < 20_000_000  # what fits into the sockets' buffers
