// Routes as literals.

package import OpsCore

extension Route: ExpressibleByStringLiteral {
    /// A label that was neither cut nor repaired.
    package init(stringLiteral text: String) { self.init(text) }
}
