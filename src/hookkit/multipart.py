"""Forms of several parts (RFC 7578), strictly and in one pass: texts by their names, files left out."""

from __future__ import annotations

from hookkit.errors import BadBody

__all__ = ["decode_multipart", "encode_multipart"]

LONGEST_HEAD = 8 * 1024
"""Bytes of one part's header fields."""

LONGEST_BOUNDARY = 70
"""RFC 2046 section 5.1.1."""

_END = (b"--", b"--\r\n")


def decode_multipart(body: bytes, most: int) -> list[tuple[str, str]]:
    """The names and texts of the fields, of `most` parts at the most. Raises BadBody.

    The boundary is taken from the body itself, which must begin with it; no header can then make one
    body two forms.
    """
    delimiter = _delimiter(body)
    first, *others = body[len(delimiter) :].split(b"\r\n" + delimiter)
    parts, end = [first, *others[:-1]], others[-1:]
    if not end or end[0] not in _END:
        raise BadBody("the form's last boundary is missing, or something stands after it")
    if len(parts) > most:
        raise BadBody("the form has too many parts")
    return [field for part in parts if (field := _field(part)) is not None]


def _delimiter(body: bytes) -> bytes:
    line, _, _ = body[: LONGEST_BOUNDARY + 4].partition(b"\r\n")
    if not line.startswith(b"--") or not 2 < len(line) <= LONGEST_BOUNDARY + 2:
        raise BadBody("the form does not begin with its boundary")
    return line


def _field(part: bytes) -> tuple[str, str] | None:
    """Name and text, or nothing for a file."""
    head, blank, content = part.partition(b"\r\n\r\n")
    if not head.startswith(b"\r\n") or not blank or len(head) > LONGEST_HEAD:
        raise BadBody("a part of the form has no header fields, or too long ones")
    try:
        disposition = _disposition(head.decode())
        if "filename" in disposition:
            return None
        return disposition["name"], content.decode()
    except UnicodeDecodeError:
        raise BadBody("a part of the form is not UTF-8") from None
    except KeyError:
        raise BadBody("a part of the form has no name") from None


def _disposition(head: str) -> dict[str, str]:
    """The parameters of the part's Content-Disposition."""
    from werkzeug.http import parse_options_header  # few providers send such forms

    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip(" \t").lower() == "content-disposition":
            return parse_options_header(value)[1]
    return {}


def encode_multipart(pairs: list[tuple[str, str]], like: bytes) -> bytes:
    """A form of these fields, with the boundary of another. Raises BadBody."""
    delimiter = _delimiter(like)
    parts = (
        b'%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (delimiter, name.encode(), text.encode())
        for name, text in pairs
    )
    return b"".join(parts) + delimiter + b"--\r\n"
