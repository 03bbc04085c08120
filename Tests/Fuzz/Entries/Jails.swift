// fail2ban's configuration: whatever stands in the files ends in values or in faults at a place
// that exists, and what is printed for opsd.toml says the same.

import OpsConfig
import OpsCore

@testable import OpsDetect

/// Pieces between 0xff: the name of a filter with its options, then the content of each of `paths`.
func fuzzJails(_ bytes: [UInt8]) throws(Finding) {
    let pieces = bytes.split(
        separator: 0xff, maxSplits: paths.count, omittingEmptySubsequences: false
    ).map { Array($0) }
    let spec = String(decoding: pieces[0], as: UTF8.self)
    var files: [String: [UInt8]] = [:]
    for (path, content) in zip(paths, pieces.dropFirst()) where !content.isEmpty {
        files[path] = content
    }
    let known = files
    let directory = Fail2banDirectory(
        path: "/f", read: { known[$0] },
        list: { folder in
            known.keys.filter { $0.hasPrefix(folder + "/") }
                .map { String($0.dropFirst(folder.utf8.count + 1)) }
        })
    let filter: FilterDefinition?
    do throws(Fail2banFault) {
        filter = try directory.filter(spec)
    } catch {
        filter = nil
        try holdPlaced(error, known)
    }
    if let filter { try holdGood(filter) }
    for all in [false, true] { try readJails(directory, known, all: all) }
}

/// In the order of the pieces.
private let paths = [
    "/f/jail.conf", "/f/jail.local", "/f/jail.d/a.conf", "/f/filter.d/web.conf",
    "/f/filter.d/web.local", "/f/filter.d/common.conf", "/f/filter.d/common.local",
]
private let patternBound = 2 * 4_096

private func readJails(
    _ directory: Fail2banDirectory, _ files: [String: [UInt8]], all: Bool
) throws(Finding) {
    let list: JailList
    do throws(Fail2banFault) {
        list = try directory.jailList(all: all)
    } catch {
        return try holdPlaced(error, files)
    }
    for jail in list.jails {
        if case .faulty(let fault) = jail.state { try holdPlaced(fault, files) }
        if let definition = jail.definition { try holdGood(definition) }
        try hold(jail.findTime > Int64.min && (jail.banTime ?? 0) >= 0, "\(jail.name): a time")
    }
    let text = Fail2banImport.text(
        list.jails, warnings: list.warnings, directory: directory.path, fileExists: { _ in all })
    do throws(ConfigurationFaults) {
        _ = try Configuration.load(Array(text.utf8), file: "t", networks: notation)
    } catch {
        throw Finding(description: "what is printed is refused: \(error)\n\(text)")
    }
}

private let notation = NetworkNotation(
    parse: { Network(parsing: $0) }, text: { $0.description })

/// A filter within its bounds, of which each pattern says whom it is about.
private func holdGood(_ filter: FilterDefinition) throws(Finding) {
    try hold((1...200).contains(filter.maxLines), "\(filter.maxLines) lines")
    try hold(filter.failures.count <= patternBound, "\(filter.failures.count) patterns")
    let isPrefixed = filter.prefix.map(RegexTags.namesSubject) ?? false
    for pattern in filter.failures {
        try hold(isPrefixed || RegexTags.namesSubject(pattern), "about nobody: \(pattern)")
    }
}

/// A fault in a line of a file that is there, in words fit for a terminal.
private func holdPlaced(
    _ fault: Fail2banFault, _ files: [String: [UInt8]]
) throws(Finding) {
    // A carriage return ends a line, too.
    let lines = 1 + (files[fault.file]?.count { $0 == 0x0a || $0 == 0x0d } ?? 0)
    try hold((0...lines).contains(fault.line), "\(lines) lines: \(fault)")
    try hold(fault.line == 0 || files[fault.file] != nil, "no such file: \(fault)")
    try hold(fault.message.utf8.count < 4_096, "a long fault: \(fault)")
}
