"""DocuSign Connect.

Sources: https://developers.docusign.com/platform/webhooks/connect/validate/;
hookdeck/webhook-skills:providers.yaml;
https://developers.docusign.com/docs/platform/webhooks/connect/validate.
"""

from hookkit.places import Numbered, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

docusign = Provider(
    name="docusign",
    display="DocuSign Connect",
    docs="https://developers.docusign.com/platform/webhooks/connect/validate/",
    scheme=HMAC(
        signature=Numbered("X-DocuSign-Signature-", 100),
        layout="{signature},...",
        encoding="base64",
    ),
    event_type=Pointer("/event"),
    event_time=Pointer("/generatedDateTime"),
    time_unit="rfc3339",
    separator="-",
)
