// `[enforce]`: whether a ban makes the kernel drop packets, or only shows in replies.

extension Configuration {
    /// `[enforce]`: bans in the kernel.
    package struct Enforce: Hashable, Sendable {
        /// Who drops packets.
        package var mode = Mode.auto
        /// Whether a stop removes the table from the kernel.
        package var clearOnStop = false

        /// Who drops the packets of a ban.
        package enum Mode: String, Sendable, CaseIterable {
            /// nf_tables if the service manager gave the daemon CAP_NET_ADMIN; otherwise none.
            case auto
            case nftables
            case none
        }
    }
}

extension ConfigurationKey {
    static let enforce = rows(
        "enforce",
        [
            .init(
                "mode", .mode(\.enforce.mode), .restart,
                "Whether nf_tables drops the packets of banned addresses; auto: if the service manager gave opsd CAP_NET_ADMIN."
            ),
            .init(
                "clear_on_stop", .flag(\.enforce.clearOnStop), .applied,
                "Whether a stop removes the table from the kernel; otherwise packets are dropped until the bans end."
            ),
        ])
}
