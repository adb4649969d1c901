"""Snyk.

Sources: https://docs.snyk.io/snyk-api/snyk-webhooks/validation-and-versioning-of-payloads;
https://docs.snyk.io/snyk-api/v1-api-overview/webhooks.
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

snyk = Provider(
    name="snyk",
    display="Snyk",
    docs="https://docs.snyk.io/snyk-api/snyk-webhooks/validation-and-versioning-of-payloads",
    scheme=HMAC(signature=Header("X-Hub-Signature"), layout="sha256={signature}"),
    event_type=Header("X-Snyk-Event"),
    delivery_id=Header("X-Snyk-Transport-ID"),
)
