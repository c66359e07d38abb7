"""Build the stack of `template.yaml` and deploy it to the local cloud by SAM, as on AWS; upload what runs take."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr import old_versions, run_files
from infra.emr.run_files import RunFiles
from infra.local import host_environment
from infra.local.cloud import ROOT, LocalCloud
from infra.ops import stack
from infra.ops.stack import STAGE, Stack

SAM = ROOT / "build" / "local" / "sam-venv" / "bin" / "sam"
BUILT = ROOT / "build" / "local" / "sam"
SOURCES = ("template.yaml", "samconfig.toml", "uv.lock", "functions", "contracts")

# For a laptop: one run at a time uses all cores, and nobody waits an hour for a photo.
PARAMETERS: Mapping[str, str] = {
    "BatchTarget": "500",
    "BatchMax": "2500",
    "MaxWaitMinutes": "1",
    "MaxConcurrentRuns": "1",
}


def deploy(cloud: LocalCloud, log: Path, files: RunFiles, parameters: Mapping[str, str] = PARAMETERS) -> Stack:
    """Build the functions if they changed, deploy the template, upload what runs take, and return the stack.

    Where a stack is deployed already, the files are uploaded first: the new functions name them at once.

    Raises:
        GiveUp: SAM is not installed, or failed; the message has the end of its log.
    """
    build(log)
    environment = {**_environment(), **cloud.environment()}
    versions = files.versions()
    fixed = {
        "Stage": STAGE,
        "CodeVersion": versions.code,
        "EnvironmentVersion": versions.environment,
        "ArtifactVersion": versions.artifact,
    }
    overrides = [f'{name}="{value}"' for name, value in {**parameters, **fixed}.items()]  # rate(1 minute) has a space
    bucket = "fruits-sam"
    s3 = cloud.target().client("s3")
    if deployed := stack.outputs(cloud.target()):
        run_files.upload(s3, deployed["ArtifactsBucket"], files)
    if bucket not in {found["Name"] for found in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    command = ["deploy", "--template-file", str(BUILT / "template.yaml"), "--s3-bucket", bucket, "--no-resolve-s3"]
    command += ["--config-file", str(ROOT / "samconfig.toml")]  # SAM looks for it beside the template
    _sam([*command, "--no-progressbar", "--parameter-overrides", *overrides], environment, log)
    found = stack.find(cloud.target())
    if not deployed:
        run_files.upload(s3, found.artifacts_bucket, files)
    old_versions.remove_old(s3, found.artifacts_bucket, {versions}, datetime.now(UTC))
    return found


def files_here(artifact: Path) -> RunFiles:
    """Return what runs take from here: this code, the environment for this machine (made where it is missing), a CNN.

    Raises:
        GiveUp: the environment cannot be made.
    """
    return RunFiles(host_environment.prepare(), artifact)


def build(log: Path) -> None:
    """Build the functions into `BUILT`, unless these sources are built already: it takes five seconds.

    Raises:
        GiveUp: SAM is not installed, or failed; the message has the end of its log.
    """
    if not SAM.exists():
        raise GiveUp(f"SAM is not installed ({SAM} is missing): run `make setup`")
    mark, wanted = BUILT / "sources.sha256", _sources()
    if mark.exists() and mark.read_text() == wanted:
        return
    shutil.rmtree(BUILT, ignore_errors=True)
    _sam(["build", "--template-file", str(ROOT / "template.yaml"), "--build-dir", str(BUILT)], _environment(), log)
    mark.write_text(wanted)


def _sources() -> str:
    files = [ROOT / name for name in SOURCES if (ROOT / name).is_file()]
    files += [path for name in SOURCES for path in (ROOT / name).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    digests = {str(path.relative_to(ROOT)): sha256(path.read_bytes()).hexdigest() for path in sorted(files)}
    return sha256(json.dumps(digests).encode()).hexdigest()


def _environment() -> dict[str, str]:
    uv = str(ROOT / ".tools" / "bin")  # `make setup` installs uv here where it was missing
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": os.pathsep.join([str(SAM.parent), os.environ.get("PATH", ""), uv]),
        "SAM_CLI_TELEMETRY": "0",
        "VIRTUAL_ENV": "",
    }


def _sam(arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        command = [str(SAM), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)  # noqa: S603
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise GiveUp(f"`sam {arguments[0]}` failed; the end of {log}:\n{end}")
