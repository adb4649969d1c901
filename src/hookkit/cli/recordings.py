"""Requests that somebody saved: raw HTTP, a HAR file, or a ``curl`` command line."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from hookkit.cli.curl import request_of
from hookkit.errors import ConfigError
from hookkit.messages import Request

__all__ = ["joined", "read", "written"]

_request_line = re.compile(rb"([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?\r?\n").match
_blank_line = re.compile(rb"\r?\n\r?\n")
_in_chunks = re.compile(rb"^transfer-encoding:[^\n]*\n", re.IGNORECASE | re.MULTILINE)
_chunk = re.compile(rb"([0-9A-Fa-f]+)[^\r\n]*\r\n")

BOM = b"\xef\xbb\xbf"
BLANKS = " \t\r"
"""What may stand around a header's value."""

NO_RECORDING = (
    "this is no saved request: give raw HTTP (POST /path HTTP/1.1, headers, an empty line, the body), "
    "a HAR file, or a curl command"
)


def read(content: bytes) -> list[Request]:
    """The requests in it, at least one. Raises ConfigError."""
    begun = content.removeprefix(BOM).lstrip()
    if begun[:1] == b"{":
        return _har(begun)
    if begun[:5] in (b"curl ", b"curl\t"):
        return [request_of(begun)]
    if _request_line(content):
        return [_raw(content)]
    raise ConfigError(NO_RECORDING)


def written(request: Request) -> bytes:
    """The request as raw HTTP, for `read`; the body byte for byte."""
    path = f"{request.path}?{request.query}" if request.query else request.path
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"{request.method} {path or '/'} HTTP/1.1\r\n{fields}\r\n"
    return head.encode("latin-1", "backslashreplace") + request.body


def joined(head: bytes, body: bytes) -> bytes:
    """A head as it was sent, and its body in one piece, for `read`."""
    told = b"Content-Length: %d\r\n" % len(body)
    return _in_chunks.sub(told, head, count=1) + body


def _raw(content: bytes) -> Request:
    blank = _blank_line.search(content)
    head = content if blank is None else content[: blank.start()]
    body = b"" if blank is None else content[blank.end() :]
    # Not splitlines(): it takes bytes of UTF-8 in a header for ends of lines.
    first, *lines = head.decode("latin-1").split("\n")
    method, url, *_ = first.strip().split(" ")
    fields = [line.partition(":") for line in lines if ":" in line]
    headers = [(name.strip(BLANKS), value.strip(BLANKS)) for name, _, value in fields]
    return Request(method, headers, _as_sent(body, headers), url=url)


def _as_sent(body: bytes, headers: list[tuple[str, str]]) -> bytes:
    """The body without what the connection, or an editor, has put around it."""
    told = {name.lower(): value for name, value in headers}
    if told.get("transfer-encoding", "").lower() == "chunked":
        return _without_chunks(body)
    length = told.get("content-length", "")
    if length.isdecimal() and int(length[:18]) < len(body):
        return body[: int(length)]  # an editor has put a newline at the end
    return body


def _without_chunks(body: bytes) -> bytes:
    """The body in one piece; as it is where it is in one already."""
    pieces: list[bytes] = []
    at = 0
    while found := _chunk.match(body, at):
        size = int(found[1][:16], 16)
        if not size:
            return b"".join(pieces)
        pieces.append(body[found.end() : found.end() + size])
        at = found.end() + size + len(b"\r\n")
    return body


def _har(content: bytes) -> list[Request]:
    try:
        entries = json.loads(content)["log"]["entries"]
        found = [_har_request(entry["request"]) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(NO_RECORDING) from None
    if not found:
        raise ConfigError("this HAR file has no entries: nothing was sent while it was recorded")
    return found


def _har_request(told: dict[str, Any]) -> Request:
    posted = told.get("postData") or {}
    text = _text(posted.get("text", ""))
    packed = posted.get("encoding") == "base64"
    body = base64.b64decode(text, validate=True) if packed else text.encode()
    fields = [(_text(each["name"]), _text(each["value"])) for each in told["headers"]]
    # Browsers note the pseudo-headers of HTTP/2, too.
    headers = [(name, value) for name, value in fields if not name.startswith(":")]
    return Request(_text(told["method"]), headers, body, url=_text(told["url"]))


def _text(value: object) -> str:
    """The text. Raises TypeError where it is none."""
    if not isinstance(value, str):
        raise TypeError
    return value
