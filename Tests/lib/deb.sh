# deb.sh: gives a test script the Debian packages of this checkout, and a box to install them in.
#
# Source it after box.sh. OPSD_PACKAGES names a directory that has them, or in which they are built once.

. "$repository/systemd/layout.sh"
. "$repository/systemd/toolchain.sh"

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$repository" log -1 --format=%ct 2>/dev/null || echo 1795252214)}
deb_made=
if [ -z "${OPSD_PACKAGES:-}" ]; then
    deb_made=$(mktemp -d)
    export OPSD_PACKAGES=$deb_made
fi
deb_version=$(sed -n 's/.*static let version = "\(.*\)"/\1/p' "$repository/Sources/OpsCore/Values/Release.swift")
deb_architecture=$(dpkg --print-architecture 2>/dev/null)

# deb PACKAGE [VERSION]: its file.
deb() { echo "$OPSD_PACKAGES/$1_${2:-$deb_version}_$deb_architecture.deb"; }

# debs_build: the packages of this checkout, with the programs under test; what it said is in $OPSD_PACKAGES/log.
debs_build() {
    [ ! -e "$(deb opsd-bench)" ] || return 0
    (cd / && "$repository/systemd/package" --fast --binaries="$OPSD_BINARIES" --output="$OPSD_PACKAGES") \
        >"$OPSD_PACKAGES/log" 2>&1
}

# deb_as VERSION: the package under another version, quickly.
deb_as() {
    local tree
    [ ! -e "$(deb opsd "$1")" ] || return 0
    tree=$(mktemp -d)
    dpkg-deb -R "$(deb opsd)" "$tree/opsd"
    sed -i "s/^Version: .*/Version: $1/" "$tree/opsd/DEBIAN/control"
    deb_pack "$tree/opsd" "$1"
    rm -rf "$tree"
}

# deb_pack TREE VERSION
deb_pack() { dpkg-deb --root-owner-group -Zgzip -z1 --build "$1" "$(deb opsd "$2")" >/dev/null; }

# deb_box: a box without opsd, in which packages start what they install, and the packages in /opt/debs.
deb_box() {
    local file
    box_boot bare
    trap 'box_stop; [ -z "$deb_made" ] || rm -rf "$deb_made"' EXIT
    # Manual pages are not indexed: that takes longer than all the rest.
    box sh -c 'rm -f /usr/sbin/policy-rc.d /var/lib/man-db/auto-update; mkdir /opt/debs'
    for file in "$OPSD_PACKAGES"/*.deb; do
        box sh -c 'cat >"/opt/debs/$1"' sh "${file##*/}" <"$file"
    done
}

# deb_install VERSION [PACKAGE]: what an administrator would type; asks nothing.
deb_install() {
    box env DEBIAN_FRONTEND=noninteractive dpkg -i \
        "/opt/debs/${2:-opsd}_${1}_$deb_architecture.deb" </dev/null 2>&1
}

deb_status() { box dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "${1:-opsd}" 2>/dev/null; }
