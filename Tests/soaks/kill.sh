#!/bin/bash
# kill: kill -9 under load, 3,000 times (ROUNDS), over all policies of store.fsync
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/crash/kill.py "$OPSD_BINARIES/opsd" "${ROUNDS:-3000}" "${SEED:-1}"
