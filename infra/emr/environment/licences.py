"""The licences of what is in an archive: a list, and the texts."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from email.parser import HeaderParser
from pathlib import Path
from types import MappingProxyType

from infra.emr.environment.inputs import Source

FOLDER = "licences"
LIST = "licences.json"
BUNDLED: Mapping[str, str] = MappingProxyType(
    {
        "libXau": "MIT",
        "libavif": "BSD-2-Clause",
        "libbrotlicommon": "MIT",
        "libbrotlidec": "MIT",
        "libde265": "LGPL-3.0-or-later",
        "libfreetype": "FTL",
        "libgfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "libharfbuzz": "MIT",
        "libheif": "LGPL-3.0-or-later",
        "libjpeg": "IJG AND BSD-3-Clause",
        "liblcms2": "MIT",
        "liblzma": "0BSD",
        "libopenjp2": "BSD-2-Clause",
        "libpng16": "libpng-2.0",
        "libquadmath": "LGPL-2.1-or-later",
        "libscipy_openblas64_": "BSD-3-Clause",
        "libsharpyuv": "BSD-3-Clause",
        "libtiff": "libtiff",
        "libwebp": "BSD-3-Clause",
        "libwebpdemux": "BSD-3-Clause",
        "libwebpmux": "BSD-3-Clause",
        "libx265": "GPL-2.0-or-later",
        "libxcb": "MIT",
        "libzstd": "BSD-3-Clause",
    }
)
"""The licences of the C libraries that wheels bring along, as their own projects state them. Packages' metadata names
only the package's own, though its texts have them all."""
_TROVE = "License :: "
_LIBRARY = re.compile(r"(?P<name>lib\w+?)-[0-9a-f]{8}(-[0-9a-f]{8})?\.so(\.(?P<version>[\d.]+))?")
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


def of_library(file: str, texts: str) -> Licence | None:
    """Return the licence of a library that a wheel brings, by its file; None if it is no such file. Pure."""
    found = _LIBRARY.fullmatch(file)
    if found is None:
        return None
    name = found["name"]
    return Licence(name, found["version"] or "", BUNDLED.get(name, "not said"), texts)


def write_licences(root: Path, texts: Path, sources: Sequence[Source]) -> None:
    """Write the list and the texts into an environment; packages keep theirs beside their metadata."""
    shutil.copytree(texts, root / FOLDER)
    metadata = sorted((root / _SITE).glob("*.dist-info/METADATA"))
    packages = [of_metadata(path.read_text(), str(path.parent.relative_to(root))) for path in metadata]
    bundled = (of_library(path.name, path.parent.name) for path in sorted((root / _SITE).glob("*.libs/*")))
    listed = [asdict(one) for one in [*of_sources(sources), *packages, *filter(None, bundled)]]
    (root / FOLDER / LIST).write_text(json.dumps(listed, indent=1) + "\n")


def read_licences(root: Path) -> list[Licence]:
    """Return the list of an unpacked environment; none if it has no list."""
    path = root / FOLDER / LIST
    return [Licence(**one) for one in json.loads(path.read_text())] if path.is_file() else []
