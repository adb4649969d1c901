"""Start the board: python examples/live_board"""

import sys
from contextlib import suppress

import uvicorn

from hookkit import HookkitError

try:
    from app import app, number

    port = int(number("PORT", 1, 65535, "8000"))
except (HookkitError, OSError) as error:  # a wrong setting, or no place for the data
    sys.exit(f"live_board: {error}")
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
