// All messages under way to servers, by number.

import OpsLinux
import OpsSatellite

/// Transfers under way.
final class TransferSet {
    private let curl: CurlSet

    /// When libcurl wants to be asked again, milliseconds of boot time; nil: not by the clock.
    var deadline: Int64? { curl.deadline }
    /// How many there are.
    var count: Int { curl.count }
    /// Readable while there is something to do.
    var descriptorNumber: Int32 { curl.descriptorNumber }

    /// Before any thread starts.
    init() throws(Errno) { curl = try CurlSet() }

    /// Starts one; false: there is no memory for it.
    func start(_ request: TransferRequest, number: UInt64) -> Bool {
        Transfer(request, number: number).map { curl.start($0) } ?? false
    }

    /// Goes on with what can go on; returns what has ended.
    func advance(at boot: Int64) throws(Errno) -> [(number: UInt64, result: TransferResult)] {
        try curl.advance(at: boot).compactMap { transfer, code in
            guard let transfer = transfer as? Transfer else { return nil }
            return (transfer.number, transfer.ended(code))
        }
    }
}
