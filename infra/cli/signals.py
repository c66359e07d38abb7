"""SIGTERM and SIGHUP end a command as Ctrl-C does: it tidies up first."""

import signal


def end_as_at_ctrl_c() -> None:
    """Raise KeyboardInterrupt at SIGTERM, and at SIGHUP (the terminal was closed): otherwise no `finally` would run."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
