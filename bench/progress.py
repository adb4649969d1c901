"""What is being measured, for whoever waits for it."""

import sys
import time

BEGUN = time.monotonic()


def tell(text: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - BEGUN), 60)
    print(f"[{minutes:2d}:{seconds:02d}] {text}", file=sys.stderr, flush=True)
