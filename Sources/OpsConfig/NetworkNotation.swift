// How networks are written.  OpsConfig has no address syntax of its own: the one strict syntax of
// the socket counts in the file too, and is handed in.

package import OpsCore

/// The two directions between a network and its text.
package struct NetworkNotation: Sendable {
    /// An address or a CIDR; nil for anything else.
    package let parse: @Sendable (String) -> Network?
    /// What `parse` reads back as the same network.
    package let text: @Sendable (Network) -> String

    package init(
        parse: @escaping @Sendable (String) -> Network?,
        text: @escaping @Sendable (Network) -> String
    ) {
        self.parse = parse
        self.text = text
    }
}
