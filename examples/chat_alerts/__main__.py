"""Start it: python examples/chat_alerts"""

import logging
import os
import signal
import sys

import waitress

from hookkit import ConfigError

logging.basicConfig(level=logging.WARNING)
try:
    from app import app, inbox
except ConfigError as error:
    sys.exit(f"chat_alerts: {error}")

# As on Ctrl-C: what is being sent may end, and the rest is given back.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
port = int(os.environ.get("PORT", "8000"))
print(f"chat_alerts: http://127.0.0.1:{port}/webhooks/alertmanager, …/github, …/sentry", flush=True)
# At once, and not with the first delivery: what an earlier process has left is waiting.
inbox.work(threads=4)
waitress.serve(app, host="127.0.0.1", port=port, threads=8, _quiet=True)
