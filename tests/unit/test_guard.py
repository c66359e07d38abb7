"""The red twin of this folder's guard: each way out is refused, and the message says where the test belongs."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest


def connect() -> None:
    with socket.socket() as one:
        one.connect(("127.0.0.1", 1))


def look_for_a_server() -> None:
    with socket.socket() as one:
        one.connect_ex(("127.0.0.1", 1))


def load_tensorflow() -> None:
    import tensorflow  # noqa: F401


def load_keras() -> None:
    import keras.layers  # noqa: F401


WAYS_OUT: dict[str, Callable[[], object]] = {
    "connect": connect,
    "connect_ex": look_for_a_server,
    "run": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "popen": lambda: subprocess.Popen([sys.executable, "-c", ""]),
    "fork": lambda: os.fork(),
    "system": lambda: os.system("true"),  # noqa: S605, S607
    "posix_spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    "multiprocessing": lambda: multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0,)).start(),
    "tensorflow": load_tensorflow,
    "keras": load_keras,
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_way_out_of_a_unit_test_is_refused_and_told_where_to_go(way: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="move it to tests/integration"):
        WAYS_OUT[way]()


def test_what_handles_any_error_does_not_hide_the_refusal() -> None:
    def careless() -> None:
        try:
            connect()
        except Exception:  # noqa: BLE001  what the test is about
            raise ValueError from None

    with pytest.raises(pytest.fail.Exception):
        careless()


def test_a_socket_that_is_not_connected_and_a_look_at_this_process_are_no_way_out() -> None:
    with socket.socket() as one:
        assert one.fileno() > 0
    assert os.getpid() > 0
