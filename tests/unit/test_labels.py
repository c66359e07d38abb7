"""Labels: the uploader's word first, then the folder, else none."""

import pytest

from spark_app.labels import label_of


@pytest.mark.parametrize(
    ("key", "metadata", "label"),
    [
        ("uploads/o/Banana/1.jpg", {}, "Banana"),
        ("uploads/o/Banana/1.jpg", {"label": "Kiwi"}, "Kiwi"),
        ("uploads/o/Banana/1.jpg", {"label": "  "}, "Banana"),
        ("uploads/o/1.jpg", {}, None),
        ("uploads/o/Banana/more/1.jpg", {}, None),
        ("other/o/Banana/1.jpg", {}, None),
        ("uploads/o//1.jpg", {}, None),
        ("1.jpg", {"label": "Kiwi"}, "Kiwi"),
    ],
)
def test_the_label_is_the_metadata_then_the_folder_under_uploads(
    key: str, metadata: dict[str, str], label: str | None
) -> None:
    assert label_of(key, metadata) == label


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        ("=?UTF-8?Q?a=C3=A7a=C3=AD?=", "açaí"),
        ("=?UTF-8?B?YcOnYcOt?=", "açaí"),
        ("=?UTF-8?Q?=20=20?=", "folder"),
        ("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?="),
        ("=?UTF-8?B?a?=", "=?UTF-8?B?a?="),
        ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
        ("=? no, a riddle", "=? no, a riddle"),
    ],
)
def test_a_label_that_s3_sends_as_an_encoded_word_is_decoded_and_one_that_only_looks_so_is_kept(
    sent: str, label: str
) -> None:
    assert label_of("uploads/o/folder/1.jpg", {"label": sent}) == label
