"""From a body's bytes to its payload, as its format is declared, and back.

The parser reads verified bodies with these functions. A scheme whose credential lies in the body, or whose
signed text is made of the body's fields, must read it before it is verified, and uses the same ones.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable

from hookkit.decoding import Decoder, decode_base64url, decode_form, decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential
from hookkit.formats import JSON, JWS, XML, Form, Format, Multipart, Pairs, Text
from hookkit.hints import TypeGuard
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.multipart import decode_multipart, encode_multipart
from hookkit.places import Pointer
from hookkit.xmltree import decode_xml

__all__ = ["Reader", "form_of", "read_first", "reader", "write_body"]

Reader = Callable[[bytes], object]
"""Gives the payload. Raises BadBody."""


def reader(form: Format, decode: Decoder, limits: Limits) -> Reader:
    """What reads bodies of this format."""
    match form:
        case JSON():
            return _json_reader(form, decode, limits)
        case Form() | Pairs() | Multipart():
            return _form_reader(form, decode, limits)
        case XML():
            return lambda body: decode_xml(_document(body, form, limits))
        case JWS():
            return lambda body: _claims(_compact(body, form, decode, limits), decode, limits)
        case Text():
            return _text
    return bytes


def _json_reader(form: JSON, decode: Decoder, limits: Limits) -> Reader:
    deepest, batch = limits.nesting, form.batch

    def read(body: bytes) -> object:
        value = decode_json(body, decode, deepest)
        return value if isinstance(value, dict) else _json(value, batch=batch)

    return read


def _form_reader(form: Form | Pairs | Multipart, decode: Decoder, limits: Limits) -> Reader:
    most = limits.fields
    match form:
        case Form():
            return lambda body: _form(decode_form(body, most), form, decode, limits)
        case Multipart():
            declared = Form(json_field=form.json_field)
            return lambda body: _form(decode_multipart(body, most), declared, decode, limits)
    return lambda body: decode_form(body, most)


def form_of(request: Request, forms: Format | tuple[Format, ...]) -> Format:
    """The format, of several the first that has the request's media type. Raises MalformedCredential."""
    if not isinstance(forms, tuple):
        return forms
    media = (request.header("Content-Type") or "").partition(";")[0].strip(" \t").lower()
    for form in forms:
        if media in form.media or "*/*" in form.media:
            return form
    raise MalformedCredential


def read_first(request: Request, forms: Format | tuple[Format, ...], limits: Limits) -> object:
    """The payload of a request that is not verified yet. Raises MalformedCredential."""
    form = form_of(request, forms)
    try:
        return reader(form, standard_decoder, limits)(request.body)
    except BadBody:
        # A 401 and no 400, as the request is not authenticated yet.
        raise MalformedCredential from None


def write_body(form: Format, payload: object, like: bytes = b"") -> bytes:
    """A body of this format, for signing, in place of another. Raises ConfigError where none can be."""
    match form:
        case JSON():
            text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
            # Half a surrogate pair has no UTF-8, and Python's escape of it is JSON's.
            return text.encode("utf-8", "backslashreplace")
        case Form(json_field=None) if _is_flat(payload):
            return _encoded(list(payload.items()))
        case Pairs() if isinstance(payload, list):
            return _encoded(payload)
        case Multipart(json_field=None) if _is_flat(payload):
            return encode_multipart(list(payload.items()), like)
        case Multipart(json_field=str(name)):
            return encode_multipart([(name, json.dumps(payload))], like)
    raise ConfigError(f"no body of the format {form!r} can be written")


def _is_flat(payload: object) -> TypeGuard[dict[str, str]]:
    return isinstance(payload, dict) and all(isinstance(text, str) for text in payload.values())


def _encoded(pairs: list[tuple[str, str]]) -> bytes:
    from urllib.parse import urlencode  # 11 ms to import, and only signing needs it

    return urlencode(pairs).encode()


def _json(value: object, *, batch: bool) -> object:
    if isinstance(value, dict):
        return value
    if not batch:
        raise BadBody("the JSON is no object")
    if isinstance(value, list):
        return value
    raise BadBody("the JSON is no object and no array")


def _form(pairs: list[tuple[str, str]], form: Form, decode: Decoder, limits: Limits) -> object:
    payloads = [value for name, value in pairs if name == form.json_field]
    if form.json_field is None or (form.optional and not payloads):
        return dict(pairs)
    if len(payloads) != 1:
        raise BadBody(f"the form must have its field {form.json_field!r} once")
    value = decode_json(payloads[0].encode(), decode, limits.nesting)
    return _json(value, batch=form.batch)


def _document(body: bytes, form: XML, limits: Limits) -> bytes:
    """The document: the whole body, or a field of its form."""
    if form.base64_field is None:
        return body
    texts = [text for name, text in decode_form(body, limits.fields) if name == form.base64_field]
    if len(texts) != 1:
        raise BadBody(f"the form must have its field {form.base64_field!r} once")
    try:
        return b64decode(texts[0].replace("\n", ""), validate=True)
    except ValueError:
        raise BadBody(f"the form's field {form.base64_field!r} is not base64") from None


def _compact(body: bytes, form: JWS, decode: Decoder, limits: Limits) -> bytes:
    """The token: the whole body, or a text inside of its JSON."""
    if not form.at:
        return body.strip()
    found = Pointer(form.at).find(
        Request("POST"), _json(decode_json(body, decode, limits.nesting), batch=False)
    )
    if not isinstance(found, str):
        raise BadBody(f"there is no token at {form.at}")
    return found.encode("utf-8", "surrogatepass")


def _claims(token: bytes, decode: Decoder, limits: Limits) -> object:
    parts = token.split(b".")
    if len(parts) != 3:
        raise BadBody("it is no token of three parts")
    return _json(decode_json(decode_base64url(parts[1]), decode, limits.nesting), batch=False)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadBody("the text is not UTF-8") from None
