"""Start the board: python examples/live_board"""

import os
import sys
from contextlib import suppress

import uvicorn

from hookkit import ConfigError

try:
    from app import app
except ConfigError as error:
    sys.exit(f"live_board: GITHUB_SECRET and SENSOR_SECRET must be set: {error}")

port = int(os.environ.get("PORT", "8000"))
# uvicorn waits for streams, which have no end of their own: they look whether it is to end.
config = uvicorn.Config(
    app, host="127.0.0.1", port=port, timeout_graceful_shutdown=5, log_level="warning"
)
server = uvicorn.Server(config)
app.state.ending = lambda: server.should_exit
print(f"live_board: http://127.0.0.1:{port}/", flush=True)
# It ends on Ctrl-C, and then raises it again.
with suppress(KeyboardInterrupt):
    server.run()
