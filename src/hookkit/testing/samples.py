"""Sample payloads of the main events of the providers that are used most; made up for this project.

Each has the members that a handler of such an event looks at. What the provider has beyond that is in its
own pages.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

__all__ = ["SAMPLES", "sample"]

_REPOSITORY = {
    "id": 4711,
    "name": "shop",
    "full_name": "example/shop",
    "html_url": "https://github.com/example/shop",
    "default_branch": "main",
    "owner": {"login": "example"},
}
_SENDER = {"login": "ann", "id": 7}


def _stripe(kind: str, **fields: object) -> dict[str, Any]:
    return {
        "object": "event",
        "api_version": "2026-06-30",
        "livemode": False,
        "data": {"object": {"object": kind, "customer": "cus_1", "currency": "eur", **fields}},
    }


SAMPLES: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "github": {
        "push": {
            "ref": "refs/heads/main",
            "before": "0" * 40,
            "after": "a" * 40,
            "repository": _REPOSITORY,
            "pusher": {"name": "ann", "email": "ann@example.org"},
            "commits": [{"id": "a" * 40, "message": "Add a cart", "author": {"name": "Ann"}}],
        },
        "pull_request.opened": {
            "number": 7,
            "pull_request": {
                "number": 7,
                "title": "Add a cart",
                "state": "open",
                "html_url": "https://github.com/example/shop/pull/7",
                "user": _SENDER,
                "head": {"ref": "cart", "sha": "a" * 40},
                "base": {"ref": "main", "sha": "b" * 40},
            },
            "repository": _REPOSITORY,
            "sender": _SENDER,
        },
        "issues.opened": {
            "issue": {"number": 8, "title": "The cart is empty", "state": "open", "user": _SENDER},
            "repository": _REPOSITORY,
            "sender": _SENDER,
        },
        "release.published": {
            "release": {"tag_name": "v1.0", "name": "1.0", "draft": False, "prerelease": False},
            "repository": _REPOSITORY,
            "sender": _SENDER,
        },
        "ping": {"zen": "Keep it simple.", "hook_id": 1, "repository": _REPOSITORY},
    },
    "gitlab": {
        "push": {
            "object_kind": "push",
            "ref": "refs/heads/main",
            "project": {"id": 15, "path_with_namespace": "example/shop"},
            "user_name": "Ann",
            "commits": [{"id": "a" * 40, "message": "Add a cart"}],
        },
        "merge_request.open": {
            "object_kind": "merge_request",
            "project": {"id": 15, "path_with_namespace": "example/shop"},
            "object_attributes": {"iid": 7, "title": "Add a cart", "action": "open"},
        },
    },
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
    "shopify": {
        "orders/create": {
            "id": 4711,
            "name": "#1001",
            "email": "ann@example.org",
            "total_price": "19.99",
            "currency": "EUR",
            "line_items": [{"id": 1, "title": "A cup", "quantity": 1, "price": "19.99"}],
        },
        "app/uninstalled": {"id": 99, "domain": "example.myshopify.com"},
    },
    "slack": {
        "message": {
            "team_id": "T1",
            "api_app_id": "A1",
            "type": "event_callback",
            "event_id": "Ev1",
            "event_time": 1800000000,
            "event": {
                "type": "message",
                "channel": "C1",
                "user": "U1",
                "text": "Hello",
                "ts": "1.0",
            },
        },
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
    "square": {
        "payment.updated": {
            "merchant_id": "M1",
            "data": {
                "type": "payment",
                "id": "P1",
                "object": {"payment": {"id": "P1", "status": "COMPLETED"}},
            },
        },
    },
    "clerk": {
        "user.created": {
            "data": {"id": "user_1", "email_addresses": [{"email_address": "ann@example.org"}]}
        },
    },
    "svix": {"user.created": {"data": {"id": "user_1"}}},
    "standardwebhooks": {
        "contact.updated": {"data": {"id": "contact_1", "email": "ann@example.org"}}
    },
    "resend": {
        "email.delivered": {
            "data": {"email_id": "e_1", "to": ["ann@example.org"], "subject": "Hello"}
        },
        "email.bounced": {
            "data": {"email_id": "e_1", "to": ["ann@example.org"], "subject": "Hello"}
        },
    },
    "linear": {
        "Issue.create": {
            "data": {"id": "i_1", "identifier": "SHOP-7", "title": "The cart is empty"}
        },
    },
    "intercom": {
        "conversation.user.created": {
            "type": "notification_event",
            "data": {"item": {"id": "c_1"}},
        },
    },
    "hubspot": {
        "contact.creation": {"objectId": 4711, "portalId": 62515, "attemptNumber": 0},
    },
    "calendly": {
        "invitee.created": {
            "payload": {"email": "ann@example.org", "name": "Ann", "status": "active"}
        },
    },
    "typeform": {
        "form_response": {
            "form_response": {
                "form_id": "f_1",
                "token": "t_1",
                "answers": [{"type": "text", "text": "Yes"}],
            }
        },
    },
    "lemonsqueezy": {
        "order_created": {
            "data": {"type": "orders", "id": "1", "attributes": {"status": "paid", "total": 1999}}
        },
    },
    "razorpay": {
        "payment.captured": {
            "payload": {"payment": {"entity": {"id": "pay_1", "amount": 1999, "currency": "INR"}}}
        },
    },
    "paystack": {"charge.success": {"data": {"id": 4711, "reference": "r_1", "amount": 1999}}},
    "coinbase_commerce": {
        "charge:confirmed": {"event": {"data": {"code": "ABCD", "name": "A cup"}}},
    },
    "woocommerce": {"order.created": {"id": 4711, "status": "processing", "total": "19.99"}},
    "zendesk": {
        "zen:event-type:ticket.created": {"detail": {"id": "4711", "subject": "The cart is empty"}},
    },
    "alertmanager": {
        "firing": {
            "version": "4",
            "receiver": "hookkit",
            "status": "firing",
            "groupKey": '{}:{alertname="Down"}',
            "groupLabels": {"alertname": "Down"},
            "commonLabels": {"alertname": "Down", "severity": "critical"},
            "commonAnnotations": {"summary": "The shop is down"},
            "externalURL": "http://alertmanager.example.org",
            "alerts": [
                {
                    "status": "firing",
                    "labels": {"alertname": "Down", "severity": "critical", "instance": "shop:80"},
                    "annotations": {"summary": "The shop is down"},
                    "startsAt": "2026-01-31T12:00:00Z",
                    "endsAt": "0001-01-01T00:00:00Z",
                    "fingerprint": "c0ffee",
                }
            ],
        },
    },
}
"""By provider and event."""


def sample(provider: str, event: str | None) -> dict[str, Any]:
    """A payload of this event; of one that there is none of, an empty object."""
    found = SAMPLES.get(provider, {}).get(event or "", {})
    return copy.deepcopy(found)
