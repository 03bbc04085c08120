#!/bin/bash
# 01: the shipped files by themselves: sandbox, catalog, users, layout, refusals. No daemon is started.
set -u
. "$(dirname "$0")/../lib/box.sh"
cd "$repository" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The exposure, in tenths: 1.6 or less.
report=$(systemd-analyze security --offline=true --threshold=16 "$PWD/systemd/opsd.service" 2>&1)
status=$?
diag "$(tail -n 1 <<<"$report")"
is "1.1 systemd-analyze security: exposure 1.6 or less" $status 0
report=$(systemd-analyze security --offline=true --threshold=15 "$PWD/systemd/opswatch.service" 2>&1)
status=$?
diag "$(tail -n 1 <<<"$report")"
is "1.1 and of the detector 1.5 or less" $status 0
report=$(systemd-analyze security --offline=true --threshold=12 "$PWD/systemd/opspager.service" 2>&1)
status=$?
diag "$(tail -n 1 <<<"$report")"
is "1.1 and of the pager 1.2 or less" $status 0
report=$(systemd-analyze security --offline=true --threshold=12 "$PWD/systemd/opscheck.service" 2>&1)
status=$?
diag "$(tail -n 1 <<<"$report")"
is "1.1 and of the checker 1.2 or less" $status 0
for unit in opsd opswatch opspager opscheck; do
    like "1.2 $unit: memory is never writable and executable" "$(cat systemd/$unit.service)" \
        'MemoryDenyWriteExecute=yes'
done

# The catalog: one entry a kind, one id an entry.
kinds="ban ban_confirmed ban_expired bans_expired canary clock_offset clock_step cost_cap_set cost_corrected \
cost_critical cost_fine cost_warning degraded \
endpoint_down endpoint_unknown endpoint_up \
enforce_failed enforce_recovered enforce_restored filter_failed filter_slow filter_well gate_closed gate_opened \
gate_override gate_override_ended health health_check incident_acknowledged incident_again \
incident_flood incident_opened incident_resolved incident_worse list_committed list_dropped list_expired \
log_cut log_lost one_address queue_back queue_bad queue_silent queue_well rebased recovered reload reload_refused silence_added silence_ended slo_firing slo_rebaselined \
slo_resolved slo_unknown source_back source_denied source_missing source_silent started stopped strikes_cleared \
unban work_failed work_parked work_resumed work_unsure"
is "1.3 the catalog has every kind once" \
    "$(sed -n 's/^# OPSD_EVENT=//p' systemd/opsd.catalog | sort | xargs)" "$kinds"
ids=$(for kind in $kinds; do message_id "$kind"; done)
is "1.4 every kind has a 128-bit id of its own" \
    "$(grep -cE '^[0-9a-f]{32}$' <<<"$(sort -u <<<"$ids")")" "$(wc -w <<<"$kinds")"
mkdir -p "$scratch/catalog/usr/lib/systemd/catalog" "$scratch/catalog/var/lib/systemd/catalog"
cp systemd/opsd.catalog "$scratch/catalog/usr/lib/systemd/catalog/"
ok "1.5 journald compiles the catalog" journalctl --update-catalog --root="$scratch/catalog"
is "1.6 and finds every entry in it" \
    "$(journalctl --list-catalog --root="$scratch/catalog" | wc -l)" "$(wc -w <<<"$kinds")"

# A package's directory, for both prefixes, without root's help from the machine.
for prefix in /usr /usr/local; do
    dest=$scratch/dest$prefix
    ok "1.7 $prefix: installs below --destdir" \
        systemd/install --prefix=$prefix --destdir="$dest" --binaries="$OPSD_BINARIES"
    for file in $prefix/sbin/opsd $prefix/sbin/opswatch $prefix/sbin/opspager $prefix/sbin/opscheck $prefix/bin/opsctl $prefix/bin/opsbench \
        $prefix/lib/systemd/system/opsd.service $prefix/lib/systemd/system/opswatch.service \
        $prefix/lib/systemd/system/opspager.service $prefix/lib/systemd/system/opscheck.service \
        $prefix/lib/systemd/system/opsd-queue@.service \
        $prefix/lib/systemd/system/opsd-queue@.timer $prefix/share/opsd/queues/redis \
        $prefix/lib/systemd/system/opsd.socket $prefix/lib/sysusers.d/opsd.conf \
        $prefix/lib/tmpfiles.d/opsd.conf $prefix/lib/systemd/catalog/opsd.catalog \
        $prefix/share/bash-completion/completions/opsctl \
        $prefix/share/fish/vendor_completions.d/opsctl.fish \
        $prefix/share/opsd/fail2ban/opsd.conf /etc/logrotate.d/opsd /etc/opsd/opsd.toml; do
        ok "1.8 $prefix: has $file" test -s "$dest$file"
    done
    for unit in opsd opswatch opspager opscheck; do
        like "1.9 $prefix: the unit starts the installed program" \
            "$(cat "$dest$prefix/lib/systemd/system/$unit.service")" "ExecStart=$prefix/sbin/$unit"
    done
    like "1.10 $prefix: the second run changes nothing" \
        "$(systemd/install --prefix=$prefix --destdir="$dest" --binaries="$OPSD_BINARIES")" 'all as they should be'
    echo '# mine' >>"$dest/etc/opsd/opsd.toml"
    systemd/install --prefix=$prefix --destdir="$dest" --binaries="$OPSD_BINARIES" >/dev/null
    like "1.11 $prefix: the configuration is kept" "$(cat "$dest/etc/opsd/opsd.toml")" '# mine'
    systemd/uninstall --prefix=$prefix --destdir="$dest" >/dev/null
    is "1.12 $prefix: uninstall leaves the configuration alone, and nothing else" \
        "$(find "$dest" -type f | sed "s|^$dest||")" /etc/opsd/opsd.toml
done

# Users and directories, as the manager would make them.
mkdir -p "$scratch/users/etc"
ok "1.13 sysusers makes user and groups" \
    systemd-sysusers --root="$scratch/users" "$PWD/systemd/opsd.sysusers"
is "1.14 opsd, opsd-report, the pager, and the detector with its groups" \
    "$(cut -d: -f1 "$scratch/users/etc/group" | sort | xargs)" \
    "adm opscheck opsd opsd-report opspager opswatch systemd-journal"
like "1.14 the detector may connect and read logs, the others may connect" \
    "$(grep -E '^(adm|opsd|systemd-journal):' "$scratch/users/etc/group" | cut -d: -f4 | xargs)" \
    '^opswatch opswatch opscheck,opspager,opswatch$'

# What the installer says to those it cannot serve.
like "1.15 --help" "$(systemd/install --help)" '--foreground'
exits "1.16 an unknown option is a usage fault" 2 systemd/install --frobnicate
if [ "$(id -u)" = 0 ]; then
    refusal=$(setpriv --reuid 65534 --regid 65534 --clear-groups bash systemd/install --no-build 2>&1)
    like "1.17 an ordinary user is told why and what else" "$refusal" 'needs root.*--foreground'
else
    skip "1.17 an ordinary user is told why and what else" "needs root to become one"
fi
like "1.18 without a compiler it says where to look" \
    "$(SWIFT='' bash -c '
        . systemd/layout.sh
        . systemd/toolchain.sh
        is_swift() { false; }
        find_swift' 2>&1)" 'swift\.org/install'

# The user of the rotation does not exist here, so only the syntax is read.
if command -v logrotate >/dev/null; then
    sed '/^ *su /d; s/create 0640 .*/create 0640/' systemd/opsd.logrotate >"$scratch/logrotate"
    ok "1.19 logrotate reads its file" logrotate -d "$scratch/logrotate"
else
    skip "1.19 logrotate reads its file" "logrotate is not installed"
fi
finish
