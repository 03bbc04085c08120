// opspager: delivers pages.  Everything is in OpsPager.

import OpsPager

@preconcurrency import Glibc

exit(PagerCommand.main(Array(CommandLine.arguments.dropFirst())))
