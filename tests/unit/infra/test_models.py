"""Published models are found by a person's words for them, checked, compared, and brought here whole."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from obstore.store import MemoryStore

from contracts import models
from contracts.errors import GiveUp
from contracts.models import Pointer
from infra.ops.models import Models
from spark_app.models.card import ModelCard, shares_of
from spark_app.models.store import ModelStore, sha256
from spark_app.pca import classes, moments, moments_state
from spark_app.pca.fit import FitSettings, Model, encode_model, fit
from spark_app.pca.moments_state import State
from spark_app.stores.conditional_store import ConditionalStore

WIDTH = 6


class Publisher:
    """Publishes small models as the refit job lays them out."""

    def __init__(self) -> None:
        self.objects = ConditionalStore(MemoryStore())
        self.store = ModelStore(self.objects)
        self.models = Models(self.objects, "s3://lake/models/pca")

    def publish(self, version: str, seed: int, artifact: str = "a" * 64, hour: int = 22) -> ModelCard:
        rows = np.random.default_rng(seed).normal(size=(40, WIDTH)) * np.arange(WIDTH, 0, -1)
        found = moments.of_rows(rows)
        model = fit(found, FitSettings(k=3))
        state = State("fruits.db.photos", seed, "net", artifact, found, classes.empty(WIDTH), 0)
        files = {
            models.MODEL: encode_model(model),
            models.STATE: moments_state.encode(state),
            models.SCREE_PICTURE: b"scree of " + version.encode(),
            models.COMPONENTS_PICTURE: b"components",
        }
        for part, text in (("part-00000", "p1,apple"), ("part-00002", 'p2,"a, b"')):
            csv = f"photo_id,label,pc_1\r\n{text},0.5\r\n"
            self.store.put(version, f"{models.MATRIX}/{part}.csv", csv.encode())
            self.store.put(version, f"{models.MATRIX}/{part}.parquet", part.encode())
        for name, data in files.items():
            self.store.put(version, name, data)
        card = card_of(version, hour, model, artifact, {name: sha256(data) for name, data in files.items()})
        self.store.put(version, models.CARD, card.to_json())
        sequence = int(version.partition("-")[0])
        pointed = Pointer(version, 0, sequence, seed, artifact, "net", "t", sha256(card.to_json()), "r", 1)
        assert self.store.move_pointer(pointed)
        return card


def card_of(version: str, hour: int, model: Model, artifact: str, files: dict[str, str]) -> ModelCard:
    return ModelCard(
        version=version, created_at=f"2026-11-24T{hour:02}:00:00+00:00", table="fruits.db.photos", snapshot_id=1,
        sequence_number=int(version.partition("-")[0]), backbone="net", artifact_sha256=artifact, n=model.count,
        width=WIDTH, k=3, mode="full",
        why="there is no model yet", rows_inserted=40, rows_deleted=0, left_out={}, settings={}, notes=[],
        previous=None, drift=None, suggestions=None, matrix={"rows": 2}, reduced="fruits.db.reduced",
        files=files, **shares_of(model),
    )  # fmt: skip


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def three(publisher: Publisher) -> Publisher:
    for seed, version in enumerate(("00000002-aaaa1111", "00000010-bbbb2222", "00000010-bbcc3333"), 1):
        publisher.publish(version, seed)
    return publisher


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("latest", "00000010-bbcc3333"),
        ("00000002-aaaa1111", "00000002-aaaa1111"),
        ("00000010-bbb", "00000010-bbbb2222"),
        ("2", "00000002-aaaa1111"),
    ],
)
def test_a_version_is_found_by_its_name_its_beginning_its_number_or_as_the_latest(
    three: Publisher, text: str, version: str
) -> None:
    assert three.models.card(text).version == version


@pytest.mark.parametrize(("text", "problem"), [("10", "more than one version"), ("7", "is no version")])
def test_a_name_that_does_not_mean_one_version_is_an_error_that_names_those_there_are(
    three: Publisher, text: str, problem: str
) -> None:
    with pytest.raises(GiveUp, match=f"{problem}.*00000010-bbbb2222"):
        three.models.card(text)


def test_without_a_model_the_error_says_how_to_get_one(publisher: Publisher) -> None:
    assert publisher.models.latest() is None
    assert publisher.models.cards() == []
    with pytest.raises(GiveUp, match="fruits refit"):
        publisher.models.card()


def test_versions_of_one_snapshot_are_listed_by_their_own_age(publisher: Publisher) -> None:
    for hour, version in enumerate(("00000003-ffff0000", "00000003-aaaa0000", "00000010-bbbb0000")):
        publisher.publish(version, seed=hour + 1, hour=hour)

    assert [card.version[9] for card in publisher.models.cards()] == ["f", "a", "b"]


def test_a_version_without_a_card_is_none(three: Publisher) -> None:
    three.store.put("00000011-dead0000", models.MODEL, b"half a model")
    assert [card.version for card in three.models.cards()] == [
        "00000002-aaaa1111", "00000010-bbbb2222", "00000010-bbcc3333",
    ]  # fmt: skip
    with pytest.raises(GiveUp, match="is no version"):
        three.models.card("00000011")


def test_a_version_compared_with_itself_has_not_changed_and_with_another_one_has(three: Publisher) -> None:
    one, other = three.models.card("2"), three.models.card()
    assert three.models.compare(one, one).change == pytest.approx(0.0, abs=1e-9)
    assert three.models.compare(one, other).change > 0.05


def test_models_of_two_artifacts_are_not_compared(three: Publisher) -> None:
    other = three.publish("00000012-eeee4444", 9, artifact="b" * 64)
    with pytest.raises(GiveUp, match="two artifacts"):
        three.models.compare(three.models.card("2"), other)


def test_a_damaged_file_is_not_handed_out(three: Publisher) -> None:
    card = three.models.card()
    found = three.objects.get(f"{card.version}/{models.SCREE_PICTURE}")
    assert found is not None
    assert three.objects.swap(f"{card.version}/{models.SCREE_PICTURE}", b"other", found.etag)
    with pytest.raises(GiveUp, match=r"scree\.png is damaged"):
        three.models.read(card, models.SCREE_PICTURE)
    with pytest.raises(GiveUp, match=r"no drift\.png"):
        three.models.read(card, models.DRIFT_PICTURE)


def test_what_is_downloaded_is_the_card_the_pictures_and_one_csv_that_pandas_reads(
    three: Publisher, tmp_path: Path
) -> None:
    card = three.models.card()
    files = three.models.download(card, tmp_path / "model")

    found = {str(file.relative_to(tmp_path / "model")): file.read_bytes() for file in files}
    assert found.keys() == {
        "card.json", "scree.png", "components.png", "matrix.csv", "matrix/part-00000.parquet",
        "matrix/part-00002.parquet",
    }  # fmt: skip
    assert found["scree.png"] == b"scree of 00000010-bbcc3333"
    assert ModelCard.from_json(found["card.json"]) == card
    assert found["matrix/part-00002.parquet"] == b"part-00002"
    matrix = pd.read_csv(io.BytesIO(found["matrix.csv"]))
    assert matrix.to_dict("list") == {"photo_id": ["p1", "p2"], "label": ["apple", "a, b"], "pc_1": [0.5, 0.5]}
