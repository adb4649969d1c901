"""XML to dictionaries, without DTDs and entities of its own, and within bounds."""

from __future__ import annotations

from hookkit.errors import BadBody
from hookkit.hints import Any

__all__ = ["decode_xml"]

DEEPEST = 64
"""Elements inside each other."""


def decode_xml(body: bytes) -> dict[str, Any]:
    """What stands in the root element: texts, and dictionaries of them, by the elements' names.

    A name that is there several times has a list. Attributes, and text beside elements, are left out.

    Raises:
        BadBody: it is not well-formed, not UTF-8, has a DTD, or is nested too deep.
    """
    from xml.parsers.expat import ExpatError, ParserCreate  # DTDs are refused

    tree = _Tree()
    parser = ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = tree.doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(body.decode(), True)  # noqa: FBT003  # its arguments have no names
    except (ExpatError, UnicodeDecodeError):
        raise BadBody("the XML is not well-formed, or not UTF-8") from None
    return tree.root


class _Tree:
    """Collects elements as they begin and end."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = []
        self._texts: list[list[str]] = []

    def doctype(self, *_declared: object) -> None:
        raise BadBody("the XML has a DTD")

    def start(self, _name: str, _attributes: object) -> None:
        if len(self._open) == DEEPEST:
            raise BadBody(f"the XML is nested more than {DEEPEST} levels deep")
        self._open.append({})
        self._texts.append([])

    def text(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, name: str) -> None:
        children, text = self._open.pop(), "".join(self._texts.pop())
        if not self._open:
            self.root = children
            return
        _put(self._open[-1], name, children or text)


def _put(parent: dict[str, Any], name: str, value: object) -> None:
    there = parent.get(name)
    if there is None:
        parent[name] = value
    elif isinstance(there, list):
        there.append(value)
    else:
        parent[name] = [there, value]
