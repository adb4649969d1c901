"""Gitea / Forgejo.

Sources: https://docs.gitea.com/usage/webhooks; go-gitea/gitea:services/webhook/deliver.go;
https://forgejo.org/docs/latest/user/webhooks/.
"""

from hookkit.decoding import decode_form
from hookkit.errors import BadBody, MalformedCredential
from hookkit.formats import JSON, Form
from hookkit.messages import Request
from hookkit.places import First, Header, Joined, Pointer
from hookkit.provider import MIB, Provider
from hookkit.schemes import HMAC
from hookkit.values import value


@value
class _Document:
    """The JSON document: the body, or what the form's field says."""

    def covers(self, part: str) -> bool:
        return part == "body"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        media = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media != "application/x-www-form-urlencoded":
            return [request.body]
        try:
            pairs = decode_form(request.body, most=100)
        except BadBody:
            raise MalformedCredential from None
        documents = [value for name, value in pairs if name == "payload"]
        if len(documents) != 1:
            raise MalformedCredential
        return [documents[0].encode()]


gitea = Provider(
    name="gitea",
    display="Gitea / Forgejo",
    docs="https://docs.gitea.com/usage/webhooks",
    scheme=HMAC(
        signature=First(Header("X-Forgejo-Signature"), Header("X-Gitea-Signature")),
        signs=_Document(),
    ),
    accepts=(JSON(), Form(json_field="payload")),
    event_type=Joined(
        First(Header("X-Forgejo-Event"), Header("X-Gitea-Event")),
        Pointer("/action"),
    ),
    delivery_id=First(Header("X-Forgejo-Delivery"), Header("X-Gitea-Delivery")),
    max_body=25 * MIB,
    retries="1 (manual replay only)",
)
