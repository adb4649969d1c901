"""A ``curl`` command line to the request that curl would send."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from hookkit.cli.shell import split
from hookkit.errors import ConfigError
from hookkit.messages import Request

__all__ = ["request_of"]

WITH_VALUE = "AbcCDdeEFHhKmMoPQrtTuUwxXyYz"
"""Letters of options that take a value; all others are flags."""

DATA = frozenset(["data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"])

LONG = {
    "A": "user-agent", "b": "cookie", "d": "data", "e": "referer", "F": "form", "G": "get",
    "H": "header", "I": "head", "T": "upload-file", "u": "user", "X": "request",
}  # fmt: skip
"""Letters of what is looked at."""

FLAGS = frozenset(
    ["basic", "compressed", "digest", "fail", "fail-with-body", "get", "globoff", "head", "http1.0",
     "http1.1", "http2", "http3", "include", "insecure", "ipv4", "ipv6", "location", "location-trusted",
     "path-as-is", "progress-bar", "raw", "remote-name", "show-error", "silent", "ssl", "ssl-reqd",
     "tlsv1.2", "tlsv1.3", "verbose"]
)  # fmt: skip
"""Long options that take no value."""


def request_of(command: bytes) -> Request:
    """The request. Files that the command names are read.

    Raises:
        ConfigError: it cannot be read, or has no URL, or sends a form whose bytes cannot be known.
    """
    words = split(command.decode("utf-8", "surrogateescape"))[1:]
    found = Curl()
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            _take_long(found, word, words)
        elif word.startswith("-") and len(word) > 1:
            _take_letters(found, word[1:], words)
        else:
            found.take("url", word)
    return found.request()


def _take_long(found: Curl, word: str, rest: list[str]) -> None:
    option, given, value = word[2:].partition("=")
    if option in FLAGS or option.startswith("no-"):
        found.take(option, "")
    else:
        found.take(option, value if given else _next(rest))


def _take_letters(found: Curl, letters: str, rest: list[str]) -> None:
    """Flags may stand together, and a value may follow its letter without a blank: ``-sXPOST``."""
    for at, letter in enumerate(letters, 1):
        option = LONG.get(letter, "")
        if letter in WITH_VALUE:
            found.take(option, letters[at:] or _next(rest))
            return
        found.take(option, "")


def _next(rest: list[str]) -> str:
    return rest.pop(0) if rest else ""


class Curl:
    """What a curl command says so far."""

    def __init__(self) -> None:
        self._method = ""
        self._url = ""
        self._headers: list[tuple[str, str]] = []
        self._data: list[bytes] = []
        self._in_query = False
        self._media = "application/x-www-form-urlencoded"

    def take(self, option: str, value: str) -> None:
        """An option by its long name. What does not change the request is passed over."""
        if option in DATA:
            self._take_data(option, value)
        elif option in TAKEN:
            TAKEN[option](self, value)
        elif option in ("form", "form-string", "upload-file"):
            raise ConfigError(
                f"--{option} sends bytes that the command does not tell: save the request as raw HTTP instead"
            )

    def _take_data(self, option: str, value: str) -> None:
        if option == "json":
            self._media = "application/json"
            self._data = [b"".join([*self._data, _data("data-binary", value)])]
        else:
            self._data.append(_data(option, value))

    def take_url(self, value: str) -> None:
        self._url = value if "://" in value else f"http://{value}"

    def take_header(self, value: str) -> None:
        """``Name: value``; ``Name;`` is one without a value, and ``Name:`` none at all."""
        name, colon, told = value.partition(":")
        if colon and told.strip():
            self._headers.append((name.strip(), told.strip()))
        elif not colon and value.endswith(";"):
            self._headers.append((value[:-1].strip(), ""))

    def take_method(self, value: str) -> None:
        self._method = value

    def take_user(self, value: str) -> None:
        told = base64.b64encode(_bytes(value)).decode()
        self._headers.append(("Authorization", f"Basic {told}"))

    def take_get(self, _: str) -> None:
        self._in_query = True

    def take_head(self, _: str) -> None:
        self._method = self._method or "HEAD"

    def request(self) -> Request:
        """The request that curl would send."""
        if not self._url:
            raise ConfigError("the curl command has no URL")
        body = b"&".join(self._data)
        if self._in_query:
            mark = "&" if "?" in self._url else "?"
            url = f"{self._url}{mark}{body.decode('latin-1')}" if body else self._url
            return Request(self._method or "GET", self._headers, url=url)
        headers = [(name, _as_latin(value)) for name, value in self._headers]
        if self._data and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", self._media))
        method = self._method or ("POST" if self._data else "GET")
        return Request(method, headers, body, url=self._url)


TAKEN: dict[str, Callable[[Curl, str], None]] = {
    "url": Curl.take_url,
    "header": Curl.take_header,
    "request": Curl.take_method,
    "user": Curl.take_user,
    "get": Curl.take_get,
    "head": Curl.take_head,
    "user-agent": lambda curl, value: curl.take_header(f"User-Agent: {value}"),
    "cookie": lambda curl, value: curl.take_header(f"Cookie: {value}"),
    "referer": lambda curl, value: curl.take_header(f"Referer: {value}"),
}
"""Options that change the request, beside the data."""


def _data(option: str, value: str) -> bytes:
    if option == "data-urlencode":
        return _encoded(value)
    if option == "data-raw" or not value.startswith("@"):
        return _bytes(value)
    content = _content(value[1:])
    # As curl: only --data-binary leaves line ends and null bytes.
    return content if option == "data-binary" else content.translate(None, b"\r\n\0")


def _encoded(value: str) -> bytes:
    """``content``, ``=content``, ``name=content``, ``@file``, ``name@file``."""
    cut = min((at for mark in "=@" if (at := value.find(mark)) >= 0), default=-1)
    name, mark = value[: max(cut, 0)], value[cut] if cut >= 0 else ""
    content = _content(value[cut + 1 :]) if mark == "@" else _bytes(value[cut + 1 :])
    told = quote(content, safe="")
    return _bytes(f"{name}={told}" if name else told)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else "no file's name"
        raise ConfigError(f"{file}, which the curl command sends: {told}") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _as_latin(text: str) -> str:
    """A header's value as the bytes of the wire read as latin-1, as `Request` has it."""
    return _bytes(text).decode("latin-1")
