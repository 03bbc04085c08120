// The remote ends of open login sessions, as the login manager knows them.

import CSystemd
@preconcurrency import Glibc

/// Who is logged in from elsewhere.
package enum LoginSessions {
    /// The most sessions that are looked at; the rest are left out.
    private static let limit = 4_096

    /// The remote ends of open login sessions, as the login manager names them: mostly addresses.
    /// Without a login manager: none.  Source: sd_get_sessions(3), sd_session_is_remote(3).
    package static func remoteLogins() -> [String] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_get_sessions(&names)
        guard count > 0, let names else { return [] }
        defer { free(names) }
        var found: [String] = []
        for index in 0..<Int(count) {
            guard let name = names[index] else { continue }
            defer { free(name) }
            guard index < limit, sd_session_is_remote(name) > 0, !isClosing(name) else { continue }
            var host: UnsafeMutablePointer<CChar>?
            guard sd_session_get_remote_host(name, &host) >= 0, let host else { continue }
            found.append(String(cString: host))
            free(host)
        }
        return found
    }

    private static func isClosing(_ session: UnsafePointer<CChar>) -> Bool {
        var state: UnsafeMutablePointer<CChar>?
        guard sd_session_get_state(session, &state) >= 0, let state else { return true }
        defer { free(state) }
        return strcmp(state, "closing") == 0
    }
}
