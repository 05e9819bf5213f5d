#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run every test that was built under the folder $1, and the checks that are scripts; with further
# words only the unit tests of those folders, through the program $RUNNER if that is set. Output of a
# test is shown when it fails. The last line counts single test cases: "N passed, N failed".
set -u

build=$1
shift
logs=$build/logs
passed=0
failed=0
limit=${TEST_TIMEOUT:-240}
mkdir -p "$logs"

# GLib's slices hide leaks from the sanitizers; core dumps fill disks.
export G_SLICE=always-malloc
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export LSAN_OPTIONS="${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
ulimit -c 0

# A gate must say the same of the same tree; `make soak` tries new lives.
export TEST_SEED="${TEST_SEED:-20261125}"

count() { # PATTERN FILE -> the number in cmocka's closing lines, or unittest's
    sed -n "s/$1/\\1/p" "$2" | awk '{n += $1} END {print n + 0}'
}

report() { # NAME STATUS SECONDS LOG
    ok=$(count '^\[  PASSED  \] \([0-9]*\) test(s)\.$' "$4")
    bad=$(count '^\[  FAILED  \] \([0-9]*\) test(s), listed below:$' "$4")
    if [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then
        ok=$(count '^Ran \([0-9]*\) tests\{0,1\} in .*$' "$4")
        bad=$(count '^FAILED (.*failures=\([0-9]*\).*$' "$4")
        ok=$((ok - bad))
    fi
    # A program that fails without a failed case (a leak, a crash, a time-out) is a failure, too,
    # and so is one that runs nothing.
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$2" -eq 0 ] && [ "$ok" -eq 0 ]; then bad=1; fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$bad" -ne 0 ]; then
        printf 'FAILED  %s (status %s, %ss)\n' "$1" "$2" "$3"
        sed 's/^/        /' "$4" | tail -n 150
    else
        printf 'ok      %-44s %4s cases %4ss\n' "$1" "$ok" "$3"
    fi
}

log_of() { # NAME
    echo "$logs/$(echo "$1" | tr '/' '-').log"
}

run() { # NAME COMMAND...
    name=$1
    shift
    begin=$(date +%s)
    timeout -k 10 "$limit" "$@" >"$(log_of "$name")" 2>&1 </dev/null
    status=$?
    report "$name" "$status" "$(($(date +%s) - begin))" "$(log_of "$name")"
}

# Stories mostly wait for what others do: they run beside the unit tests.
start_story() { # NAME FILE
    begin=$(date +%s)
    timeout -k 10 "$limit" python3 -B "$2" "$build" >"$(log_of "$1")" 2>&1 </dev/null
    echo "$? $(($(date +%s) - begin))" >"$(log_of "$1").end"
}

close() {
    echo
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

run_folder() { # FOLDER
    for test in "$build/tests/$1"/test-*; do
        [ -x "$test" ] || continue
        # The runner is a command line of its own.
        # shellcheck disable=SC2086
        run "${test#"$build"/tests/}" ${RUNNER:-} "$test"
    done
}

if [ $# -gt 0 ]; then
    for folder; do
        run_folder "$folder"
    done
    close
fi

# Not all at once: what they wait for has deadlines, which are not meant for a crowd.
at_once=$((2 * $(nproc)))
run_stories() {
    for story in tests/stories/test_*.py; do
        while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do
            wait -n
        done
        start_story "stories/$(basename "$story" .py)" "$story" &
    done
    wait
}

run_stories &
run walls tests/check-walls.sh "$build"
for folder in receipts protocol purple model pidgin finch server host; do
    run_folder "$folder"
done
wait
for story in tests/stories/test_*.py; do
    name=stories/$(basename "$story" .py)
    read -r status seconds <"$(log_of "$name").end"
    report "$name" "$status" "$seconds" "$(log_of "$name")"
done
close
