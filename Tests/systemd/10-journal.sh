#!/bin/bash
# 10: the journal has structured entries: what happened, to whom, why, and a stable id with a text.
set -u
. "$(dirname "$0")/../lib/box.sh"
box_boot
box journalctl --update-catalog
box systemctl start opsd

box opsctl ban 203.0.113.9 --ttl 1h --reason "too many logins" >/dev/null
ok "10.1 a ban is in the journal" wait_until 5 journal_has ban
is "10.2 OPSD_IP" "$(journal ban .OPSD_IP)" '"203.0.113.9"'
is "10.3 OPSD_REASON" "$(journal ban .OPSD_REASON)" '"too many logins"'
is "10.4 MESSAGE_ID as in the catalog" "$(journal ban .MESSAGE_ID)" "\"$(message_id ban)\""
is "10.5 under the unit, so that -u finds it" "$(journal ban ._SYSTEMD_UNIT)" '"opsd.service"'
like "10.6 PRIORITY is a syslog level" "$(journal ban .PRIORITY)" '^"[0-7]"$'
like "10.7 a readable message" "$(journal ban .MESSAGE)" '203\.0\.113\.9'
like "10.8 journalctl -x explains it" \
    "$(box journalctl -x -u opsd --no-pager MESSAGE_ID="$(message_id ban)")" '203\.0\.113\.9 was banned'

box opsctl unban 203.0.113.9 >/dev/null
ok "10.9 an unban is in the journal" wait_until 5 journal_has unban
is "10.10 with its id" "$(journal unban .MESSAGE_ID)" "\"$(message_id unban)\""
is "10.11 started has its id" "$(journal started .MESSAGE_ID)" "\"$(message_id started)\""

# A hostile reason comes back whole, and reaches no terminal as control characters.
hostile=$'one\ntwo \e[31mred \u202e"x"'
box opsctl ban 203.0.113.10 --ttl 1h --reason "$hostile" >/dev/null
for_ten='select(.OPSD_IP == "203.0.113.10")'
ok "10.12 a ban with a hostile reason" wait_until 5 journal_has ban "$for_ten"
is "10.13 is one entry" "$(journal ban "$for_ten" | wc -l)" 1
is "10.14 no entry's message has a control character" \
    "$(box journalctl -u opsd -o json --no-pager |
        jq -r 'select(.OPSD_EVENT) | .MESSAGE | if type == "string" then . else implode end' |
        LC_ALL=C grep -c -P '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae')" 0
is "10.15 every entry of opsd's own has an id of the catalog" \
    "$(box journalctl -u opsd -o json --no-pager |
        jq -r 'select(.OPSD_EVENT) | "\(.OPSD_EVENT) \(.MESSAGE_ID)"' | sort -u |
        while read -r kind id; do [ "$id" = "$(message_id "$kind")" ] || echo "$kind $id"; done)" ""

# What an event is about besides an address: a list, an objective.
printf '192.0.2.0/24\n' | box opsctl list load drop - >/dev/null
ok "10.16 a list is in the journal" wait_until 5 journal_has list_committed
is "10.17 OPSD_LIST" "$(journal list_committed .OPSD_LIST)" '"drop"'
box opsctl slo rebaseline default --reason test >/dev/null
ok "10.18 an objective is in the journal" wait_until 5 journal_has slo_rebaselined
is "10.19 OPSD_SLO" "$(journal slo_rebaselined .OPSD_SLO)" '"default"'
box_finish
