"""Of those who carry messages."""

from __future__ import annotations

from typing import Any

__all__ = ["SAMPLES"]

_MAIL = {"email": "ann@example.org", "timestamp": 1900000000, "category": ["welcome"]}
_RESEND = {"data": {"email_id": "e_1", "to": ["ann@example.org"], "subject": "Hello"}}


def _slack(**event: object) -> dict[str, Any]:
    return {
        "team_id": "T1",
        "api_app_id": "A1",
        "type": "event_callback",
        "event": {"user": "U1", "channel": "C1", "ts": "1.0", **event},
    }


def _mailgun(**fields: object) -> dict[str, Any]:
    return {
        "event-data": {
            "timestamp": 1900000000.5,
            "recipient": "ann@example.org",
            "message": {"headers": {"message-id": "1@example.org"}},
            **fields,
        }
    }


SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "slack": {
        "message": _slack(type="message", text="Hello", channel_type="channel"),
        "app_mention": _slack(type="app_mention", text="<@U2> hello"),
        "reaction_added": _slack(
            type="reaction_added",
            reaction="tada",
            item={"type": "message", "channel": "C1", "ts": "1.0"},
        ),
    },
    "twilio": {
        "": {
            "AccountSid": "AC1",
            "From": "+491701234567",
            "To": "+491707654321",
            "Body": "Hello",
            "SmsStatus": "received",
            "NumMedia": "0",
        },
    },
    "telegram": {
        "message": {
            "message": {
                "message_id": 7,
                "date": 1900000000,
                "chat": {"id": 5, "type": "private"},
                "from": {"id": 5, "is_bot": False, "first_name": "Ann"},
                "text": "Hello",
            }
        },
        "callback_query": {
            "callback_query": {
                "id": "4711",
                "from": {"id": 5, "is_bot": False, "first_name": "Ann"},
                "data": "yes",
            }
        },
    },
    "discord": {
        "2": {
            "application_id": "1",
            "token": "an interaction's token",
            "data": {"id": "3", "name": "greet", "type": 1},
            "member": {"user": {"id": "4", "username": "ann"}},
            "channel_id": "5",
        },
        "3": {
            "application_id": "1",
            "token": "an interaction's token",
            "data": {"custom_id": "yes", "component_type": 2},
            "member": {"user": {"id": "4", "username": "ann"}},
            "channel_id": "5",
        },
    },
    "meta": {
        "whatsapp_business_account.messages": {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": "1",
                    "changes": [
                        {
                            "field": "messages",
                            "value": {
                                "messaging_product": "whatsapp",
                                "metadata": {"phone_number_id": "2"},
                                "messages": [
                                    {
                                        "from": "491701234567",
                                        "timestamp": "1900000000",
                                        "type": "text",
                                        "text": {"body": "Hello"},
                                    }
                                ],
                            },
                        }
                    ],
                }
            ],
        },
        "page.feed": {
            "object": "page",
            "entry": [
                {
                    "id": "1",
                    "time": 1900000000,
                    "changes": [
                        {
                            "field": "feed",
                            "value": {"item": "comment", "verb": "add", "message": "Hello"},
                        }
                    ],
                }
            ],
        },
    },
    "sendgrid": {
        "delivered": _MAIL | {"smtp-id": "<1@example.org>", "response": "250 OK"},
        "bounce": _MAIL | {"status": "5.1.1", "reason": "no such user", "type": "bounce"},
        "open": _MAIL | {"useragent": "Mozilla/5.0", "ip": "192.0.2.1"},
        "click": _MAIL | {"url": "https://shop.example.org/", "ip": "192.0.2.1"},
    },
    "mailgun": {
        "delivered": _mailgun(**{"log-level": "info"}),
        "failed": _mailgun(severity="permanent", reason="bounce"),
        "opened": _mailgun(ip="192.0.2.1"),
        "clicked": _mailgun(url="https://shop.example.org/"),
    },
    "postmark": {
        "Delivery": {"Recipient": "ann@example.org", "MessageStream": "outbound", "Tag": "welcome"},
        "Bounce": {
            "Type": "HardBounce",
            "Email": "ann@example.org",
            "MessageStream": "outbound",
            "Description": "no such user",
        },
        "SpamComplaint": {
            "Email": "ann@example.org",
            "MessageStream": "outbound",
            "Tag": "welcome",
        },
    },
    "resend": {
        "email.sent": _RESEND,
        "email.delivered": _RESEND,
        "email.bounced": {
            "data": _RESEND["data"] | {"bounce": {"type": "Permanent", "message": "no such user"}}
        },
    },
    "intercom": {
        "conversation.user.created": {
            "type": "notification_event",
            "app_id": "a1",
            "data": {
                "item": {"type": "conversation", "id": "c_1", "source": {"body": "<p>Hello</p>"}}
            },
        },
        "conversation.user.replied": {
            "type": "notification_event",
            "app_id": "a1",
            "data": {"item": {"type": "conversation", "id": "c_1"}},
        },
        "contact.user.created": {
            "type": "notification_event",
            "app_id": "a1",
            "data": {"item": {"type": "contact", "id": "u_1", "email": "ann@example.org"}},
        },
    },
    "zoom": {
        "meeting.started": {
            "payload": {
                "account_id": "a1",
                "object": {"id": "4711", "uuid": "u==", "topic": "The cart", "host_id": "h1"},
            }
        },
        "meeting.ended": {
            "payload": {
                "account_id": "a1",
                "object": {"id": "4711", "uuid": "u==", "topic": "The cart", "host_id": "h1"},
            }
        },
        "recording.completed": {
            "payload": {
                "account_id": "a1",
                "object": {
                    "id": "4711",
                    "topic": "The cart",
                    "recording_files": [
                        {"file_type": "MP4", "download_url": "https://zoom.example.org/rec/1"}
                    ],
                },
            }
        },
    },
}
