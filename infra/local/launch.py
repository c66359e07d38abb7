"""Start the local cloud's process: ministack, EMR Serverless, CloudWatch's rules, rights.

It is run by its path, in ministack's Python.

It needs no PYTHONPATH. That matters: ministack's Lambdas could import from it too, and then nobody would notice a
package that is missing from a function's zip.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def load(name: str) -> None:
    """Make a folder beside this file a package of its own name."""
    folder = HERE / name
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def issuer_with_rights() -> Any:
    """Add rights to ministack, and return what gives job runs the keys of their roles."""
    load("iam")
    register = importlib.import_module("iam.register")
    issuer = importlib.import_module("iam.machine.issuer")
    ports = importlib.import_module("emr_serverless.rules.ports")
    settings = importlib.import_module("emr_serverless.rules.settings").read(os.environ)
    roles = register.register()
    return issuer.RoleIssuer(roles, ports, lambda: datetime.now(UTC), timedelta(minutes=settings.credential_minutes))


def register_cloudwatch(service: Callable[[], Any]) -> None:
    """Add CloudWatch's rules to ministack. `service` returns the EMR Serverless, if it was built."""
    load("cloudwatch")
    register = importlib.import_module("cloudwatch.register")
    spark = importlib.import_module("cloudwatch.machine.spark")
    register.register(os.environ, spark.Applications(service))


def main() -> None:
    """Run the cloud until it ends."""
    load("emr_serverless")
    with_rights = os.environ.get("AUTH", "false").lower() == "true"
    issuer = issuer_with_rights() if with_rights else None
    importlib.import_module("emr_serverless.register").main(issuer, register_cloudwatch)


if __name__ == "__main__":
    main()
