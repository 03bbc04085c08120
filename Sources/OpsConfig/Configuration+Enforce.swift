// `[enforce]`: whether a ban drops packets, or is only answered.

extension Configuration {
    /// `[enforce]`: bans in the kernel.
    package struct Enforce: Hashable, Sendable {
        package var mode = Mode.auto
        package var clearOnStop = false

        /// Who drops the packets of a ban.
        package enum Mode: String, Sendable, CaseIterable {
            /// nf_tables, where the service manager gave the daemon CAP_NET_ADMIN; else none.
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
                "Who drops a ban's packets: nf_tables, nobody, or auto: nf_tables under the service manager with CAP_NET_ADMIN, else nobody."
            ),
            .init(
                "clear_on_stop", .flag(\.enforce.clearOnStop), .applied,
                "Whether a stop takes the table out of the kernel; else bans stand until they end."
            ),
        ])
}
