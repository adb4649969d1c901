"""Start it: python examples/deploy_on_push"""

import signal
import sys
import threading
import time
from pathlib import Path

import waitress

from hookkit import HookkitError

try:
    from app import app, outbox
    from builds import number, start

    port, workers = int(number("PORT", 1, 65535, "8000")), int(number("WORKERS", 1, 1000, "2"))
except (HookkitError, OSError) as error:  # a wrong setting, or no place for the data
    sys.exit(f"deploy_on_push: {error}")
try:
    server = waitress.create_server(app, host="127.0.0.1", port=port)
except OSError as error:
    sys.exit(f"deploy_on_push: PORT={port}: {error}")

worker = [sys.executable, "-m", "hookkit", "worker", "app:inbox", "--grace", "5"]
worker += ["--threads", str(workers)]

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
