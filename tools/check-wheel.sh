#!/usr/bin/env bash
# Build sdist and wheel, then run the tests against the wheel where src/ cannot be reached.
# It shows what tests in the work tree cannot: files missing from the package, and imports
# that only work there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

unset PYTHONPATH  # it could bring src/ back
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$work/venv/bin/python

# Without --wheel or --sdist the wheel is built from the sdist, so both are tried.
.venv/bin/python -m build --outdir dist .
version=$(.venv/bin/python -c \
    'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
wheel=dist/hookkit-$version-py3-none-any.whl

.venv/bin/python -m venv "$work/venv"
"$python" -m pip install --quiet --upgrade 'pip>=25.1'

# First with its own dependencies alone: a test dependency must not be needed to import it.
"$python" -m pip install --quiet "$wheel"
(cd "$work" && "$python" - <<'PY'
import importlib.resources
import pathlib

import hookkit

assert "site-packages" in pathlib.Path(hookkit.__file__).parts, hookkit.__file__
assert importlib.resources.files(hookkit).joinpath("py.typed").is_file(), "py.typed is missing"
print("testing", hookkit.__file__)
PY
)

"$python" -m pip install --quiet --group test

# What git has or would take, so that nothing lying about makes the tests pass. A file that
# was deleted but not committed is listed too, hence the test.
mkdir "$work/tree"
git ls-files -z --cached --others --exclude-standard -- . ':!src' |
    while IFS= read -r -d '' file; do
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done |
    tar --null -T - -cf - | tar -xf - -C "$work/tree"
cd "$work/tree"
bash "$root/tools/check-starters.sh" "$root/$wheel"
bash tools/check-examples.sh "$python" "$root/$wheel"

# The tests of processes and servers, and the long forms of others, have run from the source just before:
# here they would tell nothing new, and take minutes.
elsewhere=(--ignore=tests/integration)
if [ -n "${CI_LONG:-}" ]; then elsewhere=(); else unset CI; fi
HYPOTHESIS_PROFILE=${CI_LONG:+ci} "$python" -m pytest -n "${JOBS:-3}" "${elsewhere[@]}"
