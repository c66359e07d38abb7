"""Build an archive: compile the interpreter, put the environment together, look at it, pack it, and say what it is."""

import os
import platform
import shutil
import tempfile
import zlib
from dataclasses import asdict
from pathlib import Path

from infra.emr.environment import archives, folders, inputs
from infra.emr.environment.archives import Archive
from infra.emr.environment.assembling import assemble
from infra.emr.environment.check.contents import look
from infra.emr.environment.check.rules import highest
from infra.emr.environment.compiling import interpreter
from infra.emr.environment.licences import read_licences
from infra.emr.environment.packing import pack
from infra.emr.package import file_version
from infra.steps import Steps


def build(
    arch: str,
    jobs: int,
    steps: Steps,
    mirror: str | None = None,
    out: Path = folders.ARCHIVES,
    project: Path = inputs.ROOT,
    cache: Path | None = None,
) -> Archive:
    """Return the archive of this checkout for an architecture; make what is missing.

    Five minutes on two cores from nothing, half a minute after a change of the lock, nothing if it is there.

    Raises:
        GiveUp: an input cannot be had or does not build; the message says what to do.
    """
    cache = cache or folders.cache_dir(os.environ)
    with folders.locked(out / arch):
        found = archives.record(arch, out, project)
        if found is None:
            compiled = interpreter(arch, cache, jobs, steps, mirror)
            found = package(compiled, arch, steps, out, project, cache)
    return found


def package(compiled: Path, arch: str, steps: Steps, out: Path, project: Path, cache: Path) -> Archive:
    """Put an environment together around a compiled interpreter, and pack it into a folder's sub-folder `arch`."""
    (out / arch).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out / arch, prefix=".build-") as scratch:
        root, packed = Path(scratch) / "environment", Path(scratch) / "packed"
        steps.begin(f"packages of the lock for {arch}")
        assemble(compiled, root, arch, cache, project)
        steps.end()
        steps.begin("packing")
        tar_sha256 = pack(root, packed)
        archive = _described(root, packed, arch, tar_sha256, inputs.assembled_key(arch, project))
        steps.end()
        shutil.move(packed, out / arch / archive.name)
        (out / arch / f"{archive.sha256}.json").write_text(archive.to_json())
    return archive


def _described(root: Path, packed: Path, arch: str, tar_sha256: str, key: str) -> Archive:
    seen = look(root, ())
    licences = read_licences(root)
    versions = {one.name: one.version for one in licences}
    return Archive(
        arch=arch,
        sha256=file_version(packed),
        size_bytes=packed.stat().st_size,
        unpacked_bytes=seen.size_bytes,
        tar_sha256=tar_sha256,
        inputs=key,
        needs={family: found.version for family, found in highest(seen.elves).items()},
        python=versions[inputs.PYTHON],
        openssl=versions["openssl"],
        packages={one.name: one.version for one in licences if one.texts.endswith(".dist-info")},
        licences=tuple(asdict(one) for one in licences),
        built_by=f"Python {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}",
    )
