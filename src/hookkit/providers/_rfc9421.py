"""Any service that signs by HTTP Message Signatures (RFC 9421), with a Content-Digest (RFC 9530).

Sources: https://www.rfc-editor.org/rfc/rfc9421.html; https://www.rfc-editor.org/rfc/rfc9530.html.
"""

from hookkit.formats import JSON, Form, Raw, Text
from hookkit.provider import Provider
from hookkit.schemes.message_signatures import KeyIds, MessageSignature

rfc9421 = Provider(
    name="rfc9421",
    display="RFC 9421 HTTP Message Signatures",
    docs="https://www.rfc-editor.org/rfc/rfc9421.html",
    scheme=MessageSignature(algorithm="ed25519"),
    accepts=(JSON(batch=True), Form(), Text(), Raw()),
    key_id=KeyIds(),
    needs={"algorithm": "what the sender's key is for, such as ed25519 or hmac-sha256"},
    takes={
        "required_components": "what must be signed, where it is not method, URL and body",
        "tag": "of the sender's signature, where there are others in a request",
        "keyid": "the name that sign() gives the key",
        "key": "how a shared secret is written, where it is not text: base64 or hex",
    },
    further_gaps=(
        "the host, unless you give public_url=: it is read from the request, so that what was signed for "
        "another receiver of the same sender can be sent on to you",
    ),
)
