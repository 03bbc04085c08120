// opsd: the daemon.  Everything is in OpsDaemon.

import OpsDaemon

@preconcurrency import Glibc

exit(OpsdCommand.main(Array(CommandLine.arguments.dropFirst())))
