#!/usr/bin/env bash
# Start each application of examples/ as its README says, in an empty folder with an empty home, where
# hookkit is to be had from the built wheel alone: check-examples.sh PYTHON WHEEL. That Python has hookkit
# and the test group; it sends a delivery, and looks for it.
set -euo pipefail
# Not realpath: a virtual environment's is a link, and no more than that once it is followed.
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
wheel=$(realpath "$2")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The `python3` of the READMEs is the one that this Python's environment was made with.
base=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
mkdir "$work/bin" "$work/wheels"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$base" >"$work/bin/python3"
chmod +x "$work/bin/python3"
cp "$wheel" "$work/wheels"

# What pip has downloaded before stays at hand, although the home is another.
if cache=$("$python" -m pip cache dir 2>/dev/null); then export PIP_CACHE_DIR=$cache; fi
export PIP_FIND_LINKS="$work/wheels ${PIP_FIND_LINKS:-}"
unset PYTHONPATH VIRTUAL_ENV

for requirements in examples/*/requirements.txt; do
    name=$(basename "$(dirname "$requirements")")
    mkdir -p "$work/$name/home" "$work/$name/examples"
    cp examples/run.py "$work/$name/examples"
    # Without what an earlier start has left there.
    tar -C examples --exclude=.venv --exclude=.env --exclude=data --exclude=__pycache__ -cf - "$name" |
        tar -C "$work/$name/examples" -xf -
    HOME=$work/$name/home PATH=$work/bin:$PATH \
        "$python" -m tools.check_example "$name" "$work/$name" "$wheel"
done
