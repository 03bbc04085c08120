package import OpsCore
package enum CommandTable { package static let json = "[]" }
package final class CommandRow: Sendable { package let verb = ""; package let role = Role.read }
package enum RequestParser { package static func parse(_ l: Span<UInt8>) throws(Refusal) -> (command: Command, row: CommandRow) {
  let row = CommandRow()
  let text = l.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  var w = text.split(separator: " ").map(String.init)
  if w.isEmpty { throw Refusal(.badRequest, "empty") }
  let v = w.removeFirst()
  func t() throws(Refusal) -> Target { guard let n = w.first.flatMap({ Network(parsing: $0) }) else { throw Refusal(.badArgument, "ip") }; return Target(network: n, isBare: true) }
  switch v {
  case "ping": return (.ping, row)
  case "status": return (.status, row)
  case "health": return (.health, row)
  case "metrics": return (w.first == "history" ? .metricsHistory(hours: 1, stepSeconds: nil) : .metrics, row)
  case "processes": return (.processes(top: 5), row)
  case "disks": return (.disks, row)
  case "stats": return (.systemStats, row)
  case "check": return (.check(Targets(try t())), row)
  case "hit": return (.hit(try t(), route: nil), row)
  case "strike": return (.strike(try t(), StrikeTerms(reason: w.count > 1 ? w[1] : nil)), row)
  case "ban": return (.ban(Targets(try t()), BanTerms()), row)
  case "unban": return (.unban(Targets(try t())), row)
  case "bans": return (.bans(PageQuery()), row)
  case "strikes": return (.strikes(PageQuery()), row)
  case "why": return (.why(try t()), row)
  case "events": return (.events(limit: 50, severity: nil, after: nil), row)
  case "watch": return (.watch(topics: [], after: nil), row)
  case "snapshot": return (.snapshot, row)
  case "reload": return (.reload, row)
  case "config": return (.config, row)
  case "guard": return (.guardStats, row)
  default: throw Refusal(.unknownCommand, v)
  }
} }
package enum Timestamp { package static func write(seconds: Int64, to o: inout [UInt8]) { o += Array(String(seconds).utf8) }
 package static func write(microseconds: Int64, to o: inout [UInt8]) { o += Array(String(microseconds).utf8) } }
