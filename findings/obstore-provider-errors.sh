#!/usr/bin/env bash
# obstore 0.12.1: whatever a credential provider raises reaches the caller as UnauthenticatedError, and no longer as what it was.
# A provider whose endpoint is down for a moment looks like keys that S3 refused: a caller that tells "try again" from "give up"
# by the class takes the one for the other. The provider's class and words are only in the text of the error.
# Seen: obstore 0.12.1 from PyPI, CPython 3.11, Linux x86_64, 2026-11-28. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet obstore==0.12.1
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import obstore
from obstore.store import S3Store


class EndpointDown(Exception):
    """The endpoint of the credentials does not answer; it will in a minute."""


def provider():
    raise EndpointDown("try again in a minute")


store = S3Store("bucket", config={"region": "eu-west-3"}, credential_provider=provider, retry_config={"max_retries": 0})
try:
    obstore.get(store, "key")
except Exception as error:
    chain = [type(one).__name__ for one in (error, error.__cause__, error.__context__) if one is not None]
    said = "EndpointDown" in str(error)
else:
    raise SystemExit("no error was raised")
print(f"obstore {version('obstore')}: raised {chain}; the provider's class in the text: {said}")
if chain != ["UnauthenticatedError"] or not said:
    raise SystemExit("obstore behaves otherwise now")
PYTHON
