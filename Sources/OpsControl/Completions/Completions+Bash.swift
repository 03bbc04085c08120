// bash: one function that finds the command among the words so far and offers what may follow.  It
// does not need the bash-completion package.

extension Completions {
    static var bash: String {
        var text = """
            # bash completion for opsctl; made from the command table.

            _opsctl() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
                local first= second= verb= options= words= values= i word skip=
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if [[ -n $skip ]]; then skip=; continue; fi
                    case $word in
                    \(names(global.filter(\.takesValue), "|"))) skip=1 ;;
                    -*) ;;
                    *) if [[ -z $first ]]; then first=$word
                       elif [[ -z $second ]]; then second=$word; fi ;;
                    esac
                done
                case $prev in
                --socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                --timeout) COMPREPLY=($(compgen -W "1s 10s 1m" -- "$cur")); return ;;
                esac
                if [[ -z $first ]]; then
                    COMPREPLY=($(compgen -W "\(firstWords.map(\.word).joined(separator: " ")) \\
                        \(names(global))" -- "$cur"))
                    return
                fi
                case "$first $second" in

            """
        for entry in entries where entry.verb.contains(" ") {
            text += arm(entry, "\"\(entry.verb)\"")
        }
        text += "    *) case $first in\n"
        for entry in entries where !entry.verb.contains(" ") { text += arm(entry, entry.verb) }
        text += families
        text += """
                   esac ;;
                esac
                if [[ -n $values ]]; then
                    COMPREPLY=($(compgen -W "$values" -- "$cur"))
                elif [[ $cur == -* || -z $words ]]; then
                    COMPREPLY=($(compgen -W "$words $options \(names(global))" -- "$cur"))
                else
                    COMPREPLY=($(compgen -W "$words" -- "$cur"))
                fi
            }
            complete -F _opsctl opsctl

            """
        return text
    }

    private static func names(
        _ options: [CompletionEntry.Option], _ separator: String = " "
    ) -> String {
        options.map(\.name).joined(separator: separator)
    }

    private static func arm(_ entry: CompletionEntry, _ pattern: String) -> String {
        var text = "    \(pattern))\n"
        if entry.takesFile {
            if !entry.options.isEmpty {
                text += "        if [[ $cur == -* ]]; then\n            "
                text += "COMPREPLY=($(compgen -W \"\(names(entry.options))\" -- \"$cur\"))\n"
                text += "            return\n        fi\n"
            }
            text += "        COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
            return text
        }
        let second = secondWords(of: entry.verb).map(\.word)
        text += "        options=\"\(names(entry.options))\"\n"
        if !entry.words.isEmpty {
            text += "        words=\"\(entry.words.joined(separator: " "))\"\n"
        }
        if !second.isEmpty {
            text += "        [[ -z $second ]] && words=\"\(second.joined(separator: " "))\"\n"
        }
        let valued = entry.options.filter { $0.takesValue }
        if !valued.isEmpty {
            text += "        case $prev in\n"
            for option in valued where !option.values.isEmpty {
                text +=
                    "        \(option.name)) values=\"\(option.values.joined(separator: " "))\" ;;\n"
            }
            let free = valued.filter(\.values.isEmpty)
            if !free.isEmpty { text += "        \(names(free, "|"))) return ;;\n" }
            text += "        esac\n"
        }
        return text + "        ;;\n"
    }

    /// First words that are not a command by themselves.
    private static var families: String {
        var text = ""
        for (word, _) in firstWords where !entries.contains(where: { $0.verb == word }) {
            let second = secondWords(of: word).map(\.word).joined(separator: " ")
            text += "    \(word)) [[ -z $second ]] && words=\"\(second)\" ;;\n"
        }
        return text
    }
}
