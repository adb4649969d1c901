"""What `bench.durable` measures, in a process of its own; prints one JSON object.

`python -m bench.durable_program FOLDER WHAT EFFORT`. Everything is measured in rounds, in an order that
changes: by name, a number for each round.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import durable_accepting, durable_growth, durable_others

Measures = Mapping[str, Callable[[Path, int], dict[str, list[float]]]]

MEASURES: Measures = {
    "accepting": durable_accepting.measure,
    "others": durable_others.measure,
    "growth": durable_growth.measure,
}


def main() -> None:
    folder, what, effort = sys.argv[1:]
    # What is measured imports and prints what it likes; the result has a channel of its own.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(MEASURES[what](Path(folder), int(effort)), channel)
    channel.close()


if __name__ == "__main__":
    main()
