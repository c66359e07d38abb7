"""Where an arm's photos are read from: a folder, the local cloud's S3, or a bare S3 that answers late."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.extract.photo_sets import BUILD, ROOT
from infra.local.cloud import LocalCloud

Source = tuple[str, Mapping[str, str]]
"""The URL of the S3 to read from ("": a folder), and the arm's environment."""


@contextmanager
def started(source: str, folders: Sequence[Path]) -> Iterator[Source]:
    """Run a source for the length of a `with`; its buckets are the folders."""
    plain = {**os.environ, "PYTHONPATH": str(ROOT)}
    if source == "folder":
        yield "", plain
    elif source == "cloud":
        with LocalCloud.start(BUILD / "cloud") as cloud:
            for folder in folders:
                _upload(cloud, folder)
            yield cloud.endpoint, {**plain, **cloud.environment()}
    else:
        late = source.removeprefix("s3-").removesuffix("ms")
        command = [sys.executable, "-m", "benchmarks.extract.slow_s3", str(folders[0].parent), late]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
            yield f"http://127.0.0.1:{port}", {**plain, **keys}
        finally:
            server.kill()
            server.wait()


def _upload(cloud: LocalCloud, folder: Path) -> None:
    s3 = cloud.target().client("s3")
    s3.create_bucket(Bucket=folder.name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    for file in sorted(folder.glob("*/*.*")):
        s3.put_object(Bucket=folder.name, Key=str(file.relative_to(folder)), Body=file.read_bytes())
