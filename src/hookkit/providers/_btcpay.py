"""BTCPay Server.

Sources: public receivers found by header name, citing docs.btcpayserver.org Greenfield webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

btcpay = Provider(
    name="btcpay",
    display="BTCPay Server",
    scheme=HMAC(signature=Header("BTCPay-Sig"), layout="sha256={signature}"),
    event_type=Pointer("/type"),
    event_id=Pointer("/originalDeliveryId"),
    delivery_id=Pointer("/deliveryId"),
    signed_ids=True,
    sure="third party",
)
