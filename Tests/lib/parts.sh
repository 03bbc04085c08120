# parts.sh: counts the results of the parts of Tests/run, Tests/soak and Tests/guards; sourced by each.
#
# Expects say and swift (the compiler) from the script that sources it. Owns passed, failed and skipped.

passed=0 failed=0 skipped=0

headline() { printf '\n== %s\n' "$*"; }

# run_tap NAME SECONDS COMMAND...: runs the command and counts the results in its TAP stream.
run_tap() {
    local script=$1 limit=$2 output status=0 planned count bad omitted
    local -a command=("${@:3}")
    headline "$script"
    output=$(mktemp)
    timeout --kill-after=10 "$limit" "${command[@]}" 2>&1 | tee "$output" || status=$?
    if [ $status = 77 ]; then
        skipped=$((skipped + 1))
        say "SKIPPED, all of $script: $(sed -n 's/^1\.\.0 # SKIP //p' "$output")"
        rm -f "$output"
        return
    fi
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$output" | tail -n 1)
    omitted=$(grep -cE '^ok [0-9]+ .*# SKIP' "$output")
    count=$(grep -cE '^(not )?ok [0-9]+' "$output")
    bad=$(grep -cE '^not ok [0-9]+' "$output")
    passed=$((passed + count - bad - omitted)) skipped=$((skipped + omitted)) failed=$((failed + bad))
    if [ "$planned" != "$count" ] || [ "$count" = 0 ]; then
        say "not ok - $script did not finish (exit $status, plan ${planned:-none}, ran $count)"
        failed=$((failed + 1))
    elif [ $status != 0 ] && [ "$bad" = 0 ]; then
        say "not ok - $script exits with $status though nothing failed"
        failed=$((failed + 1))
    fi
    rm -f "$output"
}

# begin_tap NAME SECONDS COMMAND...: starts a TAP stream in the background; `end_taps` waits for all that were
# started and counts their results, one after the other.
tap_directory='' tap_names=() tap_pids=()

begin_tap() {
    local place=${#tap_names[@]}
    [ -n "$tap_directory" ] || tap_directory=$(mktemp -d)
    tap_names+=("$1")
    keep_tap "$place" "${@:2}" &
    tap_pids+=($!)
}

# keep_tap PLACE SECONDS COMMAND...: what it prints and how it ends, for `end_taps`.
keep_tap() {
    timeout --kill-after=10 "$2" "${@:3}" >"$tap_directory/$1" 2>&1
    echo $? >"$tap_directory/$1.status"
}

# begin_lanes LANES SECONDS SCRIPT...: the scripts in the background, this many at a time and each in its turn.
begin_lanes() {
    local limit=$2 first=${#tap_names[@]} lane
    local -a scripts=("${@:3}")
    [ -n "$tap_directory" ] || tap_directory=$(mktemp -d)
    tap_names+=("${scripts[@]}")
    for ((lane = 0; lane < $1; lane++)); do
        take_scripts "$first" "$limit" "${scripts[@]}" &
        tap_pids+=($!)
    done
}

# A lane: runs what no other lane has taken.
take_scripts() {
    local place=$1 script
    for script in "${@:3}"; do
        ! mkdir "$tap_directory/$place.taken" 2>/dev/null || keep_tap "$place" "$2" bash "$script"
        place=$((place + 1))
    done
}

end_taps() {
    local place
    [ ${#tap_pids[@]} -gt 0 ] || return 0
    wait "${tap_pids[@]}"
    for place in "${!tap_names[@]}"; do
        # shellcheck disable=SC2016
        run_tap "${tap_names[place]}" 60 bash -c 'cat "$1"; exit "$(cat "$1.status")"' - \
            "$tap_directory/$place"
    done
    rm -rf "$tap_directory"
    tap_directory='' tap_names=() tap_pids=()
}

# Builds the programs under test, once; OPSD_BINARIES names their directory.
release_build() {
    [ -z "${OPSD_BINARIES:-}" ] || return 0
    headline "release build"
    if ! "$swift" build -c release --static-swift-stdlib -Xlinker -s; then
        say "not ok - release build"
        failed=$((failed + 1))
        return 1
    fi
    OPSD_BINARIES=$("$swift" build -c release --static-swift-stdlib -Xlinker -s --show-bin-path)
    export OPSD_BINARIES
}

# finish_parts NAMES BEGAN: prints the last lines; succeeds only when something passed and nothing failed.
finish_parts() {
    local summary="$passed passed, $failed failed"
    printf '\n%s in %d s\n' "$1" $((SECONDS - $2))
    [ $skipped = 0 ] || summary="$summary, $skipped skipped"
    say "$summary"
    [ $failed = 0 ] && [ $passed -gt 0 ]
}
