"""LaunchDarkly.

Sources: public receivers (among them an error tracker's own test) citing docs.launchdarkly.com
webhooks; https://launchdarkly.com/docs/home/infrastructure/webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

launchdarkly = Provider(
    name="launchdarkly",
    display="LaunchDarkly",
    docs="https://launchdarkly.com/docs/home/infrastructure/webhooks",
    scheme=HMAC(signature=Header("X-LD-Signature")),
    event_type=Pointer("/kind"),
    event_id=Pointer("/_id"),
    signed_ids=True,
    sure="third party",
)
