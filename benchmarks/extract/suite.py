"""Which arms there are, and which of them the targets are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.extract.photo_sets import SETS, WARM_UP, PhotoSet

INT8_160, INT8_224 = "efficientnet_lite0-160-int8", "efficientnet_lite0-224-int8"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to turn photos into features. `source` is where its photos are read: folder, cloud, s3-0ms or s3-50ms.

    `floor` is the arm whose features its own are compared with. `warm_up`: a small pass goes before the one that is
    timed. `photos` None means all of the set.
    """

    module: str
    floor: str = "floor"
    artifact: str = "efficientnet_lite0-224-fp32"
    source: str = "folder"
    set: str = "fruits360"
    photos: int | None = None
    warm_up: bool = True
    once: bool = False

    @property
    def photo_set(self) -> PhotoSet:
        """The set of its photos."""
        return SETS[self.set]

    def counts(self, limit: int | None = None) -> list[int]:
        """Return how many photos each pass takes, `limit` at most."""
        count = min(self.photos or self.photo_set.count, limit or 1 << 30)
        return [max(2, count // WARM_UP), count] if self.warm_up else [count]


_EACH_SET = {
    "floor": Arm("arms.floor"),
    "ours": Arm("arms.ours"),
    "brief": Arm("arms.brief"),
    "daft": Arm("peers.daft_arm"),
    "ray": Arm("peers.ray_arm"),
}
_FRUITS: Mapping[str, Arm] = {
    **_EACH_SET,
    "ours-cold": Arm("arms.cold", warm_up=False),
    "predict_batch_udf": Arm("arms.predict_batch", once=True),
    "floor-160-int8": Arm("arms.floor", "floor-160-int8", INT8_160),
    "ours-160-int8": Arm("arms.ours", "floor-160-int8", INT8_160),
    "floor-224-int8": Arm("arms.floor", "floor-224-int8", INT8_224),
    "ours-224-int8": Arm("arms.ours", "floor-224-int8", INT8_224),
    "ours-cloud": Arm("arms.ours", source="cloud"),
    "daft-cloud": Arm("peers.daft_arm", source="cloud", once=True),
    "ray-cloud": Arm("peers.ray_arm", source="cloud", once=True),
    "ours-s3-0ms": Arm("arms.ours", source="s3-0ms"),
    "ours-s3-50ms": Arm("arms.ours", source="s3-50ms"),
    "ours-1000-photos": Arm("arms.ours", photos=1_000, warm_up=False, once=True),
    "ours-20000-photos": Arm("arms.ours", photos=20_000, warm_up=False, once=True),
}
_PHONES = {
    f"{name}-{each}": replace(arm, set=each, floor=f"floor-{each}")
    for each in SETS
    if each != "fruits360"
    for name, arm in _EACH_SET.items()
}
_FEW = {"ours-12mp-24-photos": Arm("arms.ours", "floor-12mp", set="12mp", photos=24, warm_up=False, once=True)}
ARMS: Mapping[str, Arm] = {**_FRUITS, **_PHONES, **_FEW}


@dataclass(frozen=True, slots=True)
class Block:
    """Arms that take turns, round by round, so that those that are compared run next to each other.

    `once`: those of them that run in the first round alone, beside those whose arm is always so.
    """

    arms: Sequence[str]
    rounds: int
    once: Sequence[str] = ()

    def turns(self) -> list[tuple[int, str]]:
        """Return the number of the round and the arm of each turn; every second round runs backwards.

        So an arm that heats the machine is not always the neighbour of the same other one.
        """
        found: list[tuple[int, str]] = []
        for number in range(self.rounds):
            arms = [name for name in self.arms if number == 0 or not (ARMS[name].once or name in self.once)]
            found += [(number, name) for name in (arms[::-1] if number % 2 else arms)]
        return found


def _of(set_name: str) -> list[str]:
    return [f"{name}-{set_name}" for name in _EACH_SET]


ESSENTIAL: Sequence[Block] = (
    Block(("floor", "ours", "ours-cold", "daft", "ray", "brief"), 5, once=["brief"]),
    Block(_of("12mp"), 5),
    Block(("floor-160-int8", "ours-160-int8"), 5),
    Block(_of("3mp"), 2),
    Block([*_of("heic"), "ours-12mp-24-photos"], 2),
)
"""What the targets are about, in the order of their weight: whatever ends it, what was measured is kept."""
