"""An object store that dies at its n-th call, before or after the call did its work."""

from dataclasses import dataclass, field

from spark_app.stores.conditional_store import Objects, Stored


class CrashError(Exception):
    """The process is gone."""


@dataclass
class FailingObjects:
    """`Objects` around another; writes are counted from 1, and the one at `at` crashes. After it, nothing answers."""

    inner: Objects
    at: int = 0
    after: bool = False
    """Whether the write that crashes has been done; only its answer is lost."""
    writes: list[str] = field(default_factory=list)

    def get(self, key: str) -> Stored | None:
        self._refuse_if_dead()
        return self.inner.get(key)

    def names(self, prefix: str) -> list[str]:
        self._refuse_if_dead()
        return self.inner.names(prefix)

    def create(self, key: str, data: bytes) -> bool:
        self._count(key)
        done = self.inner.create(key, data) if self._works() else False
        self._refuse_if_dead()
        return done

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        self._count(key)
        done = self.inner.swap(key, data, etag) if self._works() else False
        self._refuse_if_dead()
        return done

    def _count(self, key: str) -> None:
        self._refuse_if_dead()
        self.writes.append(key)

    def _works(self) -> bool:
        return len(self.writes) != self.at or self.after

    def _refuse_if_dead(self) -> None:
        if self.at and len(self.writes) >= self.at:
            raise CrashError(f"write {self.at}")
