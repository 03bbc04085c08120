#!/bin/bash
# audit: the chain of events through kill -9, power loss, full disks and logrotate, 300 times (ROUNDS)
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/crash/audit.py "$OPSD_BINARIES/opsd" "$OPSD_BINARIES/opsctl" "${ROUNDS:-300}" "${SEED:-1}"
