"""Of shops, and of those who take payments."""

from __future__ import annotations

from typing import Any

__all__ = ["SAMPLES"]


def _stripe(kind: str, **fields: object) -> dict[str, Any]:
    return {
        "object": "event",
        "api_version": "2026-06-30",
        "livemode": False,
        "data": {"object": {"object": kind, "customer": "cus_1", "currency": "eur", **fields}},
    }


def _square(kind: str, number: str, **fields: object) -> dict[str, Any]:
    item = {"id": number, **fields}
    return {"merchant_id": "M1", "data": {"type": kind, "id": number, "object": {kind: item}}}


def _adyen(**fields: object) -> dict[str, Any]:
    return {
        "NotificationRequestItem": {
            "pspReference": "7914073381342284",
            "merchantAccountCode": "Shop",
            "merchantReference": "order-4711",
            "amount": {"value": 1999, "currency": "EUR"},
            **fields,
        }
    }


_ORDER = {
    "id": 4711,
    "name": "#1001",
    "email": "ann@example.org",
    "total_price": "19.99",
    "currency": "EUR",
    "line_items": [{"id": 1, "title": "A cup", "quantity": 1, "price": "19.99"}],
}


SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "stripe": {
        "invoice.paid": _stripe("invoice", id="in_1", amount_paid=1999, status="paid"),
        "invoice.payment_failed": _stripe("invoice", id="in_1", amount_due=1999, attempt_count=1),
        "payment_intent.succeeded": _stripe(
            "payment_intent", id="pi_1", amount=1999, amount_received=1999, metadata={}
        ),
        "charge.refunded": _stripe("charge", id="ch_1", amount=1999, amount_refunded=1999),
        "refund.created": _stripe(
            "refund", id="re_1", amount=1999, payment_intent="pi_1", status="succeeded"
        ),
        "charge.dispute.created": _stripe(
            "dispute", id="du_1", amount=1999, payment_intent="pi_1", status="needs_response"
        ),
        "charge.dispute.closed": _stripe(
            "dispute", id="du_1", amount=1999, payment_intent="pi_1", status="won"
        ),
        "checkout.session.completed": _stripe(
            "checkout.session", id="cs_1", mode="payment", payment_status="paid", amount_total=1999
        ),
        "customer.subscription.deleted": _stripe("subscription", id="sub_1", status="canceled"),
    },
    "paddle": {
        "transaction.completed": {
            "data": {
                "id": "txn_1",
                "status": "completed",
                "customer_id": "ctm_1",
                "currency_code": "EUR",
            }
        },
        "subscription.canceled": {"data": {"id": "sub_1", "status": "canceled"}},
    },
    "lemonsqueezy": {
        "order_created": {
            "data": {"type": "orders", "id": "1", "attributes": {"status": "paid", "total": 1999}}
        },
    },
    "shopify": {
        "orders/create": _ORDER,
        "orders/paid": _ORDER | {"financial_status": "paid"},
        "orders/cancelled": _ORDER | {"cancel_reason": "customer"},
        "products/update": {
            "id": 632,
            "title": "A cup",
            "status": "active",
            "variants": [{"id": 1, "price": "19.99"}],
        },
        "app/uninstalled": {"id": 99, "domain": "example.myshopify.com"},
    },
    "square": {
        "payment.created": _square("payment", "P1", status="APPROVED"),
        "payment.updated": _square("payment", "P1", status="COMPLETED"),
        "refund.updated": _square("refund", "R1", status="COMPLETED", payment_id="P1"),
        "order.updated": _square("order_updated", "O1", state="OPEN", version=2),
    },
    "adyen": {
        "AUTHORISATION": _adyen(success="true", paymentMethod="visa"),
        "CAPTURE": _adyen(success="true", originalReference="8515131751004933"),
        "REFUND": _adyen(success="true", originalReference="8515131751004933"),
    },
    "razorpay": {
        "payment.captured": {
            "payload": {
                "payment": {
                    "entity": {
                        "id": "pay_1",
                        "amount": 1999,
                        "currency": "INR",
                        "status": "captured",
                    }
                }
            }
        },
        "payment.failed": {
            "payload": {
                "payment": {
                    "entity": {"id": "pay_1", "amount": 1999, "currency": "INR", "status": "failed"}
                }
            }
        },
        "refund.processed": {
            "payload": {
                "refund": {"entity": {"id": "rfnd_1", "payment_id": "pay_1", "amount": 1999}}
            }
        },
    },
    "paystack": {
        "charge.success": {
            "data": {
                "id": 4711,
                "reference": "r_1",
                "amount": 1999,
                "currency": "NGN",
                "status": "success",
                "customer": {"email": "ann@example.org"},
            }
        },
        "transfer.success": {
            "data": {
                "id": 4712,
                "reference": "r_2",
                "amount": 1999,
                "currency": "NGN",
                "status": "success",
            }
        },
    },
    "woocommerce": {
        "order.created": {
            "id": 4711,
            "status": "processing",
            "total": "19.99",
            "currency": "EUR",
            "line_items": [{"id": 1, "name": "A cup", "quantity": 1}],
        },
        "order.updated": {
            "id": 4711,
            "status": "completed",
            "total": "19.99",
            "currency": "EUR",
            "line_items": [{"id": 1, "name": "A cup", "quantity": 1}],
        },
        "product.updated": {"id": 632, "name": "A cup", "price": "19.99", "status": "publish"},
    },
}
