"""What the cells of the notebook need of the place where they run. Only the first cell knows which place it is."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure
from pyspark.sql import SparkSession

from contracts import models
from contracts.jobs import places
from contracts.photos.manifest import Photo
from spark_app.extract import manifest
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import read_object

Show = Callable[[str, bytes], None]
"""Takes a picture's name and its PNG bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A Spark session, and where things lie: buckets by name, `artifact` (the CNN) and `manifests` by URI."""

    spark: SparkSession
    store: StoreSettings
    photos: str
    lake: str
    artifact: str
    manifests: tuple[str, str]
    """Two batches: the second one is what comes later."""
    database: str
    """Catalog and database, such as `fruits.fruits_dev`."""
    shown: Show

    @property
    def table(self) -> str:
        """The notebook's own table of features: it never touches the pipeline's."""
        return f"{self.database}.notebook_photos"

    @property
    def reduced(self) -> str:
        """The notebook's own table of the reduced matrix."""
        return f"{self.database}.notebook_reduced"

    @property
    def models(self) -> str:
        """Where the notebook's models are published."""
        return f"s3://{self.lake}/{models.FOLDER.partition('/')[0]}/notebook"

    def batch(self, number: int) -> list[Photo]:
        """Return the photos of batch 1 or 2."""
        return list(manifest.decode(read_object(self.manifests[number - 1], self.store)).photos)

    def show(self, name: str, picture: "Figure | bytes") -> None:
        """Show a picture: a figure, or PNG bytes."""
        if isinstance(picture, Figure):
            drawn = io.BytesIO()
            picture.savefig(drawn, format="png", metadata={"Software": None})
            picture = drawn.getvalue()
        self.shown(name, picture)


def picture_uri(lake: str, name: str) -> str:
    """Return where a place without a screen puts a picture: results end by a rule of their own."""
    return f"s3://{lake}/{places.RESULTS}/notebook/{name}.png"
