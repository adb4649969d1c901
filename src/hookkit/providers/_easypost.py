"""EasyPost.

Sources: PyPI easypost: util.py validate_webhook; npm @easypost/api: src/utils/util.js;
https://docs.easypost.com/guides/webhooks-guide.
"""

from unicodedata import normalize

from hookkit.errors import ConfigError
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _normalised(secret: bytes) -> bytes:
    """Unicode form NFKD, as EasyPost's libraries take the secret's text."""
    try:
        return normalize("NFKD", secret.decode()).encode()
    except UnicodeDecodeError:
        raise ConfigError("it is not UTF-8; copy it again from the provider's page") from None


easypost = Provider(
    name="easypost",
    display="EasyPost",
    docs="https://docs.easypost.com/guides/webhooks-guide",
    scheme=HMAC(
        signature=Header("X-Hmac-Signature"), layout="hmac-sha256-hex={signature}", key=_normalised
    ),
    event_type=Pointer("/description"),
    event_id=Pointer("/id"),
    signed_ids=True,
)
