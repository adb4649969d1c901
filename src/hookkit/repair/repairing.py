"""`repair`: goes through a provider's list, and accepts what never arrived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hookkit.errors import ConfigError
from hookkit.messages import Request
from hookkit.repair.history import Ask, Found, History

__all__ = ["Repaired", "repair"]


class Intake(Protocol):
    """What accepts: `hookkit.inbox.intake.Intake`."""

    def known(self, ids: Sequence[str]) -> Collection[str]:
        """Which of these have come."""
        ...

    def take_repaired(self, request: Request) -> str:
        """Accept what was fetched: ``stored``, ``known`` or ``rejected``."""
        ...


@dataclass(slots=True)
class Repaired:
    """What a repair came upon.

    Attributes:
        seen: what the provider says it sent.
        known: had come, or was repaired before.
        unheard: no handler hears it.
        stored: is accepted now.
        rejected: could not be parsed, and is kept as such.
    """

    seen: int = 0
    known: int = 0
    unheard: int = 0
    stored: int = 0
    rejected: int = 0


def repair(
    intake: Intake,
    hears: Callable[[str], bool],
    history: History,
    ask: Ask,
    since: float | datetime,
    progress: Callable[[int], None] | None = None,
) -> Repaired:
    """Accept what is missing since then, the newest first. See `Receiver.repair`."""
    repaired = Repaired()
    seen: set[str] = set()
    for page in history.found(_seconds(since), ask):
        # Pages overlap where something is added meanwhile.
        new = {each.id: each for each in page if each.id not in seen}
        seen |= new.keys()
        _repair_page(intake, hears, list(new.values()), repaired)
        if progress is not None:
            progress(len(page))
    return repaired


def _repair_page(
    intake: Intake, hears: Callable[[str], bool], page: Sequence[Found], repaired: Repaired
) -> None:
    repaired.seen += len(page)
    heard = [found for found in page if hears(found.type)]
    repaired.unheard += len(page) - len(heard)
    known = intake.known([found.id for found in heard])
    repaired.known += sum(found.id in known for found in heard)
    for found in heard:
        if found.id not in known:
            outcome = intake.take_repaired(found.open())
            setattr(repaired, outcome, getattr(repaired, outcome) + 1)


def _seconds(since: float | datetime) -> float:
    if not isinstance(since, datetime):
        return since
    if since.tzinfo is None:
        raise ConfigError("a datetime says its time zone: datetime.now(UTC) - timedelta(days=3)")
    return since.timestamp()
