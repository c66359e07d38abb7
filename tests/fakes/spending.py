"""A fake of `services.spending.Spending`: in memory, and passing the suite that the DynamoDB adapter passes."""

import threading
from collections import defaultdict
from datetime import datetime

from chalicelib.domain.budget import Month, month_name


class FakeSpending:
    """Spending in dictionaries under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.days: dict[str, dict[str, float]] = defaultdict(dict)
        self.releases: dict[str, list[float]] = defaultdict(list)

    def add(self, run_id: str, usd: float, day: datetime) -> bool:
        with self._lock:
            known = self.days[f"{day:%Y-%m-%d}"]
            if run_id in known:
                return False
            known[run_id] = usd
            return True

    def month(self, month: str) -> Month:
        with self._lock:
            runs = [usd for day, known in self.days.items() if day.startswith(month) for usd in known.values()]
            return Month(sum(runs), len(runs), max(self.releases[month], default=0.0))

    def release(self, month: str, until_eur: float, at: datetime) -> None:
        assert month_name(at) == month
        self.releases[month].append(until_eur)
