"""WooCommerce.

Sources: https://developer.woocommerce.com/docs/webhooks/; hookdeck/webhook-skills:providers.yaml;
woocommerce/woocommerce:plugins/woocommerce/includes/class-wc-webhook.php.
"""

from html import unescape

from hookkit.errors import ConfigError
from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _plain(secret: bytes) -> bytes:
    """WooCommerce shows the secret with its HTML entities and signs with the characters they mean."""
    try:
        return unescape(secret.decode()).encode()
    except UnicodeDecodeError:
        raise ConfigError("it is not UTF-8; copy it again from the provider's page") from None


woocommerce = Provider(
    name="woocommerce",
    display="WooCommerce",
    docs="https://developer.woocommerce.com/docs/webhooks/",
    scheme=HMAC(signature=Header("X-WC-Webhook-Signature"), encoding="base64", key=_plain),
    event_type=Header("X-WC-Webhook-Topic"),
    delivery_id=Header("X-WC-Webhook-Delivery-ID"),
    timeout=60,
    retries=(
        "no retry; disabled at the 7th failure in a row (the counter must exceed 5; filterable)"
    ),
)
