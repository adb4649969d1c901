"""Heads of requests, byte for byte: WSGI tells neither the case of names nor their order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler

from hookkit.messages import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["HEAD", "HeadKeeper", "SentHeaders"]

HEAD = "hookkit.head"
"""Key of the environ: the request line and the header fields, to the empty line."""

_folded = re.compile(rb"\r?\n[ \t]+")


class HeadKeeper(WSGIRequestHandler):
    """Serves as werkzeug does, and keeps each head."""

    def parse_request(self) -> bool:
        connection: Any = self.rfile
        heard: Any = Heard(connection, self.raw_requestline)
        self.rfile = heard
        try:
            return super().parse_request()
        finally:
            self._head = b"".join(heard.lines)
            self.rfile = connection

    def make_environ(self) -> WSGIEnvironment:
        return super().make_environ() | {HEAD: self._head}


class Heard:
    """A file whose lines are kept as they are read."""

    def __init__(self, file: Any, first: bytes) -> None:
        self._file = file
        self.lines = [first]

    def readline(self, limit: int = -1) -> bytes:
        """The next line."""
        line: bytes = self._file.readline(limit)
        self.lines.append(line)
        return line


class SentHeaders(Headers):
    """Those of a head, with their names as they are written, in their order, and repeated where they are."""

    __slots__ = ("_fields",)

    def __init__(self, head: bytes) -> None:
        lines = _folded.sub(b" ", head).decode("latin-1").split("\n")[1:]
        pairs = [line.partition(":") for line in lines if ":" in line]
        self._fields = [(name.strip(" \t"), value.strip(" \t\r")) for name, _, value in pairs]
        super().__init__(self._fields)

    def items(self) -> Iterable[tuple[str, str]]:
        """Pairs of name and value, as they were sent."""
        return self._fields
