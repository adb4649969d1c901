"""Requests that somebody saved: raw HTTP, a HAR file, or a ``curl`` command line."""

from __future__ import annotations

import base64
import json
import re
import shlex
from pathlib import Path
from typing import Any

from hookkit.errors import ConfigError
from hookkit.messages import Request

__all__ = ["read", "written"]

_request_line = re.compile(rb"([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?\r?\n").match
_ansi_c = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
_break = re.compile(r"\\\r?\n")

NO_RECORDING = (
    "this is no saved request: give raw HTTP (POST /path HTTP/1.1, headers, an empty line, the body), "
    "a HAR file, or a curl command"
)


def read(content: bytes) -> list[Request]:
    """The requests in it. Raises ConfigError."""
    if content.lstrip()[:1] == b"{":
        return _har(content)
    if content.lstrip()[:5] in (b"curl ", b"curl\t"):
        return [_curl(content)]
    if _request_line(content):
        return [_raw(content)]
    raise ConfigError(NO_RECORDING)


def written(request: Request) -> bytes:
    """The request as raw HTTP, for `read`; the body byte for byte."""
    path = f"{request.path}?{request.query}" if request.query else request.path
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"{request.method} {path or '/'} HTTP/1.1\r\n{fields}\r\n"
    return head.encode("latin-1", "backslashreplace") + request.body


def _raw(content: bytes) -> Request:
    blank = re.search(rb"\r?\n\r?\n", content)
    head = content if blank is None else content[: blank.start()]
    body = b"" if blank is None else content[blank.end() :]
    first, *lines = head.decode("latin-1").splitlines()
    method, url, *_ = first.split(" ")
    fields = [line.partition(":") for line in lines if ":" in line]
    headers = [(name.strip(), value.strip()) for name, _, value in fields]
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    if lengths and lengths[0].isdecimal() and int(lengths[0]) < len(body):
        body = body[: int(lengths[0])]  # an editor has put a newline at the end
    return Request(method, headers, body, url=url)


def _har(content: bytes) -> list[Request]:
    try:
        entries = json.loads(content)["log"]["entries"]
        return [_har_request(entry["request"]) for entry in entries]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError(NO_RECORDING) from None


def _har_request(told: dict[str, Any]) -> Request:
    posted = told.get("postData") or {}
    text = posted.get("text", "")
    body = base64.b64decode(text) if posted.get("encoding") == "base64" else text.encode()
    fields = [(each["name"], each["value"]) for each in told["headers"]]
    # Browsers note the pseudo-headers of HTTP/2, too.
    headers = [(name, value) for name, value in fields if not name.startswith(":")]
    return Request(told["method"], headers, body, url=told["url"])


def _curl(content: bytes) -> Request:
    text = _break.sub(" ", content.decode("utf-8", "surrogateescape"))
    quoted = _ansi_c.sub(lambda found: shlex.quote(_unescaped(found[1])), text)
    try:
        words = shlex.split(quoted)[1:]
    except ValueError as error:
        raise ConfigError(f"the curl command cannot be read: {error}") from None
    found = Curl()
    while words:
        found.take(words.pop(0), words)
    return found.request()


class Curl:
    """What a curl command says so far."""

    def __init__(self) -> None:
        self._method = ""
        self._url = ""
        self._headers: list[tuple[str, str]] = []
        self._data: list[bytes] = []

    def take(self, word: str, rest: list[str]) -> None:
        """An option with its value, which may be the next word, or the URL."""
        if not word.startswith("-"):
            self._url = word
            return
        option, given, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option in FLAGS:
            return
        if not given:
            value = rest.pop(0) if rest else ""
        if option in ("-H", "--header"):
            name, _, told = value.partition(":")
            self._headers.append((name.strip(), told.strip()))
        elif option in ("-X", "--request"):
            self._method = value
        elif option in ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii"):
            self._data.append(_data(option, value))
        elif option == "--url":
            self._url = value

    def request(self) -> Request:
        """The request that curl would send."""
        headers = self._headers
        if self._data and not any(name.lower() == "content-type" for name, _ in headers):
            headers = [*headers, ("Content-Type", "application/x-www-form-urlencoded")]
        method = self._method or ("POST" if self._data else "GET")
        return Request(method, headers, b"&".join(self._data), url=self._url)


FLAGS = frozenset(
    ["--compressed", "-s", "--silent", "-S", "--show-error", "-k", "--insecure", "-L", "--location",
     "-v", "--verbose", "-i", "--include", "-f", "--fail", "-g", "--globoff", "-G", "--get"]
)  # fmt: skip
"""Options of curl that take no value."""


def _data(option: str, value: str) -> bytes:
    if not value.startswith("@") or option == "--data-raw":
        return value.encode("utf-8", "surrogateescape")
    try:
        content = Path(value[1:]).read_bytes()
    except OSError as error:
        raise ConfigError(f"{value[1:]}, which the curl command sends: {error.strerror}") from None
    # As curl: only --data-binary leaves line ends.
    return content if option == "--data-binary" else content.replace(b"\r", b"").replace(b"\n", b"")


def _unescaped(text: str) -> str:
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
