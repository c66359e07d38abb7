"""The notebook for EMR Studio: the same cells behind another first one, and a zip of what only it needs.

    python -m notebooks.emr_studio --region eu-west-3 --batches BATCH1 BATCH2

`emr_studio.md` says what to attach, and what could not be tried.
"""

import argparse
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from rich.console import Console

from contracts.jobs import places
from contracts.jobs.spark_settings import Catalog, emr
from infra.ops import stack as stacks
from infra.ops import target
from infra.ops.stack import Stack
from notebooks.build import ROOT, source, write

PACKED = (
    "notebooks/__init__.py",
    "notebooks/place.py",
    "infra/__init__.py",
    "infra/demo/__init__.py",
    "infra/demo/neighbours.py",
)
"""What the cells import beside the jobs' own code; no more of `infra`, which needs packages that a run has not."""
ZIP = "notebook.zip"
SIZE: Mapping[str, str] = {
    "spark.driver.cores": "2",
    "spark.driver.memory": "3g",
    "spark.driver.memoryOverhead": "5g",
    "spark.executor.cores": "2",
    "spark.executor.memory": "3g",
    "spark.executor.memoryOverhead": "5g",
    "spark.executor.instances": "1",
    "spark.dynamicAllocation.enabled": "false",
}
"""Two workers of two cores; with the kernel's four that is half of a new account's vCPU. Python gets most memory."""


def configuration(stack: Stack, region: str) -> dict[str, str]:
    """Return the session's Spark settings: those of an extract run, the notebook's zip, and `SIZE`."""
    catalog = Catalog(f"s3://{stack.lake_bucket}/{places.WAREHOUSE}", region=region)
    artifacts = f"s3://{stack.artifacts_bucket}"
    found = emr(catalog, artifacts, stack.versions, stack.release, SIZE, "extract")
    both = f"{found['spark.submit.pyFiles']},{artifacts}/{places.CODE}/{ZIP}"
    return found | {"spark.submit.pyFiles": both}


def first_cells(stack: Stack, region: str, batches: Sequence[str]) -> list[str]:
    """Return what stands in place of the first cell. Livy wants `%%configure` alone in its own."""
    asked = json.dumps({"conf": configuration(stack, region)}, indent=2)
    manifests = ", ".join(repr(f"s3://{stack.lake_bucket}/{places.manifest(batch)}") for batch in batches)
    artifact = f"s3://{stack.artifacts_bucket}/{stack.versions.artifact_folder}"
    opened = f"""from notebooks.place import Place, picture_uri
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import write_object

LAKE = {stack.lake_bucket!r}


def shown(name, picture):
    write_object(picture_uri(LAKE, name), picture, StoreSettings({region!r}))
    print(picture_uri(LAKE, name))


place = Place(
    spark, StoreSettings({region!r}), {stack.photos_bucket!r}, LAKE, {artifact!r},
    ({manifests}), {f"fruits.{stack.glue_database}"!r}, shown,
)"""
    return [f"%%configure -f\n{asked}", opened]


def for_emr(cells: Sequence[str]) -> Any:
    """Return the notebook with these cells in place of the one that is tagged `place`, without outputs."""
    found = source()
    (number,) = (place for place, cell in enumerate(found.cells) if "place" in cell.metadata.get("tags", []))
    found.cells[number : number + 1] = [nbformat.v4.new_code_cell(text, id=f"emr-{n}") for n, text in enumerate(cells)]
    found.metadata = {"kernelspec": {"display_name": "PySpark", "language": "python", "name": "pysparkkernel"}}
    return found


def packed(root: Path = ROOT) -> bytes:
    """Return the zip of `PACKED`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PACKED:
            archive.writestr(zipfile.ZipInfo(name), (root / name).read_bytes())
    return made.getvalue()


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser("notebooks.emr_studio", description=__doc__)
    parser.add_argument("--region", required=True)
    parser.add_argument("--profile", default=None)
    parser.add_argument("--stage", default=stacks.STAGE, choices=stacks.STAGES)
    parser.add_argument("--batches", nargs=2, required=True, metavar="BATCH", help="`fruits batches` lists them")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "notebook")
    a = parser.parse_args()
    found = stacks.find(target.on_aws(a.profile, a.region), a.stage)
    a.out.mkdir(parents=True, exist_ok=True)
    write(for_emr(first_cells(found, a.region, a.batches)), a.out / "fruits.ipynb")
    (a.out / ZIP).write_bytes(packed())
    Console().print(
        f"Written to {a.out}. Put {ZIP} to s3://{found.artifacts_bucket}/{places.CODE}/{ZIP}", highlight=False
    )


if __name__ == "__main__":
    main()
