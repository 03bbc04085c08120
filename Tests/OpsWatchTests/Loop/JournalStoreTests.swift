import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("The journal's stored position")
struct JournalStoreTests {
    private let content = JournalStore.Content(
        stream: "journal-1f2e3d4c",
        position: JournalPosition(cursor: "s=ab;i=1;b=2;m=3;t=4;x=5", number: 1_764_357_012_345_678)
    )

    @Test("What was written is read")
    func roundTrip() throws {
        let directory = try ScratchDirectory()
        let store = try JournalStore(path: directory.path)
        #expect(try store.read().content == nil)
        try store.write(content)
        #expect(try store.read().content == content)
        var open = content
        open.position.open = [1, .max]
        try store.write(open)
        #expect(try store.read().content == open)
        let bare = JournalStore.Content(
            stream: "j", position: JournalPosition(cursor: nil, number: 0))
        try store.write(bare)
        #expect(try store.read().content == bare)
    }

    @Test("One that is damaged, or a directory, is set aside and told")
    func setAside() throws {
        let scratch = try ScratchDirectory()
        let store = try JournalStore(path: scratch.path)
        for _ in 0..<2 {
            try scratch.write("nonsense", to: JournalStore.name)
            #expect(try store.read().isDamaged)
            try scratch.makeDirectory(JournalStore.name)
            #expect(try store.read().isDamaged)
            #expect(try store.read().isDamaged == false)
        }
        try store.write(content)
        #expect(try store.read().content == content)
    }

    @Test("Any byte that is another makes it none, and cut anywhere it is none")
    func damaged() {
        let text = JournalStore.text(content)
        #expect(JournalStore.parse(text) == content)
        for index in text.indices {
            var other = text
            other[index] ^= 1
            #expect(JournalStore.parse(other) == nil, "byte \(index)")
            #expect(JournalStore.parse(Array(text[..<index])) == nil, "cut at \(index)")
        }
    }
}
