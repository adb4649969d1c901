"""A stand-in for PayPal: it signs events, and tells over HTTPS whether a delivery is its own."""

import hashlib
import hmac
import itertools
import json
import re
import secrets
import ssl
from base64 import b64encode
from datetime import UTC, datetime

from hookkit import Request
from tests.unit.https_server import Authority, Server

ACCOUNT = {
    "PAYPAL_WEBHOOK_ID": "1JE4291016473214C",
    "PAYPAL_CLIENT_ID": "the-client",
    "PAYPAL_CLIENT_SECRET": "the-client-secret",
    "PAYPAL_ENVIRONMENT": "sandbox",
}
CERTIFICATE = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"

_pair = f"{ACCOUNT['PAYPAL_CLIENT_ID']}:{ACCOUNT['PAYPAL_CLIENT_SECRET']}".encode()
BASIC = f"Basic {b64encode(_pair).decode()}"


class PayPal:
    """Its API listens on this machine; `settings` are an application's, so that it asks there."""

    def __init__(self, folder):
        authority = Authority(folder)
        self._key, self._token = secrets.token_bytes(32), secrets.token_hex(16)
        self._numbers = itertools.count(1)
        self._server = Server(authority.serving("localhost"), self._answer)
        self.settings = {"PAYPAL_API_HOST": self._server.host, **ACCOUNT}
        trusted = folder / "trusted.pem"
        trusted.write_text(authority.pem)
        self.settings["SSL_CERT_FILE"] = str(trusted)

    def close(self):
        self._server.close()

    def delivery(self, event):
        """The event as a request, as PayPal sends it."""
        body = json.dumps(event).encode()
        number, now = f"t-{next(self._numbers)}", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        webhook = ACCOUNT["PAYPAL_WEBHOOK_ID"]
        told = {
            "auth_algo": "SHA256withRSA",
            "cert_url": CERTIFICATE,
            "transmission_id": number,
            "transmission_sig": self._signature(number, now, webhook, body),
            "transmission_time": now,
        }
        headers = {f"PAYPAL-{name.replace('_', '-')}": value for name, value in told.items()}
        return Request("POST", {"Content-Type": "application/json", **headers}, body)

    def _signature(self, number, now, webhook, body):
        text = f"{number}|{now}|{webhook}|".encode() + body
        return b64encode(hmac.digest(self._key, text, hashlib.sha256)).decode()

    def _answer(self, server, question, sock: ssl.SSLSocket):
        head, _, body = question.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        given = dict(field.split(": ", 1) for field in fields)
        status, told = self._told(line.split()[1], given.get("Authorization"), body)
        answer = json.dumps(told).encode()
        sock.sendall(
            f"HTTP/1.1 {status} Told\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
        )

    def _told(self, path, credentials, body):
        if path == "/v1/oauth2/token":
            known = credentials == BASIC and body == b"grant_type=client_credentials"
            return (200, {"access_token": self._token}) if known else (401, {})
        if credentials != f"Bearer {self._token}":
            return 401, {}
        if path != "/v1/notifications/verify-webhook-signature":
            return 404, {}
        question = json.loads(body)
        number, now = question["transmission_id"], question["transmission_time"]
        # The event byte for byte: what is asked about is what was sent.
        event = re.search(rb'"webhook_event":(.*)}$', body, re.DOTALL)[1]
        wanted = self._signature(number, now, question["webhook_id"], event)
        right = hmac.compare_digest(wanted, question["transmission_sig"])
        return 200, {"verification_status": "SUCCESS" if right else "FAILURE"}
