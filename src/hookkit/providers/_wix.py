"""Wix: the whole body is a token; its claim ``data`` is JSON as text, and so is ``data`` inside of that.

The secret is the app's public key: PEM, or the same in base64.

Sources: npm @wix/sdk: build/event-handlers-modules.js, build/auth/AppStrategy.js.
"""

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody
from hookkit.formats import JWS
from hookkit.messages import Request
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT
from hookkit.values import value


@value
class InText:
    """A place in JSON that stands in the payload as text."""

    outer: Pointer
    inner: Pointer

    def find(self, request: Request, payload: object) -> object:
        text = self.outer.find(request, payload)
        if not isinstance(text, str):
            return None
        try:
            value = decode_json(text.encode("utf-8", "surrogatepass"), standard_decoder)
        except BadBody:
            return None
        return self.inner.find(request, value)


wix = Provider(
    name="wix",
    display="Wix app webhooks",
    scheme=JWT(token=Pointer(""), algorithms=("RS256",)),
    accepts=(JWS(media=("text/plain", "application/json", "application/jwt")),),
    event_type=InText(Pointer("/data"), Pointer("/eventType")),
    event_time=Pointer("/iat"),
    further_gaps=("the app: no issuer or audience is checked, so the key must be this app's own",),
)
