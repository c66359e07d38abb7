"""All that the jobs import, read from their source: nothing is listed by hand. Pure, but for reading files."""

import ast
from collections.abc import Iterator
from pathlib import Path

from infra.emr.environment.inputs import ROOT

OURS = ("spark_app", "contracts")
OF_EMR = frozenset({"pyspark", "py4j"})
NOT_FOLLOWED = frozenset({"spark_app.network.backbone"})
"""What needs TensorFlow: `--engine keras` imports it, and the archive is not for that."""


def imported_by_jobs(project: Path = ROOT) -> list[str]:
    """Return the modules that the entry points need of the archive, the standard library's among them, sorted.

    Followed through our own modules, also where a function imports.
    """
    waiting, followed, found = list((project / "spark_app").glob("*_job.py")), set[Path](), set[str]()
    while waiting:
        path = waiting.pop()
        if path in followed:
            continue
        followed.add(path)
        for module in modules(path.read_text()):
            if module.partition(".")[0] in OURS:
                waiting += _files(module, project)
            elif module.partition(".")[0] not in OF_EMR:
                found.add(module)
    return sorted(found - {"__future__"})


def modules(source: str) -> Iterator[str]:
    """Yield the modules that a source imports: whole names, without what is taken out of other people's modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module.partition(".")[0] in OURS:  # `from spark_app.lake import tables` names a module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(module: str, project: Path) -> list[Path]:
    if module in NOT_FOLLOWED:
        return []
    path = project / module.replace(".", "/")
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
