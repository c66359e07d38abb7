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
