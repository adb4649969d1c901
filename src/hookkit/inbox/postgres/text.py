"""What the statements of a Postgres store have in common."""

from __future__ import annotations

__all__ = ["AGE", "CHANNEL", "clean"]

AGE = (
    "(SELECT age + extract(epoch FROM greatest('0'::interval, least('2 hours'::interval, "
    "clock_timestamp() - counted_at))) FROM hookkit_clock)"
)
"""Seconds for which the inbox was up. It is counted at least every two hours while somebody works; what is
more, the clock was set, or nobody was there."""

CHANNEL = (
    "CASE WHEN octet_length(current_schema()) <= 55 THEN 'hookkit:' || current_schema() "
    "ELSE 'hookkit:' || md5(current_schema()) END"
)
"""Where news is told of: a channel of each schema's own, in less than the 64 bytes that Postgres takes."""


def clean(text: str) -> str:
    """The text; where Postgres cannot hold it (NUL, half a surrogate pair), spelt out."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ascii(text)
    return ascii(text) if "\0" in text else text
