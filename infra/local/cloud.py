"""The local cloud: one `ministack` process, with our EMR Serverless in it, on 127.0.0.1, in an environment of its own.

What runs is written down in the state folder (`build/local/cloud.json`), so that another command finds it again.
Its data live in its memory: what was put into a cloud is gone when it goes down.
"""

import fcntl
import http.client
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.errors import GiveUp, RetryLater
from infra.local import emr_jobs, processes
from infra.ops.target import Target

ROOT = Path(__file__).resolve().parents[2]
STATE_DIR = ROOT / "build" / "local"
PYTHON = ROOT / "build" / "local" / "ministack-venv" / "bin" / "python"
LAUNCHER = ROOT / "infra" / "local" / "emr_serverless" / "__main__.py"
PORT = 4566
REGION = "eu-west-3"
_HOST = "127.0.0.1"
_READY_WITHIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.05
_FREE_PORT_TRIES = 5
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A running local cloud: where it answers, which process it is (`born`: seconds since 1970), where its log is."""

    port: int
    pid: int
    born: float
    log: str

    @property
    def endpoint(self) -> str:
        """The one URL of all its services."""
        return f"http://{_HOST}:{self.port}"

    def target(self) -> Target:
        """Return what speaks to this cloud. It accepts any key; these are no secret."""
        return Target(REGION, self.endpoint, "test", "test")

    def environment(self) -> dict[str, str]:
        """Return what makes any AWS client talk to this cloud. It accepts any key; these are no secret."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @classmethod
    @contextmanager
    def started(cls, state_dir: Path, port: int = 0, more: Mapping[str, str] | None = None) -> Iterator["LocalCloud"]:
        """Run a cloud, an empty one, for the length of a `with`. Port 0 takes a free one; `more`: see `up`."""
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
    """Start the cloud, or find the one that runs already, and return when it answers. Port 0 takes a free one.

    `more` is added to the environment of one that is started: settings of ministack's or of `emr_serverless`. `empty`:
    one that runs already, with what is in it, will not do.
    Raises GiveUp when one runs that will not do, the port is taken or the set-up is missing, RetryLater when it does
    not come up in time.
    """
    if not python.exists():
        raise GiveUp(f"the local cloud is not installed ({python} is missing): run `make setup`")
    with _alone(state_dir):
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
            except GiveUp:  # somebody took the port between our look and our start
                continue
        return _start(state_dir, _free_port(), python, more or {})


def down(state_dir: Path = STATE_DIR) -> bool:
    """Stop the cloud and all that it started; return whether one was running."""
    if not _state_file(state_dir).exists():
        return False
    with _alone(state_dir):
        cloud = _read(state_dir)
        process = processes.alive(cloud.pid, cloud.born) if cloud else None
        if process is not None:
            processes.end(process)
        _state_file(state_dir).unlink(missing_ok=True)
        shutil.rmtree(state_dir / "tmp", ignore_errors=True)  # what its runs and functions left
        return process is not None


def status(state_dir: Path = STATE_DIR) -> LocalCloud | None:
    """Return the cloud that runs, or None. What is left of one that died (a stale pid) counts as none."""
    cloud = _read(state_dir)
    return cloud if cloud and processes.alive(cloud.pid, cloud.born) else None


def running(state_dir: Path = STATE_DIR) -> LocalCloud:
    """Return the cloud that runs. Raises GiveUp where there is none."""
    cloud = status(state_dir)
    if cloud is None:
        raise GiveUp("no local cloud is running: `fruits local up` starts one")
    return cloud


def healthy(cloud: LocalCloud) -> bool:
    """Ask the cloud itself whether it serves."""
    connection = http.client.HTTPConnection(_HOST, cloud.port, timeout=2.0)  # heeds no proxy of the environment
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
    # -P: the launcher's folder stays off the path, or a module there would hide one of ministack's.
    command = [str(python), "-P", str(LAUNCHER)]
    environment = {**_environment(state_dir, port), **emr_jobs.settings(state_dir / "tmp", port, REGION), **more}
    process = processes.launch(command, environment, log)
    cloud = LocalCloud(port=port, pid=process.pid, born=process.create_time(), log=str(log))
    _write(state_dir, cloud)
    try:
        _wait_until_ready(cloud)
    except BaseException:  # Ctrl-C too: nothing half-started is left behind
        processes.end(process)
        _state_file(state_dir).unlink(missing_ok=True)
        raise
    return cloud


def _wait_until_ready(cloud: LocalCloud) -> None:
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        # First whether ours still lives: else what answers on the port is somebody else's.
        if processes.alive(cloud.pid, cloud.born) is None:
            raise GiveUp(f"the local cloud ended while starting. The end of {cloud.log}:\n{_tail(cloud.log)}")
        if healthy(cloud):
            return
        time.sleep(_LOOK_EVERY_SECONDS)
    raise RetryLater(f"the local cloud did not answer within {_READY_WITHIN_SECONDS:.0f} s; its log is {cloud.log}")


def _environment(state_dir: Path, port: int) -> dict[str, str]:
    """Return ministack's environment: little of ours, so that neither AWS keys nor a user's Docker come into play."""
    temporary = state_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "BIND_HOST": _HOST,  # ministack's default is every interface
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(temporary),
        "STATE_DIR": str(temporary / "state"),
        "S3_DATA_DIR": str(temporary / "s3"),
        "DOCKER_HOST": f"unix://{temporary}/no-docker",  # it removes containers that it takes for its own leftovers
        "IOT_MTLS_ENABLED": "0",  # else a second port, 8883
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",  # a line a request would cost CPU in every benchmark
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
    except (FileNotFoundError, ValueError, TypeError):  # none, or not one of ours: as good as none
        return None


def _write(state_dir: Path, cloud: LocalCloud) -> None:
    """Write beside and rename: a reader sees the whole state or none."""
    half = _state_file(state_dir).with_suffix(".half")
    half.write_text(json.dumps(asdict(cloud)))
    half.replace(_state_file(state_dir))


def _tail(log: str, lines: int = 5) -> str:
    return "\n".join(Path(log).read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    """Hold the state folder's lock: two commands at once start one cloud."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "cloud.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
