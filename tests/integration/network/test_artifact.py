"""A wrong, truncated or altered artifact is refused with a message that names what is wrong, before any row."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import GiveUp
from spark_app.network import artifact as artifacts
from spark_app.network.artifact import CARD, FLATBUFFER, WEIGHTS
from spark_app.network.probe import check

Parts = dict[str, bytes]
Change = Callable[[Parts], None]


def card(**changes: Any) -> Change:
    """Change fields of the card; None removes one."""

    def change(parts: Parts) -> None:
        found = json.loads(parts[CARD]) | changes
        parts[CARD] = json.dumps({name: value for name, value in found.items() if value is not None}).encode()

    return change


def whole_card(data: bytes) -> Change:
    return lambda parts: parts.update({CARD: data})


def cut(name: str, to: Callable[[int], int]) -> Change:
    return lambda parts: parts.update({name: parts[name][: to(len(parts[name]))]})


def flipped(name: str, at: Callable[[int], int]) -> Change:
    def change(parts: Parts) -> None:
        data = bytearray(parts[name])
        data[at(len(data))] ^= 1
        parts[name] = bytes(data)

    return change


def without(name: str) -> Change:
    def change(parts: Parts) -> None:
        del parts[name]

    return change


def hashed(change: Change) -> Change:
    """Let the card name the changed flatbuffer's own hash, as somebody would who edits both."""

    def both(parts: Parts) -> None:
        change(parts)
        card(artifact_sha256=hashlib.sha256(parts[FLATBUFFER]).hexdigest())(parts)

    return both


def flatbuffer(data: bytes) -> Change:
    return hashed(lambda parts: parts.update({FLATBUFFER: data}))


REFUSED: dict[str, tuple[Change, str]] = {
    "no card": (without(CARD), CARD),
    "an empty card": (whole_card(b""), CARD),
    "a card cut short": (cut(CARD, lambda size: size // 2), CARD),
    "a card that is a list": (whole_card(b"[]"), "must be object"),
    "a card that is no text": (whole_card(b"\xff\xfe\x00"), CARD),
    "a missing field": (card(probe=None), "probe"),
    "an unknown field": (card(colour="red"), "colour"),
    "an input size in words": (card(input_size="224"), "input_size"),
    "a negative input size": (card(input_size=-224), "input_size"),
    "an unknown precision": (card(precision="fp8"), "precision"),
    "a hash that is none": (card(artifact_sha256="abc"), "artifact_sha256"),
    "a probe of words": (card(probe=["0"] * 8), "probe"),
    "a probe that is too short": (card(probe=[]), "probe"),
    "another artifact's hash": (card(artifact_sha256="0" * 64), FLATBUFFER),
    "no flatbuffer": (without(FLATBUFFER), FLATBUFFER),
    "an empty flatbuffer": (cut(FLATBUFFER, lambda _: 0), FLATBUFFER),
    "half a flatbuffer": (cut(FLATBUFFER, lambda size: size // 2), FLATBUFFER),
    "a flatbuffer without its last byte": (cut(FLATBUFFER, lambda size: size - 1), FLATBUFFER),
    "a bit flipped at the start": (flipped(FLATBUFFER, lambda _: 0), FLATBUFFER),
    "a bit flipped in the middle": (flipped(FLATBUFFER, lambda size: size // 2), FLATBUFFER),
    "a bit flipped at the end": (flipped(FLATBUFFER, lambda size: size - 1), FLATBUFFER),
    "no weights": (without(WEIGHTS), WEIGHTS),
    "weights cut short": (cut(WEIGHTS, lambda size: size - 1), WEIGHTS),
    "a bit flipped in the weights": (flipped(WEIGHTS, lambda size: size // 3), WEIGHTS),
    "text for a flatbuffer, hashed": (flatbuffer(b"hello" * 100), "not a LiteRT model"),
    "half a flatbuffer, hashed": (hashed(cut(FLATBUFFER, lambda size: size // 2)), FLATBUFFER),
    "another input size than the card's": (card(input_size=160), "takes"),
    "another width than the card's": (card(feature_width=1000), "features"),
    "another network's answers": (card(probe=[9.0] * 8), "probe"),
    "answers that are no numbers": (card(probe=[float("nan")] * 8), "probe"),
}


@pytest.fixture(scope="module")
def right(artifact_folder: Path) -> Parts:
    return {name: (artifact_folder / name).read_bytes() for name in (CARD, FLATBUFFER, WEIGHTS)}


def written(folder: Path, parts: Parts) -> Path:
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(("change", "named"), REFUSED.values(), ids=REFUSED)
def test_an_artifact_that_is_not_right_is_refused_by_name(
    right: Parts, tmp_path: Path, change: Change, named: str
) -> None:
    parts = dict(right)
    change(parts)

    with pytest.raises(GiveUp, match=named):
        check(artifacts.load(written(tmp_path, parts)))


def test_the_artifact_itself_passes(right: Parts, tmp_path: Path) -> None:
    check(artifacts.load(written(tmp_path, right)))


def test_a_card_reads_back_as_it_was_written(right: Parts) -> None:
    found = artifacts.ArtifactCard.from_json(right[CARD])

    assert artifacts.ArtifactCard.from_json(found.to_json().encode()) == found


# In a child process, because what is under test is that it does not die. Every flip is of the graph or its shapes: in
# the weights, which are nine tenths of the file, a bit can only change what the probe answers.
_MUTANTS = """
import random, sys
from contracts.errors import GiveUp
from spark_app.network.probe import probe
data, refused = open(sys.argv[1], "rb").read(), 0
for seed in range(40):
    at = random.Random(seed)
    mutant = bytearray(data)
    for _ in range(at.randint(1, 8)):
        mutant[at.choice([at.randrange(8, 4096), at.randrange(len(data) - 40000, len(data))])] ^= 1 << at.randrange(8)
    try:
        probe(bytes(mutant), 224, 1280)
    except GiveUp:
        refused += 1
print(refused)
"""


def test_altered_graphs_whose_hash_was_made_to_fit_never_kill_the_process(artifact_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MUTANTS, str(artifact_folder / FLATBUFFER)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) > 0
