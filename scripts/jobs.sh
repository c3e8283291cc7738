# shellcheck shell=bash
# Runs checks and test programs, some of them side by side, and adds up how they ended in `passed`, `failed` and `failures`.
# Sourced by scripts/test.

passed=0 failed=0 failures=()
job_kinds=() job_names=() job_commands=()

# now KIND NAME COMMAND...: runs one and waits for it. KIND is `check`, which passes by ending with 0, or `tests`, which are
# counted by their summary lines.
now() {
    local status=0 output
    output=$(mktemp)
    note "$2"
    "${@:3}" 2>&1 | tee "$output" || status=$?
    count "$1" "$2" "$status" "$output"
    rm -f "$output"
}

# job KIND NAME COMMAND...: notes one for run_jobs.
job() {
    job_kinds+=("$1") job_names+=("$2") job_commands+=("$(printf '%q ' "${@:3}")")
}

# run_jobs SLOTS: runs all noted jobs in their order, SLOTS at once. The output of a job is shown whole when it has ended.
run_jobs() {
    local slots=$1 next=0 running=0 pid index status outputs
    local -A index_of=() begun=()
    outputs=$(mktemp -d)
    while [ "$next" -lt "${#job_names[@]}" ] || [ "$running" -gt 0 ]; do
        if [ "$next" -lt "${#job_names[@]}" ] && [ "$running" -lt "$slots" ]; then
            (eval "${job_commands[next]}") >"$outputs/$next" 2>&1 </dev/null &
            index_of[$!]=$next begun[$!]=$SECONDS
            next=$((next + 1)) running=$((running + 1))
            continue
        fi
        status=0
        wait -n -p pid || status=$?
        running=$((running - 1)) index=${index_of[$pid]}
        note "${job_names[index]} ($((SECONDS - ${begun[$pid]})) s)"
        cat "$outputs/$index"
        count "${job_kinds[index]}" "${job_names[index]}" "$status" "$outputs/$index"
    done
    rm -rf "$outputs"
    job_kinds=() job_names=() job_commands=()
}

# count KIND NAME STATUS OUTPUT: adds up how one ended.
count() {
    local its_passed=0 its_failed=0
    if [ "$1" = tests ]; then
        read -r its_passed its_failed < <(
            awk '/^test result: / { for (i = 2; i <= NF; i++) { if ($i == "passed;") p += $(i-1); if ($i == "failed;") f += $(i-1) } }
                END { print p + 0, f + 0 }' "$4"
        )
    fi
    # What failed without a failed test did not get as far as its tests.
    if [ "$3" != 0 ] && [ "$its_failed" = 0 ]; then its_failed=1; fi
    passed=$((passed + its_passed)) failed=$((failed + its_failed))
    [ "$its_failed" = 0 ] || failures+=("$2")
}
