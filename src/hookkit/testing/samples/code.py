"""Of those who keep code, build it and watch over it."""

from __future__ import annotations

from typing import Any

__all__ = ["SAMPLES"]

_REPOSITORY = {
    "id": 4711,
    "name": "shop",
    "full_name": "example/shop",
    "html_url": "https://github.com/example/shop",
    "default_branch": "main",
    "owner": {"login": "example"},
}
_SENDER = {"login": "ann", "id": 7}

_PROJECT = {
    "id": 15,
    "path_with_namespace": "example/shop",
    "web_url": "https://gitlab.com/example/shop",
}


SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
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
    "gitlab": {
        "push": {
            "object_kind": "push",
            "ref": "refs/heads/main",
            "before": "0" * 40,
            "after": "a" * 40,
            "project": _PROJECT,
            "user_name": "Ann",
            "commits": [{"id": "a" * 40, "message": "Add a cart", "author": {"name": "Ann"}}],
        },
        "tag_push": {
            "object_kind": "tag_push",
            "ref": "refs/tags/v1.0",
            "project": _PROJECT,
            "user_name": "Ann",
        },
        "merge_request.open": {
            "object_kind": "merge_request",
            "project": _PROJECT,
            "user": {"username": "ann"},
            "object_attributes": {
                "iid": 7,
                "title": "Add a cart",
                "action": "open",
                "source_branch": "cart",
                "target_branch": "main",
            },
        },
        "merge_request.merge": {
            "object_kind": "merge_request",
            "project": _PROJECT,
            "user": {"username": "ann"},
            "object_attributes": {
                "iid": 7,
                "title": "Add a cart",
                "action": "merge",
                "source_branch": "cart",
                "target_branch": "main",
            },
        },
        "issue.open": {
            "object_kind": "issue",
            "project": _PROJECT,
            "user": {"username": "ann"},
            "object_attributes": {"iid": 8, "title": "The cart is empty", "action": "open"},
        },
        "pipeline": {
            "object_kind": "pipeline",
            "project": _PROJECT,
            "object_attributes": {"id": 31, "ref": "main", "status": "failed", "duration": 63},
        },
    },
    "bitbucket_cloud": {
        "repo:push": {
            "actor": {"display_name": "Ann"},
            "repository": {"full_name": "example/shop"},
            "push": {
                "changes": [
                    {
                        "new": {
                            "type": "branch",
                            "name": "main",
                            "target": {"hash": "a" * 40, "message": "Add a cart"},
                        }
                    }
                ]
            },
        },
        "pullrequest:created": {
            "actor": {"display_name": "Ann"},
            "repository": {"full_name": "example/shop"},
            "pullrequest": {"id": 7, "title": "Add a cart", "state": "OPEN"},
        },
        "pullrequest:fulfilled": {
            "actor": {"display_name": "Ann"},
            "repository": {"full_name": "example/shop"},
            "pullrequest": {"id": 7, "title": "Add a cart", "state": "MERGED"},
        },
    },
    "sentry": {
        "issue.created": {
            "data": {
                "issue": {
                    "id": "4711",
                    "title": "KeyError: 'cart'",
                    "level": "error",
                    "project": {"slug": "shop"},
                }
            },
            "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
            "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
        },
        "issue.resolved": {
            "data": {
                "issue": {
                    "id": "4711",
                    "title": "KeyError: 'cart'",
                    "level": "error",
                    "project": {"slug": "shop"},
                }
            },
            "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
            "actor": {"type": "user", "id": 7, "name": "Ann"},
        },
    },
    "pagerduty": {
        "incident.triggered": {
            "event": {
                "resource_type": "incident",
                "data": {
                    "id": "P1",
                    "type": "incident",
                    "number": 7,
                    "title": "The shop is down",
                    "status": "triggered",
                    "urgency": "high",
                },
            }
        },
        "incident.resolved": {
            "event": {
                "resource_type": "incident",
                "data": {
                    "id": "P1",
                    "type": "incident",
                    "number": 7,
                    "title": "The shop is down",
                    "status": "resolved",
                    "urgency": "high",
                },
            }
        },
    },
}

# The same payloads, whether the sender signs them or sends its token.
SAMPLES["gitlab_token"] = SAMPLES["gitlab"]
