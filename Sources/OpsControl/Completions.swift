enum Completions { static func script(_ words: [String]) throws(ClientFault) -> String { "" } }
enum Importing {
    static func run(_ a: [String], _ o: ControlOptions, _ p: Output) throws(ClientFault) -> ExitCode
    { .done }
}
enum Exporting {
    static func run(_ a: [String], _ o: ControlOptions, _ p: Output) throws(ClientFault) -> ExitCode
    { .done }
}
