// Satellites: who says hello, how `status` shows them, and when `health` misses one.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct SatelliteTests {
    private func loop() -> (FakeLoop, FakeClient) {
        let loop = FakeLoop.settled()
        return (loop, loop.connect(role: .read))
    }

    private func component(_ loop: FakeLoop) -> ComponentReport? {
        loop.engine.begin(at: loop.now)
        return loop.engine.hostReport().components.first { $0.name == "opswatch" }
    }

    private func satellite(_ loop: FakeLoop) -> SatelliteReport? {
        loop.engine.begin(at: loop.now)
        return loop.engine.hostReport().satellites.first
    }

    @Test func nobodyIsMissedWhoIsNotExpected() {
        let (loop, reader) = loop()
        loop.advance(1_000)
        #expect(component(loop) == nil && satellite(loop) == nil)
        #expect(loop.ask(reader, "status").first?.contains("\"satellites\":[]") == true)
    }

    /// One that never came counts from the start, or from when it was first expected.
    @Test func whoNeverCameIsSilentAfterAMinute() {
        let (loop, reader) = loop()
        loop.advance(100)
        loop.engine.begin(at: loop.now)
        loop.engine.expect([.opswatch])
        loop.advance(60)
        #expect(component(loop)?.isOK == true)
        loop.engine.expect([.opswatch])
        loop.advance(1)
        #expect(component(loop)?.isOK == false)
        let health = loop.ask(reader, "health")
        #expect(health.first?.hasPrefix("ok {\"ok\":false") == true)
        #expect(
            health.first?.contains(
                "has not connected since opsd started: see systemctl status opswatch") == true)
        loop.engine.expect([])
        #expect(component(loop) == nil)
    }

    @Test func helloAndSilence() throws {
        let (loop, _) = loop()
        loop.engine.expect([.opswatch])
        loop.advance(100)
        let client = loop.connect(uid: 70, role: .watch)
        #expect(component(loop)?.isOK == false, "a connection alone is no sign of life")
        #expect(
            loop.ask(client, "hello name=opswatch version=0.2.0") == [
                "ok {\"name\":\"opswatch\",\"version\":\"0.2.0\",\"run\":\"0000000000000000\",\"protocol\":1}"
            ])
        #expect(component(loop)?.isOK == true)
        loop.advance(50)
        _ = loop.ask(client, "ping")
        loop.advance(50)
        let report = try #require(satellite(loop))
        #expect(report.version == "0.2.0" && report.connections == 1)
        #expect(report.connectedSeconds == 100 && report.lastRequestSeconds == 50)
        #expect(component(loop)?.detail == "0.2.0, connected for 100 s, heard 50 s ago")
        loop.advance(11)
        loop.send(client, "pin")
        #expect(component(loop)?.isOK == false, "it is connected, and asks nothing")
        #expect(component(loop)?.detail.hasPrefix("has been silent for 61 s") == true)
        loop.send(client, "g\n")
        _ = loop.ask(client, "strike 203.0.113.1 source=sshd")
        #expect(component(loop)?.isOK == true)
        loop.close(client)
        #expect(component(loop)?.detail == "0.2.0, not connected, heard 0 s ago")
        loop.advance(61)
        #expect(component(loop)?.isOK == false)
    }

    @Test func severalConnections() throws {
        let (loop, _) = loop()
        let (one, two) = (
            loop.connect(uid: 70, role: .watch), loop.connect(uid: 70, role: .watch)
        )
        _ = loop.ask(one, "hello name=opswatch")
        loop.advance(5)
        _ = loop.ask(two, "hello name=opswatch version=0.2.0", "hello name=opswatch version=0.2.0")
        #expect(satellite(loop)?.connections == 2 && satellite(loop)?.connectedSeconds == 5)
        loop.close(one)
        loop.advance(1)
        #expect(satellite(loop)?.connections == 1 && satellite(loop)?.connectedSeconds == 6)
        loop.close(two)
        #expect(satellite(loop)?.connections == 0 && satellite(loop)?.connectedSeconds == nil)
        let three = loop.connect(uid: 70, role: .watch)
        _ = loop.ask(three, "hello name=opswatch")
        #expect(satellite(loop)?.connectedSeconds == 0)
        // An administrator may try out several on one connection: it is the last.
        let admin = loop.connect(role: .admin)
        _ = loop.ask(admin, "hello name=opswatch", "hello name=opsweb version=9")
        let reports = loop.engine.satellites.reports(at: loop.now.boot)
        #expect(reports.map(\.connections) == [1, 1])
        #expect(reports.map(\.satellite) == [.opswatch, .opsweb])
    }

    @Test(
        arguments: [
            ("hello name=opspager", "\"code\":\"forbidden\""),
            ("hello", "\"code\":\"bad-argument\""), ("hello name=x", "\"code\":\"bad-argument\""),
        ])
    func whoMayNotSayIt(line: String, code: String) {
        let (loop, _) = loop()
        let client = loop.connect(uid: 70, role: .watch)
        #expect(loop.ask(client, line).first?.contains(code) == true)
        #expect(satellite(loop) == nil)
    }
}
