// `opspager --test CHANNEL`: one message, sent without opsd, and what the provider says of it.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// Tries a channel.
enum ChannelTest {
    static func run(_ name: String, _ options: SatelliteOptions) throws(SatelliteFault) -> Int32 {
        let plan = try PagerStart.plan(options)
        guard let channel = plan.channels[name] else {
            let names = plan.channels.keys.sorted().joined(separator: ", ")
            throw SatelliteFault(
                status: 2,
                message: "\(options.configurationFile): there is no [pager.channel.\(name)]"
                    + (names.isEmpty ? "" : "; there are \(names)"))
        }
        if let fault = channel.fault { throw SatelliteFault(status: 2, message: fault) }
        do throws(Errno) {
            return try send(channel)
        } catch {
            throw SatelliteFault(status: 1, message: "\(name): \(error)")
        }
    }

    private static func send(_ channel: Channel) throws(Errno) -> Int32 {
        let wall = PagerLoop.now().wall
        var page = PageMessage(
            reason: .test, host: try HostIdentity().hostName, made: wall, subjects: [])
        page.uid = Accounts.ownUserID
        var message = Message(page: page, id: "\(wall).\(OwnProcess.pid)")
        // Its second and third try, as Telegram may ask for.
        for _ in 0..<3 {
            switch try attempt(channel, message) {
            case .sent(let receipt):
                _ = SatelliteCommand.print("\(channel.name): delivered (\(receipt))\n")
                return 0
            case .failed(let failure):
                Say.error(
                    "\(channel.name): not delivered (\(failure.kind.rawValue)): \(failure.error)")
                return 1
            case .againPlain(let error):
                Say.warning("\(channel.name): \(error); sent once more as plain text")
                message.isPlain = true
            case .againInChat(let chat):
                Say.warning("\(channel.name): the chat has become \(chat); set chat_id")
                message.chat = chat
            }
        }
        return 1
    }

    private static func attempt(
        _ channel: Channel, _ message: Message
    ) throws(Errno) -> DeliveryOutcome {
        switch channel.sending(message, now: message.page.made) {
        case .transfer(let request):
            let transfers = try TransferSet()
            guard transfers.start(request, number: 1) else { throw Errno(12, "curl_easy_init") }
            var poller = try Poller()
            _ = try poller.register(transfers.descriptorNumber, .read)
            while true {
                let ended = try transfers.advance(at: PagerLoop.now().boot)
                if let result = ended.first?.result {
                    for refused in result.refused where result.code == 0 {
                        Say.warning("\(channel.name): a recipient was refused: \(refused)")
                    }
                    return channel.outcome(result, of: message)
                }
                let due = transfers.deadline.map { $0 - PagerLoop.now().boot } ?? 1_000
                try poller.wait(timeoutMilliseconds: Int32(clamping: max(0, min(1_000, due))))
                while poller.next() != nil {}
            }
        case .line(let path, let bytes):
            let files = try FileChannel()
            guard files.append(bytes, to: path, number: 1) else { throw Errno(11, "submit") }
            var poller = try Poller()
            _ = try poller.register(files.descriptorNumber, .read)
            while true {
                try poller.wait(timeoutMilliseconds: 1_000)
                while poller.next() != nil {}
                guard let answer = files.takeAnswers().first else { continue }
                return answer.error.map { .failed(DeliveryFailure(.neverSent, $0)) }
                    ?? .sent(receipt: message.id)
            }
        }
    }
}
