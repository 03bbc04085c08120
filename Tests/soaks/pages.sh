#!/bin/bash
# pages: kill -9 of opsd and of opspager, 300 times each (KILLS), while incidents come and go
set -eu
cd "$(dirname "$0")/../.."
. systemd/layout.sh
. systemd/toolchain.sh
install_packages python3-aiosmtpd openssl >&2
export PYTHONDONTWRITEBYTECODE=1
# The system's own Python, for which the package is.
exec /usr/bin/python3 Tests/pager/kill.py "$OPSD_BINARIES" "${KILLS:-300}" "${SEED:-1}"
