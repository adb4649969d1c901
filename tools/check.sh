#!/usr/bin/env bash
# All of CI's stages, one after another, then a table; `make check` runs this.
# A failed stage does not stop the others, so that one run tells everything.
set -uo pipefail
export CI=true # tests fail where they would skip for what is missing
cd "$(dirname "$0")/.."

make=${1:-make}
long=${CI_LONG:-}
quick=1
if [ -n "$long" ]; then quick=''; fi
logs=build/check
table=''
closings=''
status=0
rm -rf "$logs"
mkdir -p "$logs"

stage() {
    local name=$1 start=$SECONDS result=ok closing
    shift
    printf '\n=== stage %s\n' "$name"
    if ! "$make" --no-print-directory "$@" 2>&1 | tee "$logs/$name.log"; then
        result=FAILED
        status=1
    fi
    printf '=== stage %s: %s, %d s\n' "$name" "$result" $((SECONDS - start))
    table+=$(printf '%-8s %6d s  %s' "$name" $((SECONDS - start)) "$result")$'\n'
    # pytest's last line, repeated at the end: there it is seen without scrolling.
    if closing=$(grep -E '^=+ .+ in [0-9.]+s.* =+$' "$logs/$name.log" | tail -n 1); then
        closings+="$name: $closing"$'\n'
    fi
}

stage lint lint
stage test test COV=1 HYPOTHESIS_PROFILE=ci
stage docs docs
stage pictures pictures PICTURES=build/pictures
stage wheel wheel
stage bench bench QUICK="$quick"
stage demo demo ONCE=1
if [ -n "$long" ]; then
    stage fuzz fuzz
fi

printf '\n%s%-8s %6d s\n\n%s' "$table" total "$SECONDS" "$closings"
exit "$status"
