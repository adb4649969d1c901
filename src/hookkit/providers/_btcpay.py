"""BTCPay Server.

Sources: public receivers found by header name, citing docs.btcpayserver.org Greenfield webhooks;
https://docs.btcpayserver.org/API/Greenfield/v1/; btcpayserver's OpenAPI document, as btcpay-client
(crates.io) quotes it (retries).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

btcpay = Provider(
    name="btcpay",
    display="BTCPay Server",
    docs="https://docs.btcpayserver.org/API/Greenfield/v1/",
    scheme=HMAC(signature=Header("BTCPay-Sig"), layout="sha256={signature}"),
    event_type=Pointer("/type"),
    event_id=Pointer("/originalDeliveryId"),
    delivery_id=Pointer("/deliveryId"),
    retries="after 10 s, after 1 min, then up to 6 times after 10 min, where the webhook is set to",
    signed_ids=True,
    sure="third party",
)
