"""Record what the packed Python of each architecture makes of twenty photos: `make environment-record`.

On x86_64 aarch64 runs under qemu, which takes minutes and says nothing of its speed.
"""

import os
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from infra.emr.environment import built
from infra.emr.environment.building import build
from infra.emr.environment.check.checking import unpack
from infra.emr.environment.check.systems import prepare, system_for
from infra.emr.environment.folders import cache_dir
from infra.emr.environment.inputs import ARCHITECTURES, ROOT
from infra.samples import carried
from infra.steps import SilentSteps
from spark_app.network.backbone import ExportRequest
from spark_app.network.litert_export import export
from spark_app.stores.buckets import StoreSettings

RECORDED = Path(__file__).parent / "architectures.npz"


def main() -> None:
    """Build what is missing, measure on each architecture, and write both into one file."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        int8 = ExportRequest(input_size=128, precision="int8", calibration=carried.PHOTOS)
        for name, request in (("fp32", ExportRequest()), ("int8", int8)):
            (folder / f"{name}.tflite").write_bytes(export(request, StoreSettings()).flatbuffer)
        found: dict[str, Any] = {}
        for arch in ARCHITECTURES:
            measure(arch, folder)
            with np.load(folder / f"{arch}.npz") as file:
                found |= {f"{arch}.{name}": file[name] for name in file}
    np.savez_compressed(RECORDED, allow_pickle=False, **found)


def measure(arch: str, folder: Path) -> None:
    """Run `infra.samples.architectures` by the packed Python of an architecture."""
    build(arch, os.cpu_count() or 2, SilentSteps())
    archive = built(arch)
    assert archive is not None
    unpack(archive, folder / arch / "environment")
    system = system_for(arch, platform.machine())
    through = prepare(system, cache_dir(os.environ)) if system and arch != platform.machine() else []
    files = [str(folder / name) for name in ("fp32.tflite", "int8.tflite", f"{arch}.npz")]
    python = str(folder / arch / "environment/bin/python")
    command = [*through, python, "-m", "infra.samples.architectures", *files]
    subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, cwd=folder, check=True)


if __name__ == "__main__":
    main()
