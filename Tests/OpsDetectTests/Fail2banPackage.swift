import Glibc

/// Debian's fail2ban, which much is compared with: installed, or unpacked below the directory that
/// OPSD_FAIL2BAN names (Tests/run does that, so that no service is installed).
enum Fail2banPackage {
    /// What stands before its paths; empty: it is installed.
    static let root: String = {
        guard let value = getenv("OPSD_FAIL2BAN") else { return "" }
        let root = String(cString: value)
        // Python programs that tests start find its modules there.
        setenv("PYTHONPATH", root + "/usr/lib/python3/dist-packages", 1)
        return root
    }()

    /// Its configuration.
    static var etc: String { root + "/etc/fail2ban" }
    /// Its Python modules, with the samples below `fail2ban/tests`.
    static var modules: String { root + "/usr/lib/python3/dist-packages" }
}
