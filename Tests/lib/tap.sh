# tap.sh: assertions for shell tests, in the Test Anything Protocol.
#
# Each assertion prints one line, `ok N - what` or `not ok N - what`, and never ends the script: one
# failure must not hide the next. `finish` prints the plan `1..N`; a script that dies before that has
# no plan, and Tests/run counts that as a failure. The description is always the first argument.

tap_count=0
tap_failed=0

pass() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' $tap_count "$1"
}

# fail WHAT [DETAIL...]
fail() {
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' $tap_count "$1"
    shift
    [ $# = 0 ] || diag "$@"
}

# skip WHAT WHY: for what cannot be tested on this machine, never for what does not work yet.
skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' $tap_count "$1" "$2"
}

skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 77
}

diag() { printf '%s\n' "$@" | sed 's/^/# /'; }

# ok WHAT COMMAND...: the command succeeds.
ok() {
    local what=$1 output status=0
    shift
    output=$("$@" 2>&1) || status=$?
    if [ $status = 0 ]; then pass "$what"; else fail "$what" "exit $status: $*" "$output"; fi
}

# exits WHAT STATUS COMMAND...: the command ends with exactly that status.
exits() {
    local what=$1 want=$2 output status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    if [ $status = "$want" ]; then pass "$what"; else fail "$what" "exit $status, want $want: $*" "$output"; fi
}

# is WHAT GOT WANT: both are the same text.
is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:  $2" "want: $3"; fi
}

# isnt WHAT GOT OTHER: GOT is not empty and differs from OTHER.
isnt() {
    if [ -n "$2" ] && [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "got: $2"; fi
}

# like WHAT GOT PATTERN: GOT contains a match of the extended regular expression.
like() {
    if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "got:       $2" "want like: $3"; fi
}

# at_most WHAT GOT BOUND: GOT is not above BOUND; both are whole numbers.
at_most() {
    if [ -n "$2" ] && [ "$2" -le "$3" ]; then pass "$1"; else fail "$1" "got: $2, bound: $3"; fi
}

# wait_until SECONDS COMMAND...: polls until the command succeeds; fails when the time is up.
wait_until() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ ${EPOCHREALTIME/./} -lt $deadline ] || return 1
        sleep 0.05
    done
}

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

finish() {
    printf '1..%d\n' $tap_count
    [ $tap_failed = 0 ] && [ $tap_count -gt 0 ]
}
