"""The licences of what is in an archive: a list, and the texts."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.parser import HeaderParser
from pathlib import Path

from infra.emr.environment.inputs import Source

FOLDER = "licences"
LIST = "licences.json"
_TROVE = "License :: "
_SITE = "lib/python3.11/site-packages"


@dataclass(frozen=True, slots=True, order=True)
class Licence:
    """What a part of the archive is, and under which licence. `texts` names where in the archive the words are."""

    name: str
    version: str
    licence: str
    texts: str


def of_metadata(text: str, texts: str) -> Licence:
    """Return what a package's METADATA says: SPDX's expression, else a short licence, else classifiers. Pure."""
    headers = HeaderParser().parsestr(text)
    short = (headers.get("License") or "").strip()
    classified = [line.rpartition(" :: ")[2] for line in headers.get_all("Classifier", []) if line.startswith(_TROVE)]
    said = headers.get("License-Expression") or (short if 0 < len(short) < 100 else "") or ", ".join(classified)
    return Licence(headers["Name"], headers["Version"], " ".join(said.split()) or "not said", texts)


def of_sources(sources: Sequence[Source]) -> list[Licence]:
    """Return the licences of CPython and of the C libraries in it. Pure."""
    return [Licence(of.name, of.version, of.licence, f"{FOLDER}/{of.name}.txt") for of in sources]


def write_licences(root: Path, texts: Path, sources: Sequence[Source]) -> None:
    """Write the list and the texts into an environment; packages keep theirs beside their metadata."""
    shutil.copytree(texts, root / FOLDER)
    metadata = sorted((root / _SITE).glob("*.dist-info/METADATA"))
    packages = [of_metadata(path.read_text(), str(path.parent.relative_to(root))) for path in metadata]
    listed = [asdict(one) for one in [*of_sources(sources), *packages]]
    (root / FOLDER / LIST).write_text(json.dumps(listed, indent=1) + "\n")


def read_licences(root: Path) -> list[Licence]:
    """Return the list of an unpacked environment; none if it has no list."""
    path = root / FOLDER / LIST
    return [Licence(**one) for one in json.loads(path.read_text())] if path.is_file() else []
