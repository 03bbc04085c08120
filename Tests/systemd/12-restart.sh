#!/bin/bash
# 12: restarts and crashes while clients come in: no connection is refused.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box systemctl start opsd

knock_start
for round in 1 2 3; do
    ok "12.1 restart $round under load" box systemctl restart opsd
    ok "12.2 answers after restart $round" wait_until 5 answers
done
knock_stop
diag "three restarts: $seen"
is "12.3 no connection was refused" "$(saw refused)" 0
is "12.4 no request was lost" "$(saw lost)" 0
ok "12.5 there was load" test "$(saw asked)" -gt 100

# A crash may lose what was being answered, but the socket itself stays open.
knock_start
box systemctl kill --kill-who=main --signal=KILL opsd
ok "12.6 after kill -9 it is back" wait_until 10 restarts_are 1
ok "12.7 and answers" wait_until 10 answers
knock_stop
diag "kill -9: $seen"
is "12.8 no connection was refused" "$(saw refused)" 0
at_most "12.9 at most one request of each client was lost" "$(saw lost)" 4
box_finish
