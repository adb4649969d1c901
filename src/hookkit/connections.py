"""HTTPS with one deadline for a whole answer: the standard library's time-outs begin anew with each byte."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPSHandler
from urllib.request import Request as Question

__all__ = ["Handler"]

PIECE = 16 * 1024
"""Bytes sent at once; a time-out counts for each."""


class Handler(HTTPSHandler):
    """Opens URLs as the standard library's does, but for the deadline."""

    def https_open(self, req: Question) -> HTTPResponse:
        context: Any = vars(self)["_context"]  # typeshed leaves it out
        return self.do_open(_Connection, req, context=context)


class _Connection(HTTPSConnection):
    """One question and its answer: `timeout` seconds from its making, for all of it."""

    def __init__(self, host: str, /, *, timeout: float | None = None, **given: Any) -> None:
        super().__init__(host, timeout=timeout, **given)
        self._deadline = time.monotonic() + (timeout or 0)
        self._create_connection = self._reach
        respond: Any = self._response  # called in place of a class
        self.response_class = respond

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        sock: Any = self.sock
        for start in range(0, len(data), PIECE):
            sock.settimeout(self._left())
            sock.sendall(data[start : start + PIECE])

    def _reach(self, address: tuple[str, int], *_given: object) -> socket.socket:
        """A socket to one of the name's addresses. Raises OSError.

        Each has its share of the time that is left: where one never answers, as over IPv6 that leads nowhere,
        there is time for the others.
        """
        failed: OSError | None = None
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
        for left, (*kind, _, where) in zip(range(len(found), 0, -1), found, strict=True):
            reached = socket.socket(*kind)
            try:
                reached.settimeout(self._left() / left)
                reached.connect(where)
                reached.settimeout(self._left())  # for the handshake, as a whole
            except OSError as error:
                reached.close()
                failed = error
            else:
                return reached
        raise failed or OSError("its name has no address")

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("its answer took too long")
        return left

    def _response(self, sock: socket.socket, **given: Any) -> HTTPResponse:
        readable: Any = _Readable(sock, self)
        return HTTPResponse(readable, **given)


class _Readable:
    """A socket, as far as a response looks at it."""

    def __init__(self, sock: socket.socket, connection: _Connection) -> None:
        self._sock = sock
        self._connection = connection

    def makefile(self, *_mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._connection))


class _Incoming(io.RawIOBase):
    """What comes in on a socket, each piece before the deadline of all."""

    def __init__(self, sock: socket.socket, connection: _Connection) -> None:
        self._sock = sock
        self._connection = connection
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._connection._left())  # noqa: SLF001  # the same module's
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
