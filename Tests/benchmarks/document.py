"""The table's place in docs/benchmarks.md: between two marker lines; the rest of the file stays."""

import os

from measure import table

PLACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/benchmarks.md")
BEGIN = "<!-- table: written by Tests/bench --write -->"
END = "<!-- end of table -->"
NAMES = ("Redis", "fail2ban", "sshguard", "node_exporter", "monit", "hyperfine")


def section(results):
    setting = results.setting
    commits = ", ".join(setting["commits"])
    versions = ", ".join(f"{name} {setting[name]}" for name in NAMES)
    return "\n".join(
        [
            table(results.rows),
            "",
            f"- opsd at commit {commits}; {versions}.",
            f"- {setting['machine']}, {setting['memory']}, {setting['kernel']}, {setting['system']}.",
            f"- State of opsd and of its peers on {setting['disk']}; {setting['runs']} pairs a figure.",
        ]
    )


def write(results):
    with open(PLACE) as file:
        text = file.read()
    head, begin, rest = text.partition(BEGIN + "\n")
    _, end, tail = rest.partition(END + "\n")
    if not begin or not end:
        raise ValueError(f"docs/benchmarks.md lacks its markers: {BEGIN} and {END}")
    with open(PLACE, "w") as file:
        file.write(f"{head}{begin}\n{section(results)}\n\n{end}{tail}")
