// Tries on sockets of our own: names, ports, echoes, Redis.

import OpsCore
import OpsLinux

extension AttemptSet {
    func handle(_ attempt: Attempt, _ event: Ready, _ boot: Int64) {
        switch attempt.stage {
        case .lookUp(let lookUp): listen(attempt, lookUp, boot)
        case .talk(let talk, let isConnected):
            if !isConnected {
                guard event.isWritable || event.isBroken else { return }
                if let error = attempt.wire?.socket.failure {
                    return refused(attempt, error, boot)
                }
                attempt.phases.connected = attempt.elapsed(Clocks.monotonicMicroseconds())
                attempt.stage = .talk(talk, isConnected: true)
                guard let opening = talk.opening else {
                    return end(attempt, TryOutcome(state: .up))
                }
                attempt.output = opening
            }
            write(attempt)
            if event.isReadable || event.isBroken { read(attempt, boot) }
        case .page: break
        case .database(let talk): proceed(attempt, talk, talk.proceed(), boot)
        }
    }

    private func listen(_ attempt: Attempt, _ lookUp: LookUp, _ boot: Int64) {
        for _ in 0..<16 {
            guard let wire = attempt.wire else { return }
            switch wire.socket.receive(into: &buffer) {
            case .bytes(let count):
                guard
                    let answer = DNSMessage.answer(
                        buffer[..<count], to: lookUp.question, lookUp.type)
                else { continue }
                return answered(attempt, lookUp, answer, boot)
            case .wouldBlock, .closed: return
            case .failed(let error):
                // The server's host says that nobody is there: the next one, after a moment.
                var lookUp = lookUp
                lookUp.error = error
                lookUp.again = min(lookUp.again, boot + 100)
                attempt.stage = .lookUp(lookUp)
                return release(attempt)
            }
        }
    }

    private func write(_ attempt: Attempt) {
        while !attempt.output.isEmpty {
            let pending = attempt.output
            guard case .bytes(let count)? = attempt.wire?.socket.send(pending.span.bytes) else {
                break
            }
            attempt.output.removeFirst(count)
        }
        guard let token = attempt.wire?.token else { return }
        _ = try? poller.update(token, attempt.output.isEmpty ? .read : [.read, .write])
    }

    private func read(_ attempt: Attempt, _ boot: Int64) {
        for _ in 0..<8 {
            guard let wire = attempt.wire, case .talk(var talk, _) = attempt.stage else { return }
            switch wire.socket.receive(into: &buffer) {
            case .wouldBlock: return
            case .closed: return end(attempt, .down("answer: the connection was closed"))
            case .failed(let error):
                return end(
                    attempt,
                    error.isOfThisHost
                        ? .unknown("answer: \(error.text)") : .down("answer: \(error.text)"))
            case .bytes(let count):
                attempt.phases.firstByte =
                    attempt.phases.firstByte ?? attempt.elapsed(Clocks.monotonicMicroseconds())
                let step = talk.received(buffer[..<count])
                attempt.stage = .talk(talk, isConnected: true)
                switch step {
                case .more: continue
                case .send(let bytes):
                    attempt.output += bytes
                    write(attempt)
                case .done: return end(attempt, TryOutcome(state: .up))
                case .failed(let reason): return end(attempt, .down(reason))
                }
            }
        }
    }
}
