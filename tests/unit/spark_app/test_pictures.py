"""A model's pictures: drawn for any labels and any data, and what they say is there."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from spark_app.models import pictures
from spark_app.models.card import components_for
from spark_app.pca import moments
from spark_app.pca.drift import compare
from spark_app.pca.fit import FitSettings, fit
from spark_app.refit.held_out import LEAST, fair_share

PNG = b"\x89PNG\r\n\x1a\n"
RNG = np.random.default_rng(1)
ROWS = (RNG.normal(size=(300, 12)) * np.geomspace(3, 0.1, 12) + 2).astype(np.float32)
MODEL = fit(moments.of_rows(ROWS), FitSettings(k=5))


class Reader:
    """Encodes as ever, and keeps all words of the figures that are drawn."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, figure: Figure) -> bytes:
        self.texts.extend(text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")))  # type: ignore[attr-defined]
        return pictures.png(figure)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_the_scree_plot_marks_80_95_and_99_percent_where_they_are(reader: Reader) -> None:
    assert pictures.scree(MODEL, reader).startswith(PNG)

    for mark in (0.80, 0.95, 0.99):
        needed = components_for(MODEL, mark)
        assert f"{mark:.0%}: {needed}" in reader.texts
        assert MODEL.explained[needed - 1] >= mark - 1e-9
        assert needed == 1 or MODEL.explained[needed - 2] < mark


def test_of_131_labels_each_has_a_number_in_the_overview_and_a_panel_with_its_name(reader: Reader) -> None:
    labels = [f"fruit {number % 131}" for number in range(1000)]

    assert pictures.components(RNG.normal(size=(1000, 3)), labels, "v1", reader).startswith(PNG)

    assert {str(number) for number in range(1, 132)} <= set(reader.texts)
    panels = {text.split(" ", 1)[1] for text in reader.texts if " fruit " in text}
    assert panels == {f"fruit {number}" for number in range(131)}


def test_of_more_labels_than_panels_the_largest_are_named(reader: Reader) -> None:
    labels = ["big"] * 5 + [f"small{number}" for number in range(pictures.MOST_PANELS)]

    pictures.components(RNG.normal(size=(len(labels), 2)), labels, "v1", reader)

    assert any(text.endswith(" big") for text in reader.texts)
    assert sum(" small" in text for text in reader.texts) == pictures.MOST_PANELS - 1
    assert any(
        f"the {pictures.MOST_PANELS} largest of {pictures.MOST_PANELS + 1} labels" in text for text in reader.texts
    )


@pytest.mark.parametrize("label", ["$x$", "two\nlines", "açaí", "x" * 300, "100%", "\\frac", "_", "{", "🍎", "苹果"])
def test_labels_of_any_characters_are_drawn(label: str) -> None:
    assert pictures.components(RNG.normal(size=(4, 2)), [label, "b", label, None], "v1").startswith(PNG)


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (5, 1), (5, 7)])
def test_photos_without_labels_and_few_components_are_drawn(shape: tuple[int, int]) -> None:
    assert pictures.components(np.ones(shape), [], "v1").startswith(PNG)
    assert pictures.components(np.ones(shape), ["a"] * shape[0], "v1").startswith(PNG)


def test_the_drift_picture_says_how_much_the_space_changed_or_that_there_is_nothing_to_compare(
    reader: Reader,
) -> None:
    after = moments.of_rows(np.concatenate([ROWS, ROWS[:50] + 1]))
    drift = compare(MODEL, fit(after, FitSettings(k=5), MODEL), after)

    assert pictures.moved(drift, "v1", reader).startswith(PNG)
    assert pictures.moved(None, None, reader).startswith(PNG)

    assert any(f"changed by {drift.change:.2%} since model v1" in text for text in reader.texts)
    assert any("no earlier model" in text for text in reader.texts)


def test_the_same_model_is_the_same_picture() -> None:
    assert pictures.scree(MODEL) == pictures.scree(MODEL)


def test_a_share_of_photos_is_fair_to_small_labels_and_never_more_than_the_limit() -> None:
    assert fair_share({"a": 1000, "b": 3, "c": 1}, 40) == (["a", "b"], 20)
    labels, quota = fair_share({f"{n}": 50 + n for n in range(100)}, 80)
    assert (quota, len(labels), labels[0]) == (LEAST, 10, "99")
    assert fair_share({}, 40) == ([], 40)
