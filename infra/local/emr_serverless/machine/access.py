"""How a job run gets at the other services: by a session of its role, and an endpoint that gives its credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..rules.ports import Caller, RefusedError
from ..rules.records import Run
from ..rules.sessions import Sessions

URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - a variable's name


class Access:
    """Opens and closes the sessions of runs, and says in a job's environment where its credentials are."""

    def __init__(self, sessions: Sessions, url: str, token_in_file: bool) -> None:
        self._sessions, self._url, self._token_in_file = sessions, url, token_in_file

    @contextmanager
    def opened(self, run: Run) -> Iterator[str]:
        """Open a session for an attempt at a run; yield its token. Raises RefusedError."""
        token = self._sessions.open(run.request["executionRoleArn"], run.arn)
        try:
            yield token
        finally:
            self._sessions.close(token)

    def caller(self, run: Run, token: str) -> Caller:
        """Return who calls in the name of a run. Raises RefusedError."""
        credentials = self._sessions.credentials(token)
        if credentials is None:
            raise RefusedError(f"the session of job run {run.run_id} is closed")
        return Caller(run.application.owner.region, credentials)

    def variables(self, token: str, folder: Path) -> dict[str, str]:
        """Return the variables of a job; the token's file, where there is one, lies in the job's folder."""
        if not self._token_in_file:
            return {URI: self._url, TOKEN: token}
        file = folder / "credentials-token"
        file.touch(mode=0o600)
        file.write_text(token)
        return {URI: self._url, TOKEN_FILE: str(file)}
