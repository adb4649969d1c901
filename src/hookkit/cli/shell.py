"""A command line to its words, as bash and its like read it; nothing in it is expanded or run."""

from __future__ import annotations

import re

from hookkit.errors import ConfigError

__all__ = ["split"]

_pieces = re.compile(
    r"""
      (?P<blank>    \s+ )
    | (?P<joined>   \\\r?\n )
    | \$'(?P<ansi>  (?:[^'\\]|\\.)* )'
    | \$?"(?P<double> (?:[^"\\]|\\.)* )"
    | '(?P<single>  [^']* )'
    | \\(?P<escaped> . )
    | (?P<plain>    [^\s'"\\$]+ | \$ )
    """,
    re.VERBOSE | re.DOTALL,
)
_in_double = re.compile(r'\\(\r?\n|["\\$`])')
_in_ansi = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)

LETTERS = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))
"""What stands for a control character behind a backslash, in ``$'…'``."""


def split(text: str) -> list[str]:
    """The words. Bytes that are no UTF-8 are surrogates, as `os.fsdecode` has them.

    Raises:
        ConfigError: a quotation does not end.
    """
    words: list[str] = []
    word: str | None = None
    at = 0
    while at < len(text):
        found = _pieces.match(text, at)
        if found is None:
            raise ConfigError(
                f"the curl command cannot be read: {text[at]} is opened and not closed"
            )
        at = found.end()
        if found.lastgroup == "joined":
            continue
        if found.lastgroup != "blank":
            word = (word or "") + _meant(found)
        elif word is not None:
            words.append(word)
            word = None
    return words if word is None else [*words, word]


def _meant(found: re.Match[str]) -> str:
    """What a piece of a word stands for."""
    text = found[found.lastgroup or 0]
    match found.lastgroup:
        case "ansi":
            return _in_ansi.sub(_unescaped, text)
        case "double":
            return _in_double.sub(lambda each: "" if each[1].endswith("\n") else each[1], text)
    return text


def _unescaped(found: re.Match[str]) -> str:
    byte, short, long, octal, letter = found.groups()
    if letter is not None:
        return LETTERS.get(letter, letter if letter in "\\'\"?" else f"\\{letter}")
    if short or long:
        code = int(short or long, 16)
        return chr(code) if code < 0x110000 else "\ufffd"
    return bytes([int(byte, 16) if byte else int(octal, 8) & 0xFF]).decode(
        "utf-8", "surrogateescape"
    )
