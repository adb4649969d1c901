"""Start it: python examples/chat_alerts"""

import logging
import signal
import sys

import waitress

from hookkit import HookkitError

logging.basicConfig(level=logging.WARNING)
try:
    from app import app, inbox, number

    port = int(number("PORT", 1, 65535, "8000"))
except (HookkitError, OSError) as error:  # a wrong setting, or no place for the data
    sys.exit(f"chat_alerts: {error}")

# As on Ctrl-C: what is being sent may end, and the rest is given back.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=8)
except OSError as error:
    sys.exit(f"chat_alerts: PORT={port}: {error}")
print(f"chat_alerts: http://127.0.0.1:{port}/webhooks/alertmanager, …/github, …/sentry", flush=True)
# At once, and not with the first delivery: what an earlier process has left is waiting.
inbox.work(threads=4)
server.run()
