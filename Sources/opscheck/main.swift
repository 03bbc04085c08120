// opscheck: checks endpoints.  Everything is in OpsCheck.

import OpsCheck

@preconcurrency import Glibc

exit(CheckCommand.main(Array(CommandLine.arguments.dropFirst())))
