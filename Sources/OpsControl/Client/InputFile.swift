// A file that a person named, read as a whole: `-` is standard input, and pipes work too.

import OpsLinux

enum InputFile {
    /// Reads all bytes of the file.
    static func bytes(_ name: String, limitBytes: Int) throws(ClientFault) -> [UInt8] {
        do throws(Errno) {
            if name != "-" { return try FileReader.bytes(path: name, limitBytes: limitBytes) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while bytes.count <= limitBytes {
                let count = try StandardStream.input.read(into: &buffer)
                if count == 0 { return bytes }
                bytes.append(contentsOf: buffer[..<count])
            }
        } catch {
            throw ClientFault(.usage, "cannot read \(name): \(error.text)")
        }
        throw ClientFault(.usage, "standard input is longer than \(limitBytes) bytes")
    }
}
