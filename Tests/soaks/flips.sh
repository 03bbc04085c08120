#!/bin/bash
# flips: a log segment and a snapshot, cut at every byte and with every bit flipped
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/crash/flips.py "$OPSD_BINARIES/opsd" "$OPSD_BINARIES/flips" all
