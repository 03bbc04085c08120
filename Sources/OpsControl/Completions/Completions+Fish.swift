// fish: one `complete` line per word, each with the condition under which it is offered.

extension Completions {
    static var fish: String {
        var text = """
            # fish completion for opsctl; made from the command table.

            function __opsctl_words
                set -l found
                set -l skip 0
                for word in (commandline -opc)[2..-1]
                    if test $skip = 1
                        set skip 0
                        continue
                    end
                    switch $word
                        case \(global.filter(\.takesValue).map(\.name).joined(separator: " "))
                            set skip 1
                        case '-*'
                        case '*'
                            set -a found $word
                    end
                end
                echo "$found[1..2]"
            end

            function __opsctl_none
                test -z (__opsctl_words | string trim)
            end

            # The command is these words.
            function __opsctl_is
                set -l found (__opsctl_words | string split -n ' ')
                for index in (seq (count $argv))
                    test "$found[$index]" = "$argv[$index]"; or return 1
                end
            end

            # There is nothing after these words yet.
            function __opsctl_ends
                test (__opsctl_words | string trim) = "$argv"
            end

            complete -c opsctl -f

            """
        for option in global { text += line("", option) }
        for (word, summary) in firstWords {
            text += "complete -c opsctl -n __opsctl_none -a \(quoted(word)) -d \(quoted(summary))\n"
            for (second, summary) in secondWords(of: word) {
                text += "complete -c opsctl -n '__opsctl_ends \(word)' -a \(quoted(second)) "
                text += "-d \(quoted(summary))\n"
            }
        }
        for entry in entries {
            let condition = "-n '__opsctl_is \(entry.verb)' "
            for option in entry.options { text += line(condition, option) }
            if !entry.words.isEmpty {
                text += "complete -c opsctl \(condition)"
                text += "-a \(quoted(entry.words.joined(separator: " ")))\n"
            }
            if entry.takesFile { text += "complete -c opsctl \(condition)-F\n" }
        }
        return text
    }

    private static func line(_ condition: String, _ option: CompletionEntry.Option) -> String {
        var text = "complete -c opsctl \(condition)-l \(option.name.dropFirst(2))"
        if option.name == "--socket" {
            text += " -r -F"
        } else if option.takesValue {
            text += " -x"
        }
        if !option.values.isEmpty {
            text += " -a \(quoted(option.values.joined(separator: " ")))"
        }
        return text + " -d \(quoted(option.summary))\n"
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
