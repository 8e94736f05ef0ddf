# lib.sh - how a suite is run and counted.  A suite prints `ok NAME` and `not ok NAME` lines (TAP) or just
# ends well or badly, which counts as one.  Sourced by tests/run.

passed_all=0
failed_all=0

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1"; }

# Names are the suite's; a suite that ends badly has failed even if each of its lines was ok.
run_suite() {
    local name=$1 log=build/test-logs/$1.log from=$SECONDS rc passed failed
    printf '%-10s ' "$name"
    set +e
    (
        set -e
        "suite_$name"
    ) >"$log" 2>&1 </dev/null
    rc=$?
    set -e
    passed=$(grep -E '^ok ' "$log" | grep -vc '# SKIP' || true)
    failed=$(grep -cE '^not ok ' "$log" || true)
    if [ $rc != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
    if [ $rc = 0 ] && [ $((passed + failed)) = 0 ]; then passed=1; fi
    printf '%4d passed, %d failed, %d s\n' "$passed" "$failed" $((SECONDS - from))
    [ "$failed" = 0 ] || failures "$log"
    passed_all=$((passed_all + passed))
    failed_all=$((failed_all + failed))
}

failures() {
    grep -E '^not ok |check failed|error:|Error:|ERROR: |SUMMARY: ' "$1" | head -n 25 | sed 's/^/    /' || true
    echo "    ... all of it: $1"
}

# unit_tests EXTRAS [NAME...]: every test program of that build, or only these; one that was not even built
# has failed.
unit_tests() {
    local extras=$1 dir=build/gcc${1:+-$1}/test name
    local -a names=("${@:2}") goals
    [ $# -gt 1 ] || mapfile -t names < <(make -s print-tests | tr ' ' '\n')
    goals=("${names[@]/#/$dir/}")
    make -k -j2 EXTRAS="$extras" "${goals[@]/%/.ok}" || true
    for name in "${names[@]}"; do
        if [ "$dir/$name.ok" -nt "$dir/$name" ]; then ok "$name"; else not_ok "$name"; fi
    done
}

starts_threads=' (pthread_create|thrd_create|rte_\w*(launch|thread)\w*|nats\w+)'
# The test programs that have threads: they themselves start some, or a library that calls back from its own.
threaded_tests() {
    local name
    make -k -s -j2 $(make -s print-tests | xargs -n1 printf 'build/gcc/test/%s\n') >&2 || true
    for name in $(make -s print-tests); do
        ! nm -u "build/gcc/test/$name" | grep -E "$starts_threads" >/dev/null || echo "$name"
    done
}
