"""A command that is told to end tidies up as it does at Ctrl-C."""

import signal


def end_as_at_ctrl_c() -> None:
    """Let SIGTERM, and SIGHUP of a terminal that is closed, raise KeyboardInterrupt: else `finally` would not run."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
