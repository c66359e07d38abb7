"""A store that fails: what recovers is a feature, what does not is `unavailable`, and no task ever fails."""

from dataclasses import replace

from contracts.photos.manifest import Photo, photo_id
from infra.samples.files.hostile import good_files
from spark_app.stores.buckets import StoreSettings
from tests.fakes.failing_store import FailingStore, Fault
from tests.integration.spark.lake import Lake

RECOVERS = (Fault.ERROR_500, Fault.SLOW_DOWN, Fault.RESET, Fault.SHORT)


def test_36_photos_that_recover_and_4_that_do_not_are_36_features_and_4_retryable_rejections(lake: Lake) -> None:
    good = good_files()
    photos = []
    with FailingStore.serving() as failing:
        lake.store = StoreSettings("eu-west-3", endpoint=failing.endpoint, timeout_seconds=20)
        for n in range(40):
            key, data = f"uploads/o1/apple/{n}.jpg", good[n % len(good)].data
            if n % 10 == 9:
                failing.put(key, data, always=RECOVERS[n // 10])
            else:
                failing.put(key, data, *[RECOVERS[n % 4]] * (n % 4))
            photos.append(Photo(photo_id("photos", key, None), "photos", key, len(data), "2026-11-23T10:00:00Z"))

        report = lake.run(photos)

        assert (report.features, report.rejections, report.left_out) == (36, {"unavailable": 4}, {"unavailable": 4})
        assert len(lake.rows()) == 36
        assert report.workers["photos"] == 40
        assert all(failing.requests[photo.key] == 4 for photo in photos[9::10])

        failing.objects = {key: replace(found, always=None) for key, found in failing.objects.items()}
        again = lake.run(photos)
        assert (again.kept, again.features) == (36, 4)
        assert {rejection for rejection, _ in lake.rows().values()} == {None}
        assert len(lake.rows()) == 40
