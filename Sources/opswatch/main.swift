// opswatch: the log detector.  Everything is in OpsWatch.

import OpsWatch

@preconcurrency import Glibc

exit(WatchCommand.main(Array(CommandLine.arguments.dropFirst())))
