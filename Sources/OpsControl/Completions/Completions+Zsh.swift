// zsh: an autoloaded function for the completion system, with summaries beside the words.

extension Completions {
    static var zsh: String {
        var text = """
            #compdef opsctl
            # zsh completion for opsctl; made from the command table.

            _opsctl() {
                local -a global options commands
                local -i i=2
                local first= second=
                global=(

            """
        for option in global { text += "        \(spec(option))\n" }
        text += "    )\n    commands=(\n"
        for (word, summary) in firstWords {
            text += "        \(quoted("\(word):\(escaped(summary))"))\n"
        }
        text += """
                )
                while (( i < CURRENT )); do
                    case ${words[i]} in
                    \(global.filter(\.takesValue).map(\.name).joined(separator: "|"))) (( i++ )) ;;
                    -*) ;;
                    *) if [[ -z $first ]]; then first=${words[i]}
                       elif [[ -z $second ]]; then second=${words[i]}; fi ;;
                    esac
                    (( i++ ))
                done
                if [[ -z $first ]]; then
                    _describe -t commands command commands
                    _arguments $global
                    return
                fi
                case "$first $second" in

            """
        for entry in entries where entry.verb.contains(" ") {
            text += arm(entry, quoted(entry.verb))
        }
        text += "    *) case $first in\n"
        for entry in entries where !entry.verb.contains(" ") { text += arm(entry, entry.verb) }
        for (word, _) in firstWords where !entries.contains(where: { $0.verb == word }) {
            text += "    \(word))\n\(second(word))        ;;\n"
        }
        text += """
                   esac ;;
                esac
                _arguments $options $global
            }

            if [[ $funcstack[1] == _opsctl ]]; then
                _opsctl "$@"
            else
                compdef _opsctl opsctl
            fi

            """
        return text
    }

    private static func arm(_ entry: CompletionEntry, _ pattern: String) -> String {
        var text = "    \(pattern))\n"
        text += second(entry.verb)
        if entry.takesFile {
            let options = entry.options.map { " " + spec($0) }.joined()
            return text
                + (options.isEmpty
                    ? "        _files; return ;;\n"
                    : "        _arguments\(options) '*:file:_files'; return ;;\n")
        }
        if !entry.words.isEmpty {
            text += "        compadd -- \(entry.words.joined(separator: " "))\n"
        }
        if !entry.options.isEmpty {
            text += "        options=(\n"
            for option in entry.options { text += "            \(spec(option))\n" }
            text += "        )\n"
        }
        return text + "        ;;\n"
    }

    /// Code that offers the second words of `first` while none has been typed.
    private static func second(_ first: String) -> String {
        let words = secondWords(of: first)
        if words.isEmpty { return "" }
        let list = words.map { quoted("\($0.word):\(escaped($0.summary))") }.joined(separator: " ")
        return "        if [[ -z $second ]]; then\n"
            + "            commands=(\(list))\n"
            + "            _describe -t commands command commands\n        fi\n"
    }

    /// The option as `_arguments` reads it: `'--ttl[how long]:value:(10m 1h)'`.
    private static func spec(_ option: CompletionEntry.Option) -> String {
        var text = "\(option.name)[\(escaped(option.summary))]"
        if option.name == "--socket" {
            text += ":path:_files"
        } else if option.takesValue {
            text += ":value:"
            text += option.values.isEmpty ? " " : "(\(option.values.joined(separator: " ")))"
        }
        return quoted(text)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == ":" || character == "[" || character == "]" || character == "\\" {
                result.append("\\")
            }
            result.append(character)
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
