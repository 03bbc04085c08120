// The row of `places`.

import OpsCore

extension CommandTable {
    private static let streamName = ArgumentType.text(limitBytes: Bounds.streamBytes)

    static let placesRow = CommandRow(
        "places", .read, [.showsState, .heavy],
        "List how far each reporter has come in its logs, page by page.",
        details:
            "A strike with `place=STREAM:N` counts only where N is above the place shown here.  "
            + "Each user has streams of its own.  A reporter that starts again reads on from there; "
            + "what it repeats counts nothing twice.  At most \(Bounds.streams) streams are kept: the one that was unused for "
            + "longest goes.  A satellite is shown its own alone.", also: .watch,
        [
            Argument("stream", streamName, .keyword, "only this one"), limit,
            Argument(
                "after", streamName, .keyword,
                "continue after this one: the `next` of the last page"),
        ],
        reply: [
            ReplyField("places", "list of {stream, place, uid}, by stream"),
            ReplyField("next", "what to pass as after; null: no more"),
        ], example: "places stream=nginx"
    ) { values in
        .places(
            PlacesQuery(
                limit: values.integer("limit") ?? 100, after: values.text("after"),
                stream: values.text("stream")))
    }
}
