// JSON: passing over a value accepts what reading it accepts, and what is written reads back.

import OpsProtocol

/// The bytes are one JSON text.
func fuzzJSON(_ bytes: [UInt8]) throws(Finding) {
    let value: JSONValue
    do throws(JSONFault) {
        value = try JSONValue(parsing: bytes.span)
    } catch {
        try hold((0...bytes.count).contains(error.offset), "a fault outside: \(error)")
        try hold(
            !isPassedOver(bytes) || error.reason.hasSuffix("out of range"),
            "passed over, and not read: \(error)")
        return
    }
    try hold(isPassedOver(bytes), "read, and not passed over")
    var writer = JSONWriter()
    write(value, &writer)
    let written = writer.bytes
    try hold(written.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control character is written")
    try hold(
        String(validating: written, as: UTF8.self) != nil, "what is written is not UTF-8")
    guard let again = try? JSONValue(parsing: written.span) else {
        throw Finding(description: "refused: \(writer.text)")
    }
    try hold(again == value, "\(value) became \(again)")
}

private func isPassedOver(_ bytes: [UInt8]) -> Bool {
    var reader = JSONReader()
    guard let place = try? reader.skip(bytes.span) else { return false }
    return place.upperBound <= bytes.count && (try? reader.end(bytes.span)) != nil
}

private func write(_ value: JSONValue, _ json: inout JSONWriter) {
    switch value {
    case .null: json.null()
    case .bool(let flag): json.bool(flag)
    case .integer(let number): json.integer(number)
    case .number(let number): json.raw("\(number)")
    case .string(let text): json.string(text)
    case .array(let elements):
        json.array { json in for element in elements { write(element, &json) } }
    case .object(let members):
        json.object { json in
            for member in members {
                json.key(text: member.name)
                write(member.value, &json)
            }
        }
    }
}
