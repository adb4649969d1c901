"""MessageBird (classic), signed with a JWT.

Sources: PyPI messagebird: request_validator.py.
"""

from hookkit.formats import JSON, Form
from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Claim, Equals, HashOf

_TOKEN = Header("MessageBird-Signature-JWT")

messagebird = Provider(
    name="messagebird",
    display="MessageBird (classic) JWT",
    scheme=JWT(
        token=_TOKEN,
        algorithms=("HS256", "HS384", "HS512"),
        claims=(
            Equals("iss", "MessageBird"),
            HashOf("url_hash", "{url}"),
            HashOf("payload_hash", only_with_body=True),
        ),
        required=("nbf", "exp"),
        time="nbf",
        leeway=1,
        id="jti",
        lifetime=60,
    ),
    accepts=(JSON(), Form()),
    event_id=Claim(_TOKEN, "/jti"),
    signed_ids=True,
)
