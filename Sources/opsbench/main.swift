// opsbench: the load generator.  Everything is in OpsBench.

import OpsBench

@preconcurrency import Glibc

exit(BenchCommand.main(Array(CommandLine.arguments.dropFirst())))
