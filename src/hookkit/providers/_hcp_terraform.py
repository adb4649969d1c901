"""HCP Terraform / Terraform Enterprise notifications.

Sources: public receivers found by header name (5, agreeing);
https://developer.hashicorp.com/terraform/enterprise/api-docs/notification-configurations (opening
only).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

hcp_terraform = Provider(
    name="hcp_terraform",
    display="HCP Terraform / Terraform Enterprise notifications",
    docs="https://developer.hashicorp.com/terraform/enterprise/api-docs/notification-configurations",
    scheme=HMAC(signature=Header("X-TFE-Notification-Signature"), algorithm="sha512"),
    event_type=Pointer("/trigger"),
    batch=Pointer("/notifications"),
    separator=":",
    sure="third party",
)
