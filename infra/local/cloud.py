"""The local cloud: one `ministack` process, with our EMR Serverless in it, on 127.0.0.1, in an environment of its own.

The state folder (`build/local/cloud.json`) records the running cloud, so that another command finds it again. All data
are in the memory of that process: they are gone when it ends.
"""

import http.client
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.errors import GiveUp, RetryLater
from infra.local import emr_jobs, processes
from infra.locks import hold_lock
from infra.ops.polling import poll
from infra.ops.target import Target

ROOT = Path(__file__).resolve().parents[2]
STATE_DIR = ROOT / "build" / "local"
PYTHON = ROOT / "build" / "local" / "ministack-venv" / "bin" / "python"
LAUNCHER = ROOT / "infra" / "local" / "launch.py"
PORT = 4566
REGION = "eu-west-3"
_HOST = "127.0.0.1"
_READY_WITHIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.05
_FREE_PORT_TRIES = 5
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A running local cloud: its port, its process (`born`: seconds since 1970) and the path of its log."""

    port: int
    pid: int
    born: float
    log: str

    @property
    def endpoint(self) -> str:
        """The URL of all its services."""
        return f"http://{_HOST}:{self.port}"

    def target(self) -> Target:
        """Return this cloud as a target. It accepts any key; these are no secret."""
        return Target(REGION, self.endpoint, "test", "test")

    def environment(self) -> dict[str, str]:
        """Return environment variables that make any AWS client talk to this cloud. The keys are no secret."""
        return self.target().environment()

    @classmethod
    @contextmanager
    def start(cls, state_dir: Path, port: int = 0, more: Mapping[str, str] | None = None) -> Iterator["LocalCloud"]:
        """Run an empty cloud for the length of a `with`. `port` and `more`: see `up`."""
        cloud = up(state_dir, port, more=more, empty=True)
        try:
            yield cloud
        finally:
            down(state_dir)


def up(
    state_dir: Path = STATE_DIR,
    port: int = PORT,
    python: Path = PYTHON,
    more: Mapping[str, str] | None = None,
    empty: bool = False,
) -> LocalCloud:
    """Start the cloud, or find the one that runs already; return when it answers.

    Args:
        state_dir: folder that records the cloud.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        python: interpreter of ministack's environment.
        more: added to the environment of a cloud that is started: settings of ministack or of `emr_serverless`.
        empty: a cloud that runs already, with its data, will not do.

    Raises:
        GiveUp: a cloud runs that will not do, the port is taken, or ministack is not installed.
        RetryLater: the cloud does not answer in time.
    """
    if not python.exists():
        raise GiveUp(f"the local cloud is not installed ({python} is missing): run `make setup`")
    with hold_lock(state_dir / "cloud.lock"):  # two commands at once start one cloud
        running = status(state_dir)
        if running is not None and port in (0, running.port) and not empty:
            return running
        if running is not None:
            where = "" if state_dir == STATE_DIR else f" --state-dir {state_dir}"
            raise GiveUp(f"a local cloud runs already, on port {running.port}: `fruits local down{where}` stops it")
        if port:
            return _start(state_dir, port, python, more or {})
        for _ in range(_FREE_PORT_TRIES - 1):
            try:
                return _start(state_dir, _free_port(), python, more or {})
            except GiveUp:  # another program took the port between the look and the start
                continue
        return _start(state_dir, _free_port(), python, more or {})


def down(state_dir: Path = STATE_DIR) -> bool:
    """Stop the cloud and all that it started; return whether it was running."""
    if not _state_file(state_dir).exists():
        return False
    with hold_lock(state_dir / "cloud.lock"):
        cloud = _read(state_dir)
        process = processes.alive(cloud.pid, cloud.born) if cloud else None
        if process is not None:
            processes.end(process)
        _state_file(state_dir).unlink(missing_ok=True)
        shutil.rmtree(state_dir / "tmp", ignore_errors=True)  # files that its runs and functions left
        return process is not None


def status(state_dir: Path = STATE_DIR) -> LocalCloud | None:
    """Return the running cloud, or None. The record of a dead one (a stale pid) counts as none."""
    cloud = _read(state_dir)
    return cloud if cloud and processes.alive(cloud.pid, cloud.born) else None


def running(state_dir: Path = STATE_DIR) -> LocalCloud:
    """Return the running cloud. Raises GiveUp where none runs."""
    cloud = status(state_dir)
    if cloud is None:
        raise GiveUp("no local cloud is running: `fruits local up` starts one")
    return cloud


def healthy(cloud: LocalCloud) -> bool:
    """Return whether the cloud answers that it serves."""
    connection = http.client.HTTPConnection(_HOST, cloud.port, timeout=2.0)  # ignores the proxies of the environment
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _start(state_dir: Path, port: int, python: Path, more: Mapping[str, str]) -> LocalCloud:
    if not _is_free(port):
        raise GiveUp(
            f"port {port} is used by {processes.listener(port)}: stop it, or take another port with "
            f"`fruits local up --port {port + 1}`"
        )
    log = state_dir / "cloud.log"
    # -P keeps the launcher's folder off the path: a module there would hide one of ministack's.
    command = [str(python), "-P", str(LAUNCHER)]
    environment = {**_environment(state_dir, port), **emr_jobs.settings(state_dir / "tmp", port, REGION), **more}
    process = processes.launch(command, environment, log)
    cloud = LocalCloud(port=port, pid=process.pid, born=process.create_time(), log=str(log))
    _write(state_dir, cloud)
    try:
        _wait_until_ready(cloud)
    except BaseException:  # Ctrl-C too: leave nothing half-started behind
        processes.end(process)
        _state_file(state_dir).unlink(missing_ok=True)
        raise
    return cloud


def _wait_until_ready(cloud: LocalCloud) -> None:
    def look() -> bool:
        # First whether our process lives: otherwise another program may answer on the port.
        if processes.alive(cloud.pid, cloud.born) is None:
            raise GiveUp(f"the local cloud ended while starting. The end of {cloud.log}:\n{_tail(cloud.log)}")
        return healthy(cloud)

    if not any(poll(look, within=_READY_WITHIN_SECONDS, every=_LOOK_EVERY_SECONDS)):
        raise RetryLater(f"the local cloud did not answer within {_READY_WITHIN_SECONDS:.0f} s; its log is {cloud.log}")


def _environment(state_dir: Path, port: int) -> dict[str, str]:
    """Return ministack's environment: little of the user's, so that it sees neither AWS keys nor Docker."""
    temporary = state_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "AUTH": "true",  # every call of a role is held against its policies: infra/local/iam
        "BIND_HOST": _HOST,  # ministack's default is every interface
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(temporary),
        "STATE_DIR": str(temporary / "state"),
        "S3_DATA_DIR": str(temporary / "s3"),
        "DOCKER_HOST": f"unix://{temporary}/no-docker",  # with Docker, it removes containers that it takes for its own
        "IOT_MTLS_ENABLED": "0",  # otherwise it opens a second port, 8883
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",  # one line per request would cost CPU in every benchmark
        "PYTHONUNBUFFERED": "1",
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _state_file(state_dir: Path) -> Path:
    return state_dir / "cloud.json"


def _read(state_dir: Path) -> LocalCloud | None:
    try:
        return LocalCloud(**json.loads(_state_file(state_dir).read_text()))
    except (FileNotFoundError, ValueError, TypeError):  # no record, or not one of ours
        return None


def _write(state_dir: Path, cloud: LocalCloud) -> None:
    """Write the record beside its place and rename it: a reader sees the whole record or none."""
    half = _state_file(state_dir).with_suffix(".half")
    half.write_text(json.dumps(asdict(cloud)))
    half.replace(_state_file(state_dir))


def _tail(log: str, lines: int = 5) -> str:
    return "\n".join(Path(log).read_text(errors="replace").splitlines()[-lines:])
