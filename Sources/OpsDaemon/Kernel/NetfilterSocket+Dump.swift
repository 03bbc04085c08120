// A question to nf_tables and its whole answer, as one call.

@preconcurrency import Glibc
import OpsFirewall
import OpsLinux

extension NetfilterSocket {
    /// Asks, and reads to the end.
    /// - Parameters:
    ///   - sequence: numbers the question; different from those before.
    ///   - each: called for each part of the answer, which it may take elements from.
    /// - Throws: what the kernel said.  A dump that others' changes cut short is `interrupted`, and
    ///   no fault.
    mutating func dump(
        _ question: KernelQuery, sequence: UInt32, _ buffer: inout [UInt8],
        each: (inout Dump) -> Void = { _ in }
    ) throws(Errno) -> Dump {
        passOver(&buffer)
        try send(question.bytes(sequence: sequence).span.bytes)
        var dump = Dump()
        while dump.progress == .more {
            switch receive(into: &buffer) {
            case .bytes(let count):
                dump.receive(buffer.span.extracting(first: count), answerTo: sequence)
                each(&dump)
            case .failed(let error): throw error
            case .overrun: continue
            case .wouldBlock: throw Errno(EPROTO, "nf_tables")
            }
        }
        if case .failed(let code) = dump.progress { throw Errno(code, "nf_tables") }
        return dump
    }

    /// What was not read of an earlier answer is in nobody's interest now.
    mutating func passOver(_ buffer: inout [UInt8]) {
        while case .bytes = receive(into: &buffer) {}
    }
}
