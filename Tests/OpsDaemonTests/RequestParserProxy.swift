import OpsCore
import OpsProtocol

/// A line as text.
enum RequestParserProxy {
    static func parse(_ line: String) throws(Refusal) -> (Command, CommandRow) {
        let bytes = Array(line.utf8)
        return try RequestParser.parse(bytes.span)
    }
}
