#!/bin/bash
# rotate: kill -9 of the detector, 100 times (KILLS), while its log is written at 50,000 lines/s and rotated
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/crash/rotate.py "$OPSD_BINARIES/opsd" "$OPSD_BINARIES/opswatch" "${KILLS:-100}" \
    "${LINES_A_SECOND:-50000}" "${SEED:-1}"
