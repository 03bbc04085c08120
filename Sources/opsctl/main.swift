// opsctl: the client.  Everything is in OpsControl.

import OpsControl

@preconcurrency import Glibc

exit(ControlCommand.main(Array(CommandLine.arguments.dropFirst())))
