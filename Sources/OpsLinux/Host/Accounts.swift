// Users and groups by name and number, as the C library finds them (NSS).  A lookup may query a
// network directory and be slow: it is for start and reload, never for the loop.

@preconcurrency import Glibc

/// Names and ids of users and groups.
package enum Accounts {
    /// The id of a user; nil if there is no such user.  Source: getpwnam(3).
    package static func userID(named name: String) throws(Errno) -> UInt32? {
        try Syscalls.withPath(name, "getpwnam_r") { text throws(Errno) in
            try Syscalls.lookup("getpwnam_r") { scratch, capacity in
                var entry = passwd()
                var found: UnsafeMutablePointer<passwd>?
                let code = getpwnam_r(text, &entry, scratch, capacity, &found)
                return (code, found == nil ? nil : entry.pw_uid)
            }
        }
    }

    /// The id of a group; nil if there is no such group.  Source: getgrnam(3).
    package static func groupID(named name: String) throws(Errno) -> UInt32? {
        try Syscalls.withPath(name, "getgrnam_r") { text throws(Errno) in
            try Syscalls.lookup("getgrnam_r") { scratch, capacity in
                var entry = group()
                var found: UnsafeMutablePointer<group>?
                let code = getgrnam_r(text, &entry, scratch, capacity, &found)
                return (code, found == nil ? nil : entry.gr_gid)
            }
        }
    }

    /// The user this process acts as.  Source: geteuid(2).
    package static var ownUserID: UInt32 { geteuid() }
}
