# toolchain.sh: what a build needs, and where it is found; sourced by install and Tests/run.
#
# Expects: say and die, of layout.sh. Installs packages only as root, and only when some are missing.

build_packages=(libtomlplusplus-dev libsystemd-dev libpcre2-dev zlib1g-dev
    libcurl4-openssl-dev libpq-dev pkg-config)

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

# install_packages PACKAGE...: as root, installs what is missing; otherwise says how to.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null || {
        say "dependencies: no dpkg here, so not checked: headers of toml++, libsystemd, PCRE2, zlib, libcurl and libpq; pkg-config"
        return 0
    }
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} = 0 ]; then
        say "dependencies: present"
    elif [ "$(id -u)" = 0 ]; then
        say "dependencies: installing ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
            >/dev/null
    else
        die "packages are missing; install them as root:" "apt-get update && apt-get install ${missing[*]}"
    fi
}

# OpenStack's client has the same name, so the program is asked what it is.
is_swift() {
    [ -x "$1" ] && [[ $("$1" --version 2>&1) == *"Swift version"* ]]
}

# sudo drops the caller's PATH, so the usual homes of the toolchain are tried as well.
find_swift() {
    local caller candidate
    caller=$(getent passwd "${SUDO_USER:-$(id -un)}" | cut -d: -f6)
    for candidate in "${SWIFT:-}" "$(command -v swift || true)" \
        "$caller/.local/share/swiftly/bin/swift" /usr/local/swift/usr/bin/swift; do
        if is_swift "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    die "no Swift compiler found" \
        "opsd needs Swift 6.2 or newer: https://www.swift.org/install/linux/" \
        "Put it into PATH, or name it: SWIFT=/path/to/usr/bin/swift systemd/install"
}
