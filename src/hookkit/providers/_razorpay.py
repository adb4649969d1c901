"""Razorpay.

Sources: PyPI razorpay: utility/utility.py; https://razorpay.com/docs/webhooks/validate-test/;
https://razorpay.com/docs/webhooks/best-practices (24 h, then disabled).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

razorpay = Provider(
    name="razorpay",
    display="Razorpay",
    docs="https://razorpay.com/docs/webhooks/validate-test/",
    scheme=HMAC(signature=Header("X-Razorpay-Signature")),
    event_type=Pointer("/event"),
    event_id=Header("x-razorpay-event-id"),
    delivery_id=Header("x-razorpay-event-id"),
    event_time=Pointer("/created_at"),
    timeout=5,
    retries="exponential for 24 h, then disabled",
    retry_horizon=24 * 3600.0,
    unconfirmed=frozenset({"timeout"}),
)
