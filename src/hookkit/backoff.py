"""How often and when a handler that failed runs again."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from hookkit.errors import ConfigError
from hookkit.values import value

__all__ = ["UNSET", "Backoff", "Unset"]


@value(kw_only=True)
class Backoff:
    """Waits that grow by a factor up to a cap, each shortened at random by up to a quarter.

    The chance keeps what failed together (a database that was away) from coming back together.

    Args:
        attempts: runs in all, the first included; after the last the event is a dead letter.
        first: seconds before the second.
        factor: that each wait is longer than the one before.
        cap: seconds; no wait is longer.

    Raises:
        ConfigError: a number makes no sense.
    """

    attempts: int = 10
    first: float = 1.0
    factor: float = 2.0
    cap: float = 3600.0

    def __post_init__(self) -> None:
        if type(self.attempts) is not int or self.attempts < 1:
            raise ConfigError("Backoff(attempts=…) is a whole number of at least 1")
        if not 0 <= self.first <= self.cap or not self.factor >= 1:  # of a NaN neither is so
            raise ConfigError(
                "Backoff needs 0 <= first <= cap (seconds) and a factor of at least 1"
            )

    def wait(self, attempt: int, chance: Callable[[], float]) -> float | None:
        """Seconds after this attempt (from 1) until the next; ``None`` where it was the last.

        `chance` gives numbers from 0 to 1.
        """
        if attempt >= self.attempts:
            return None
        return self._grown(attempt - 1) * (1 - chance() / 4)

    def _grown(self, times: int) -> float:
        if not self.first:
            return 0.0  # and no NaN, as of infinity
        try:
            return min(self.first * float(self.factor) ** times, self.cap)
        except OverflowError:
            return self.cap


class Unset(Enum):
    """Stands for what a handler does not say, where ``None`` says something."""

    UNSET = "not said"


UNSET = Unset.UNSET
