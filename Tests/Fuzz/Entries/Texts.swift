// Durations and times: what is taken, written again, is taken as the same.

import OpsCore
import OpsProtocol

/// The bytes are a duration or a time.
func fuzzTexts(_ bytes: [UInt8]) throws(Finding) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let length = DurationText.parse(text) {
        try hold(length >= 0, "a duration below zero")
        try hold(DurationText.parse(DurationText.text(length)) == length, "\(length) ms")
    }
    if bytes.count == 8 {
        var feed = Feed(bytes)
        let any = feed.number(Int64.self)
        _ = DurationText.text(any)
        var written: [UInt8] = []
        Timestamp.write(microseconds: any, to: &written)
        Timestamp.write(seconds: any, to: &written)
        try hold(written.count == 27 + 20, "\(any) is written as \(written.count) bytes")
    }
    guard let time = Timestamp.parse(bytes.span) else { return }
    // Whatever takes a time may go on to microseconds.
    let (microseconds, isOver) = time.multipliedReportingOverflow(by: 1_000)
    try hold(!isOver, "\(time) ms")
    guard (-62_167_219_200_000...253_402_300_799_999).contains(time) else { return }
    var written: [UInt8] = []
    Timestamp.write(microseconds: microseconds, to: &written)
    try hold(
        Timestamp.parse(written.span) == time,
        "\(time) is written as \(String(decoding: written, as: UTF8.self))")
}
