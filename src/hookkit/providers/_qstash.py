"""Upstash QStash. It has two keys: give both, the current and the next.

Sources: PyPI qstash: receiver.py; npm @upstash/qstash: README, receiver.
"""

from hookkit.formats import JSON, Raw
from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Equals, EqualsURL, HashOf

qstash = Provider(
    name="qstash",
    display="Upstash QStash",
    scheme=JWT(
        token=Header("Upstash-Signature"),
        claims=(
            Equals("iss", "Upstash"),
            EqualsURL("sub"),
            HashOf("body", encoding="base64url"),
        ),
        required=("nbf", "exp"),
        time="nbf",
    ),
    # It delivers whatever was put into it.
    accepts=(JSON(batch=True), Raw()),
    delivery_id=Header("Upstash-Message-Id"),
)
