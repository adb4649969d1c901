"""Why there was no answer from a URL, in words of whoever has to mend it."""

from __future__ import annotations

from errno import EHOSTUNREACH, ENETUNREACH
from socket import gaierror
from ssl import SSLError
from urllib.parse import urlsplit

from hookkit.cli.showing import legible

__all__ = ["unanswered"]


def unanswered(url: str, error: Exception) -> str:
    """A sentence that says what went wrong at this URL, and what to do."""
    parts = urlsplit(url)
    place = legible(f"{parts.scheme}://{parts.netloc}")
    match error:
        case ConnectionRefusedError():
            return f"nobody listens at {place}: is the receiver running, and is this its port?"
        case gaierror():
            host = legible(parts.hostname or "")
            return f"there is no host {host}: is it written right, and does this machine have a network?"
        case SSLError():
            return (
                f"no TLS with {place} ({legible(str(error))}): is it https there, with a certificate "
                "that this machine trusts?"
            )
        case TimeoutError():
            return f"no answer from {place} in time: what is the receiver waiting for?"
    if isinstance(error, OSError) and error.errno in (EHOSTUNREACH, ENETUNREACH):
        return f"there is no way to {place}: does this machine have a network?"
    return f"no HTTP answer from {place} ({type(error).__name__}): its log may say why"
