"""Of those whom people sign in with, and work in."""

from __future__ import annotations

from typing import Any

__all__ = ["SAMPLES"]

_JIRA = {
    "id": "10001",
    "key": "SHOP-7",
    "fields": {"summary": "The cart is empty", "status": {"name": "To Do"}},
}


SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "svix": {"user.created": {"data": {"id": "user_1"}}},
    "standardwebhooks": {
        "contact.updated": {"data": {"id": "contact_1", "email": "ann@example.org"}}
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
    "clerk": {
        "user.created": {
            "object": "event",
            "data": {
                "id": "user_1",
                "first_name": "Ann",
                "email_addresses": [{"email_address": "ann@example.org"}],
            },
        },
        "user.updated": {
            "object": "event",
            "data": {
                "id": "user_1",
                "first_name": "Anne",
                "email_addresses": [{"email_address": "ann@example.org"}],
            },
        },
        "user.deleted": {
            "object": "event",
            "data": {"id": "user_1", "object": "user", "deleted": True},
        },
    },
    "linear": {
        "Issue.create": {
            "data": {
                "id": "i_1",
                "identifier": "SHOP-7",
                "title": "The cart is empty",
                "priority": 2,
            },
            "url": "https://linear.app/example/issue/SHOP-7",
        },
        "Issue.update": {
            "data": {"id": "i_1", "identifier": "SHOP-7", "title": "The cart is full"},
            "updatedFrom": {"title": "The cart is empty"},
        },
        "Comment.create": {"data": {"id": "c_1", "body": "I look into it", "issueId": "i_1"}},
    },
    "jira_webhook": {
        "jira:issue_created": {"user": {"displayName": "Ann"}, "issue": _JIRA},
        "jira:issue_updated": {
            "user": {"displayName": "Ann"},
            "issue": _JIRA,
            "changelog": {
                "items": [{"field": "status", "fromString": "To Do", "toString": "Done"}]
            },
        },
        "comment_created": {"comment": {"id": "5", "body": "I look into it"}, "issue": _JIRA},
    },
    "notion": {
        "page.created": {
            "workspace_id": "w_1",
            "entity": {"id": "p_1", "type": "page"},
            "authors": [{"id": "u_1", "type": "person"}],
        },
        "page.content_updated": {
            "workspace_id": "w_1",
            "entity": {"id": "p_1", "type": "page"},
            "data": {"updated_blocks": [{"id": "b_1", "type": "block"}]},
        },
        "comment.created": {
            "workspace_id": "w_1",
            "entity": {"id": "c_1", "type": "comment"},
            "data": {"page_id": "p_1"},
        },
    },
    "hubspot": {
        "contact.creation": {
            "objectId": 4711,
            "portalId": 62515,
            "attemptNumber": 0,
            "changeSource": "CRM",
        },
        "contact.propertyChange": {
            "objectId": 4711,
            "portalId": 62515,
            "attemptNumber": 0,
            "propertyName": "email",
            "propertyValue": "ann@example.org",
        },
        "deal.creation": {
            "objectId": 4712,
            "portalId": 62515,
            "attemptNumber": 0,
            "changeSource": "CRM",
        },
    },
    "calendly": {
        "invitee.created": {
            "payload": {
                "email": "ann@example.org",
                "name": "Ann",
                "status": "active",
                "scheduled_event": {"name": "A talk", "start_time": "2030-03-17T17:00:00Z"},
            }
        },
        "invitee.canceled": {
            "payload": {
                "email": "ann@example.org",
                "name": "Ann",
                "status": "canceled",
                "cancellation": {"reason": "ill"},
            }
        },
    },
    "zendesk": {
        "zen:event-type:ticket.created": {
            "detail": {
                "id": "4711",
                "subject": "The cart is empty",
                "status": "NEW",
                "priority": "HIGH",
            }
        },
        "zen:event-type:ticket.status_changed": {
            "detail": {"id": "4711", "subject": "The cart is empty", "status": "SOLVED"},
            "event": {"previous": "OPEN", "current": "SOLVED"},
        },
    },
}
