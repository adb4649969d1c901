"""Start it: python examples/deploy_on_push"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import waitress

try:
    from app import app, outbox
    from builds import start

    port = int(os.environ.get("PORT", "8000"))
    server = waitress.create_server(app, host="127.0.0.1", port=port)
except (ValueError, OSError) as error:  # hookkit's ConfigError, no number, or no free port
    sys.exit(f"deploy_on_push: {error}")

worker = [sys.executable, "-m", "hookkit", "worker", "app:inbox", "--grace", "5"]
worker += ["--threads", os.environ.get("WORKERS", "2")]

for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: sys.exit(0))
outbox.work(threads=1)
threading.Thread(target=server.run, daemon=True).start()
print(f"deploy_on_push: http://127.0.0.1:{port}/", flush=True)
# A process of its own builds, as it may take long and die; then there is another.
while True:
    process = start(*worker, cwd=Path(__file__).parent)
    print(f"deploy_on_push: builds are run by process {process.pid}", flush=True)
    try:
        process.wait()
    finally:
        process.terminate()
        process.wait()
    time.sleep(1)
