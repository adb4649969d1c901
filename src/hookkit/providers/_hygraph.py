"""Hygraph.

Sources: @hygraph/utils (npm): index.js, index.test.js.
"""

import json

from hookkit.errors import MalformedCredential
from hookkit.messages import Request
from hookkit.places import BLANKS, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.mac import Keyed
from hookkit.values import value

SIGNATURE = Header("gcms-signature")
DEFAULT = "master"
"""The environment's name where a request that is to be signed has none."""


def _environments(request: Request) -> list[str]:
    """The environment's name, as often as the header has it."""
    pairs = [
        each.strip(BLANKS).partition("=") for each in (SIGNATURE.find(request) or "").split(",")
    ]
    return [value for name, _, value in pairs if name == "env"]


@value
class _AsJSON:
    """An object with body, environment and time, as JavaScript writes it: the body is a text in there."""

    def covers(self, part: str) -> bool:
        return part in ("body", "timestamp")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        environments = _environments(request)
        if len(environments) != 1:
            raise MalformedCredential
        try:
            body = request.body.decode()
        except UnicodeDecodeError:
            raise MalformedCredential from None
        # Without ASCII escapes Python writes a text as JavaScript does, byte for byte.
        written = [json.dumps(each, ensure_ascii=False) for each in (body, *environments)]
        text = '{{"Body":{},"EnvironmentName":{},"TimeStamp":'.format(*written)
        return [text.encode("utf-8", "surrogatepass"), timestamp, b"}"]

    def in_words(self) -> str:
        return "a JSON object of {body} as a text, the environment and {timestamp}"


@value(kw_only=True)
class _WithEnvironment(HMAC):
    """An HMAC whose header names the environment as well, between signature and time."""

    def sign(self, request: Request, key: Keyed, now: float, message_id: str) -> Request:
        named = f"env={next(iter(_environments(request)), DEFAULT)}"
        signed = super().sign(request.with_header(SIGNATURE.name, named), key, now, message_id)
        signature, _, time = (SIGNATURE.find(signed) or "").partition(", ")
        return signed.with_header(SIGNATURE.name, f"{signature}, {named}, {time}")


hygraph = Provider(
    name="hygraph",
    display="Hygraph",
    scheme=_WithEnvironment(
        signature=SIGNATURE,
        layout="sign={signature}, t={timestamp}",
        signs=_AsJSON(),
        encoding="base64",
        unit="ms",
    ),
    event_type=Pointer("/operation"),
)
