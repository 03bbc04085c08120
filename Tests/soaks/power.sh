#!/bin/bash
# power: 10,000 states that a power cut may leave (STATES)
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/crash/power.py "$OPSD_BINARIES/opsd" "${STATES:-10000}" "${SEED:-1}"
