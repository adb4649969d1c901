#!/usr/bin/env bash
# Generate a starter of each framework from the built wheel, install it as its README says into an
# environment of its own, and run its test: with what it requires, and nothing of ours beside it.
set -euo pipefail
wheel=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv maker
maker/bin/python -m pip install --quiet "$wheel[cli]"
for framework in flask django fastapi wsgi; do
    maker/bin/hookkit new "$framework" --provider github --framework "$framework"
    python3 -m venv "$framework/.venv"
    (
        cd "$framework"
        # What is asked for is this very wheel, not a release of a higher version.
        .venv/bin/python -m pip install --quiet "$wheel"
        .venv/bin/python -m pip install --quiet -r requirements.txt
        .venv/bin/python -m pytest --quiet
    )
done
