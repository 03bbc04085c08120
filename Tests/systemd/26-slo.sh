#!/bin/bash
# 26: objectives under a real daemon: what is counted outlives kill -9 but for the last second, the gate
# stops a deploy script, and its flag tells a dead daemon from a live one.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
configure <<'TOML'
[slo.api]
availability = 99.9
alerts = []

[gate]
flag_life = "4s"
flag_refresh = "1s"
TOML
box systemctl start opsd
flag=/var/log/opsd/deploy_gate.flag

exits "26.1 nobody has counted yet: the gate cannot tell" 6 box opsctl gate check
ok "26.2 an observation" box opsctl slo observe api --latency_ms 12.5 --status 200
ok "26.3 sums" box opsctl slo add api --good 998 --bad 1 --latencies 40:900
is "26.4 are counted" "$(field '.objectives[0].total' slo status)" 1000
exits "26.5 and the gate is open" 0 box opsctl gate check
exits "26.6 an unknown objective is not found" 4 box opsctl slo observe nobody --latency_ms 1

# One observation a request for three seconds; the daemon is killed while they come.
total() { field '.objectives[0].total' slo status; }
counts_more_than() { [ "$(total)" -gt "$1" ]; }
box opsbench --raw 'slo observe api latency_ms={n} ok=true' --connections 1 --pipeline 1 --rate 2000 \
    --duration 60s >/dev/null 2>&1 &
load=$!
ok "26.7 observations come in" wait_until 20 counts_more_than 3000
before=$(total)
box systemctl kill --kill-who=main --signal=KILL opsd
wait $load
ok "26.8 killed, it is restarted" wait_until 10 restarts_are 1
ok "26.9 and answers" wait_until 10 answers
after=$(total)
# Reading figures writes what was counted: all that was told is there, and not much that was not.
ok "26.10 what was told is there ($before told, $after found)" [ "$after" -ge "$before" ]

cat >"$box_dir/deploy" <<'SH'
#!/bin/sh
opsctl gate check || exit 1
echo deployed
SH
box sh -c 'cat >/run/deploy && chmod +x /run/deploy' <"$box_dir/deploy"
is "26.11 a deploy script goes through" "$(box /run/deploy | tail -n 1)" deployed
ok "26.12 closed by hand" box opsctl gate override --to closed --ttl 1h --reason freeze
exits "26.13 the same script stops" 1 box /run/deploy
flag_is() { box test -e $flag; }
ok "26.14 the flag is there" wait_until 10 flag_is
member() { box cat $flag | jq -r "$1"; }
is "26.15 with the reason" "$(member .reason)" "override: freeze"
is_fresh() { [ "$(date -u -d "$(member .expires_at)" +%s)" -ge "$(date +%s)" ]; }
is_stale() { ! is_fresh; }
first=$(member .refreshed_at)
refreshed() { [ "$(member .refreshed_at)" != "$first" ]; }
ok "26.16 it is refreshed" wait_until 10 refreshed
ok "26.17 and fresh" is_fresh
box systemctl stop opsd opsd.socket
ok "26.18 opsd is dead: the flag goes stale" wait_until 15 is_stale
box systemctl start opsd.socket opsd
exits "26.19 started again, the gate is closed as it was" 1 box opsctl gate check
ok "26.20 and the flag fresh" wait_until 10 is_fresh
ok "26.21 the freeze ends" box opsctl gate override --to auto
gone() { ! box test -e $flag; }
ok "26.22 the flag goes" wait_until 10 gone
ok "26.23 a new baseline" box opsctl slo rebaseline api --reason "new database"
is "26.24 counts from nothing" "$(total)" 0
ok "26.25 its event keeps the old figures" wait_until 5 journal_has slo_rebaselined
ok "26.26 the budgets are in a file" box jq -e .objectives /var/log/opsd/slo_budget.json
box_finish
