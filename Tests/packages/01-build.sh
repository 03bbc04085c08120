#!/bin/bash
# 01: the packages by themselves: the same bytes twice, lintian, dependencies, what is in them. Nothing is installed.
set -u
. "$(dirname "$0")/../lib/box.sh"
. "$repository/Tests/lib/deb.sh"
install_packages dpkg-dev lintian >/dev/null || skip_all "cannot install lintian"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" ${deb_made:+"$deb_made"}' EXIT

# Twice, from two places: the checkout, and a copy without its history.
mkdir "$scratch/copy" "$scratch/again" "$scratch/none"
(cd "$repository" && tar c --exclude=./.build --exclude='./.build-*' --exclude=./.git .) | tar x -C "$scratch/copy"
files() { (cd "$repository" && find . -path './.build*' -prune -o -path ./.git -prune -o -type f -print | sort); }
before=$(files)
(umask 077 && cd "$scratch" && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$scratch/copy/systemd/package" \
    --fast --binaries="$OPSD_BINARIES" --output="$scratch/again" >"$scratch/log" 2>&1) &
again=$!
ok "1.1 the packages are built" debs_build
wait $again
is "1.2 and in another place" $? 0
is "1.3 the checkout has no file more" "$(files)" "$before"
for package in opsd opsd-bench; do
    ok "1.4 the same bytes twice: $package" cmp "$(deb $package)" "$scratch/again/$(basename "$(deb $package)")"
done

output=$(lintian --fail-on error,warning --allow-root "$(deb opsd)" "$(deb opsd-bench)" 2>&1)
is "1.5 lintian has no errors and no warnings" "$?: $output" "0: "

field() { dpkg-deb -f "$(deb "$1")" "$2"; }
is "1.6 the version is opsd's" "$(field opsd Version)" "$("$OPSD_BINARIES/opsd" --version | awk '{ print $2 }')"
for library in libc6 libsystemd0 libpcre2-8-0 zlib1g systemd; do
    like "1.7 opsd depends on $library" "$(field opsd Depends), " "(^|, )$library(:[a-z]+)? [^,]*, |(^|, )$library, "
done
is "1.8 no host needs Swift" "$(field opsd Depends; field opsd-bench Depends)" \
    "$(dpkg-deb -f "$(deb opsd)" Depends; dpkg-deb -f "$(deb opsd-bench)" Depends | grep -v -i swift)"
dpkg-deb -R "$(deb opsd)" "$scratch/opsd"
dpkg-deb -R "$(deb opsd-bench)" "$scratch/bench"
is "1.9 no library of Swift's is loaded" \
    "$(readelf -d "$scratch"/opsd/usr/*bin/* "$scratch"/bench/usr/bin/* 2>/dev/null | grep -c 'NEEDED.*[sS]wift')" 0
is "1.10 conffiles" "$(xargs <"$scratch/opsd/DEBIAN/conffiles")" "/etc/logrotate.d/opsd /etc/opsd/opsd.toml"
ok "1.11 the checksums are those of the files" bash -c 'cd "$1" && md5sum --quiet -c DEBIAN/md5sums' - "$scratch/opsd"
is "1.12 nothing is below /usr/local" "$(find "$scratch/opsd/usr/local" "$scratch/bench/usr/local" 2>/dev/null)" ""

# What systemd/install puts is what the packages have.
"$repository/systemd/install" --prefix=/usr --destdir="$scratch/installed" --binaries="$OPSD_BINARIES" >/dev/null
listing() { (cd "$1" && find . -type f | sed 's/\.gz$//' | grep -v -e DEBIAN -e share/doc -e share/lintian | sort); }
is "1.13 the same files as systemd/install" "$(listing "$scratch/installed")" \
    "$(cat <(listing "$scratch/opsd") <(listing "$scratch/bench") | sort)"
for unit in "$scratch"/opsd/usr/lib/systemd/system/*; do
    name=$(basename "$unit")
    cmp -s "$unit" "$scratch/installed/usr/lib/systemd/system/$name"
    is "1.14 the same unit: $name" $? 0
    is "1.15 its programs are in the package: $name" \
        "$(sed -n 's/^Exec[A-Za-z]*=\([^ ]*\).*/\1/p' "$unit" | while read -r program; do
            # Others are the host's own.
            [[ $program != /usr/* ]] || [ -x "$scratch/opsd$program" ] || echo "$program"
        done)" ""
done
for program in "$scratch"/opsd/usr/*bin/* "$scratch"/bench/usr/bin/*; do
    name=$(basename "$program")
    ok "1.16 $name has a manual page" bash -c 'ls "$1"/*/usr/share/man/man?/"$2".?.gz' - "$scratch" "$name"
done
for script in preinst postinst prerm postrm; do
    ok "1.17 $script parses" dash -n "$scratch/opsd/DEBIAN/$script"
    is "1.18 nothing in $script is left to fill in" "$(grep -c '@[A-Z_]*@' "$scratch/opsd/DEBIAN/$script")" 0
done
exits "1.19 an unknown option is a usage fault" 2 "$repository/systemd/package" --frobnicate
like "1.20 a program that is missing is named" \
    "$("$repository/systemd/package" --binaries="$scratch/none" --output="$scratch" 2>&1)" "$scratch/none/opsd is missing"
finish
