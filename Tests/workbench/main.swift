// workbench: how fast work is made and ended inside the engine.  Tests/bench runs it.
//
// usage: workbench fill DIRECTORY COUNT    puts COUNT items into a state directory
//        workbench run DIRECTORY COUNT     puts, takes, begins and ends COUNT items, and says in
//                                          how many seconds
//
// Items are of the kind page/bench, with payloads of 512 bytes; every record is synced, once for 64
// items.  What was open before stays so.

import OpsDaemon
import OpsLinux

@preconcurrency import Glibc

func say(_ line: String, to descriptor: Int32 = 1) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

func main(_ words: [String]) -> Int32 {
    guard words.count == 4, let count = Int(words[3]), ["fill", "run"].contains(words[1]) else {
        say("usage: workbench fill|run DIRECTORY COUNT", to: 2)
        return 2
    }
    do throws(WorkTrialFault) {
        var trial = try WorkTrial.begin(in: words[2])
        let start = Clocks.bootNanoseconds()
        var ended = 0
        if words[1] == "run" { ended = try trial.run(count) } else { try trial.fill(count) }
        let seconds = Double(Clocks.bootNanoseconds() - start) / 1e9
        say(#"{"ended":\#(ended),"open":\#(trial.openCount),"seconds":\#(seconds)}"#)
        return 0
    } catch {
        say("workbench: \(error.message)", to: 2)
        return 1
    }
}

exit(main(CommandLine.arguments))
