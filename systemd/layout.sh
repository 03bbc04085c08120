# layout.sh: where every installed file goes; sourced by install, uninstall and package, so that it is said once.
#
# Expects: root (the source tree), prefix, destdir. Owns no state and changes nothing.

state_dir=/var/lib/opsd
watch_state_dir=/var/lib/opswatch
log_dir=/var/log/opsd
pager_log_dir=/var/log/opspager
config_dir=/etc/opsd

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    shift
    [ $# = 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

# The manager reads units, users and catalogs in a few places only; any other prefix uses /usr/local's.
manager_lib() {
    case $prefix in
    /usr | /usr/local) echo "$prefix/lib" ;;
    *) echo /usr/local/lib ;;
    esac
}

zsh_functions() {
    case $prefix in
    /usr) echo /usr/share/zsh/vendor-completions ;;
    *) echo "$prefix/share/zsh/site-functions" ;;
    esac
}

# One line a file: mode, source, destination, separated by tabs. "@name" is a file made at installation.
layout() {
    local lib page
    lib=$(manager_lib)
    row() { printf '%s\t%s\t%s\n' "$@"; }
    row 0755 @opsd "$prefix/sbin/opsd"
    row 0755 @opswatch "$prefix/sbin/opswatch"
    row 0755 @opspager "$prefix/sbin/opspager"
    row 0755 @opscheck "$prefix/sbin/opscheck"
    row 0755 @opsctl "$prefix/bin/opsctl"
    row 0755 @opsbench "$prefix/bin/opsbench"
    row 0644 @opsd.service "$lib/systemd/system/opsd.service"
    row 0644 @opswatch.service "$lib/systemd/system/opswatch.service"
    row 0644 @opspager.service "$lib/systemd/system/opspager.service"
    row 0644 @opscheck.service "$lib/systemd/system/opscheck.service"
    row 0644 @opsd-queue@.service "$lib/systemd/system/opsd-queue@.service"
    row 0644 systemd/opsd-queue@.timer "$lib/systemd/system/opsd-queue@.timer"
    for page in redis postgresql rabbitmq directory; do
        row 0755 "etc/queues/$page" "$prefix/share/opsd/queues/$page"
    done
    row 0644 systemd/opsd.socket "$lib/systemd/system/opsd.socket"
    row 0644 systemd/opsd.sysusers "$lib/sysusers.d/opsd.conf"
    row 0644 systemd/opsd.tmpfiles "$lib/tmpfiles.d/opsd.conf"
    row 0644 systemd/opsd.catalog "$lib/systemd/catalog/opsd.catalog"
    row 0644 systemd/opsd.logrotate /etc/logrotate.d/opsd
    row 0644 etc/fail2ban/action.d/opsd.conf "$prefix/share/opsd/fail2ban/opsd.conf"
    row 0644 @completions.bash "$prefix/share/bash-completion/completions/opsctl"
    row 0644 @completions.zsh "$(zsh_functions)/_opsctl"
    row 0644 @completions.fish "$prefix/share/fish/vendor_completions.d/opsctl.fish"
    for page in "$root"/docs/man/*.[158]; do
        [ -e "$page" ] || continue
        row 0644 "docs/man/${page##*/}" "$prefix/share/man/man${page##*.}/${page##*/}"
    done
}

# The programs that are installed, by the names of their products.
programs() { layout | sed -n 's/^0755\t@\([^\t]*\)\t.*/\1/p'; }

# unit FILE: a unit whose programs are below $prefix.
unit() { sed "s#/usr/local/\(s\{0,1\}bin\|share/opsd\)/#$prefix/\1/#g" "$1"; }

# Nobody installs a second opsd beside that of the package, or half removes it.
refuse_package() {
    [ -z "$destdir" ] && command -v dpkg-query >/dev/null || return 0
    ! dpkg-query -W -f '${db:Status-Status}' opsd 2>/dev/null | grep -qx installed ||
        die "opsd is installed as a Debian package" "$@"
}
