"""SAM, as `make setup` installs it: build the functions, deploy the template. The same for AWS and the local cloud."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr.package import ROOT
from infra.locks import hold_lock
from infra.ops.target import Target

SAM = ROOT / "build" / "local" / "sam-venv" / "bin" / "sam"
UV_FOLDER = ROOT / ".tools" / "bin"
"""Where `make setup` installs uv if it was missing."""
BUILT = ROOT / "build" / "local" / "sam"
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
STAGE_TAG = "fruits:stage"
"""The tag by which AWS tells the costs of stages apart, once it is activated for cost allocation."""
SOURCES = ("template.yaml", "uv.lock", "functions", "contracts")


@dataclass(frozen=True, slots=True)
class Sam:
    """SAM. All that it prints goes to the file `log`."""

    log: Path
    sam: Path = SAM
    built: Path = BUILT

    def build(self) -> Path:
        """Build the functions, unless these sources are built already, and return the built template: five seconds.

        One process at a time: SAM's builds share a folder, and one that finds files of another's fails.

        Raises:
            GiveUp: SAM is not installed, or failed; the message has the end of its log.
        """
        with hold_lock(self.built.with_name(f"{self.built.name}.lock")):
            mark, wanted = self.built / "sources.sha256", _sources()
            if not mark.exists() or mark.read_text() != wanted:
                self._build_anew()
                mark.write_text(wanted)
        return self.built / "template.yaml"

    def _build_anew(self) -> None:
        shutil.rmtree(self.built, ignore_errors=True)
        command = ["build", "--template-file", str(ROOT / "template.yaml"), "--build-dir", str(self.built)]
        # The Makefile takes the contracts from beside the functions' folder.
        self._run([*command, "--build-in-source", "--parallel"], sam_environment(os.environ))

    def deploy(self, target: Target, stack: str, bucket: str, parameters: Mapping[str, str]) -> None:
        """Deploy what is built. `bucket` takes the functions' zips. A parameter that is left out stays as it was.

        Raises:
            GiveUp: as `build`.
        """
        overrides = [f'{name}="{value}"' for name, value in parameters.items()]  # rate(1 minute) has a blank
        command = ["deploy", "--template-file", str(self.built / "template.yaml"), "--stack-name", stack]
        command += ["--region", target.region, "--s3-bucket", bucket, "--s3-prefix", stack]
        command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
        # CloudFormation puts a stack's tags on each resource that can bear them: costs can be told apart by them.
        command += ["--tags", f"{STAGE_TAG}={stack.removeprefix('fruits-')}"]
        command += ["--no-progressbar", "--parameter-overrides", *overrides]
        self._run(command, sam_environment(os.environ, target))

    def _run(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        if not self.sam.exists():
            raise GiveUp(f"SAM is not installed ({self.sam} is missing): run `make setup`")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            done = subprocess.run(  # noqa: S603
                [str(self.sam), *arguments], cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
            )
        if done.returncode:
            end = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
            raise GiveUp(f"`sam {arguments[0]}` failed; the end of {self.log}:\n{end}")


def find_uv() -> str | None:
    """Return the uv on PATH, else the one that `make setup` installed; None where there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(UV_FOLDER))


def missing_tools() -> list[str]:
    """Return the names of the tools that are not there: SAM, and uv, which the build of the functions calls."""
    return [name for name, found in (("SAM", SAM.exists()), ("uv", find_uv())) if not found]


def sam_environment(inherited: Mapping[str, str], target: Target | None = None) -> dict[str, str]:
    """Return SAM's environment. Only a target on AWS takes the AWS variables of the shell. Pure.

    The keys of the shell would win over a profile that is named by a variable.
    """
    on_aws = target is not None and target.endpoint is None
    dropped = _KEYS if on_aws and target and target.profile else () if on_aws else ("AWS_",)
    return {
        **{name: value for name, value in inherited.items() if not name.startswith(dropped)},
        "PATH": os.pathsep.join([str(SAM.parent), inherited.get("PATH", ""), str(UV_FOLDER)]),
        "SAM_CLI_TELEMETRY": "0",
        "VIRTUAL_ENV": "",
        **(target.environment() if target is not None else {}),
    }


def _sources() -> str:
    files = [ROOT / name for name in SOURCES if (ROOT / name).is_file()]
    files += [path for name in SOURCES for path in (ROOT / name).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    digests = {str(path.relative_to(ROOT)): sha256(path.read_bytes()).hexdigest() for path in sorted(files)}
    return sha256(json.dumps(digests).encode()).hexdigest()
