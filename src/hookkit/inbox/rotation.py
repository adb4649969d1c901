"""Which of the live secrets verify: whether an old one can be removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hookkit.inbox.book import SecretUse

__all__ = ["SecretReport", "report"]

DAY = 86400.0


class SecretReport(NamedTuple):
    """What is known of a live secret.

    Attributes:
        source: the receiver's.
        place: 0 for the newest.
        label: tells it from the others, and nothing of it.
        times: how often it verified.
        last_at: unix seconds; ``None``: never.
        removable: another verifies, and this one has not for as long as deliveries are sent again.
        advice: in words.
    """

    source: str
    place: int
    label: str
    times: int
    last_at: float | None
    removable: bool
    advice: str


def report(
    live: Mapping[str, Sequence[str]],
    uses: Sequence[SecretUse],
    horizons: Mapping[str, float],
    now: float,
) -> list[SecretReport]:
    """For each live secret, the newest first.

    Args:
        live: each source's labels, the newest first.
        uses: what the store knows.
        horizons: seconds for which a source's deliveries may be sent again, at least a day is waited.
        now: unix seconds.
    """
    known = {(use.source, use.label): use for use in uses}
    found: list[SecretReport] = []
    for source, labels in live.items():
        used = [known.get((source, label)) for label in labels]
        found += _of_source(source, labels, used, max(DAY, horizons.get(source, 0.0)), now)
    return found


def _of_source(
    source: str,
    labels: Sequence[str],
    used: Sequence[SecretUse | None],
    wait: float,
    now: float,
) -> Iterator[SecretReport]:
    newest = used[0] if used else None
    for place, (label, use) in enumerate(zip(labels, used, strict=True)):
        removable, advice = _newest(use) if place == 0 else _older(use, newest, wait, now)
        times, last = (0, None) if use is None else (use.times, use.last_at)
        yield SecretReport(source, place, label, times, last, removable, advice)


def _newest(use: SecretUse | None) -> tuple[bool, str]:
    return False, "in use" if use else "has not verified yet: is it set at the provider?"


def _older(
    use: SecretUse | None, newest: SecretUse | None, wait: float, now: float
) -> tuple[bool, str]:
    if newest is None:
        return False, "keep it: the newest has not verified yet"
    # Of both the later: before the newest was in use, silence of the old one told nothing.
    quiet = now - max(newest.first_at, use.last_at if use else 0.0)
    if quiet >= wait:
        return True, "safe to remove: the newest verifies, and this one no longer does"
    left = max(1.0, (wait - quiet) / 3600)
    return False, f"keep it: safe in {left:.0f} hours, if it does not verify again"
