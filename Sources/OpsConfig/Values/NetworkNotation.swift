// How networks are written.  OpsConfig has no address syntax of its own: the file uses the strict
// syntax of the socket, which is passed in.

package import OpsCore

/// Parsing and writing of networks.
package struct NetworkNotation: Sendable {
    /// An address or a CIDR; nil for anything else.
    package let parse: @Sendable (String) -> Network?
    /// A text that `parse` turns back into the same network.
    package let text: @Sendable (Network) -> String

    package init(
        parse: @escaping @Sendable (String) -> Network?,
        text: @escaping @Sendable (Network) -> String
    ) {
        self.parse = parse
        self.text = text
    }
}
