#!/bin/sh
# Print a Python that can make .venv: the one named by $1, else the first that is new enough.
# Candidates are run, not only looked up: a version manager's shim may exist and not work.
set -u

if [ -n "${1:-}" ]; then
    set -- "$1"
else
    set -- python3 python3.14 python3.13 python3.12 python3.11
fi

old='' bare=''
for py in "$@"; do
    found=$("$py" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$py" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        old="$py is Python $found, but hookkit needs 3.11 or newer (PYTHON=... picks another)"
    # Debian ships venv but puts the ensurepip it needs into a package of its own.
    elif ! "$py" -c 'import ensurepip, venv' 2>/dev/null; then
        bare=${bare:-"$py cannot create virtual environments: apt install python$found-venv"}
    else
        command -v "$py"
        exit 0
    fi
done
echo "${bare:-${old:-no Python found: install 3.11 or newer, or name one with PYTHON=...}}" >&2
exit 1
