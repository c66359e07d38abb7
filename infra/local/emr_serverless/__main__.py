"""Start ministack with EMR Serverless in it: `python …/emr_serverless/__main__.py`, or `python -m emr_serverless`.

Started by its path it needs no PYTHONPATH. That matters: ministack's Lambdas could import from it too, and then nobody
would notice a package that is missing from a function's zip.
"""

import importlib.util
import sys
from pathlib import Path


def _load() -> None:
    """Make this folder the package `emr_serverless`."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[folder.name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    if __package__:
        from .register import main
    else:
        _load()
        main = importlib.import_module("emr_serverless.register").main
    main()
