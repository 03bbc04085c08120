// Which opsd this is.  The one place to change for a release; the heads of the manual
// pages name it too, and a test compares them.

/// The release that the daemon and the client are built as.
package enum Release {
    /// What `--version` says.
    package static let version = "0.2.0"
}
