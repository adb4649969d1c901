"""Grafana Alerting.

Sources:
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/;
hookdeck/webhook-skills: grafana setup reference; grafana/alerting:http/hmac.go.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC


def _configured(
    provider: Provider,
    *,
    signature_header: str = "X-Grafana-Alerting-Signature",
    timestamp_header: str | None = None,
) -> Provider:
    signature = Header(signature_header)
    if timestamp_header is None:
        return provider.replace(scheme=HMAC(signature=signature))
    timestamp = Header(timestamp_header)
    scheme = HMAC(signature=signature, signs="{timestamp}:{body}", timestamp=timestamp)
    return provider.replace(scheme=scheme)


grafana = Provider(
    name="grafana",
    display="Grafana Alerting",
    docs="https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
    scheme=HMAC(signature=Header("X-Grafana-Alerting-Signature")),
    event_type=Pointer("/status"),
    batch=Pointer("/alerts"),
    takes={
        "signature_header": "where it is not X-Grafana-Alerting-Signature",
        "timestamp_header": "the header with the time, where one is set: then it is signed and required",
    },
    configure=_configured,
    retries=(
        "the notifier returns no-retry on an error: one try; the next group or repeat "
        "interval sends again"
    ),
)
