// toml++ behind CToml.h: parse, flatten into an array that owns its texts, drop the parser's tree.
//
// toml++ 3.3 has three soft spots, each met by bytes that a hurried hand may type:
//  - it recurses into what it parses and frees, and bounds values inside values, but not the parts
//    of a dotted key (`a.a.a. ... = 1` is a tree of any depth): Scan bounds them;
//  - asking whether a character beyond ASCII is white space can run into __builtin_unreachable:
//    TOML has such characters in strings and comments only, so Scan refuses them elsewhere;
//  - some of its assertions fail on plain syntax errors (`[,]`): here they throw `Broken`, and the
//    fault is the document's.

#undef NDEBUG  // under NDEBUG the assertions would be assumptions, which is to say undefined

#include "CToml.h"

namespace {
struct Broken {};
}  // namespace

#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : throw Broken{})
#define TOML_MAX_NESTED_VALUES CTOML_NESTED_VALUES
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#if TOML_EXCEPTIONS || !TOML_HEADER_ONLY
#error "CToml wants toml++ header only and without exceptions; see Package.swift"
#endif

namespace {

struct Node {
    CTomlKind kind;
    std::string key;
    std::string text;
    int64_t integer = 0;
    toml::source_position place{};
    size_t end = 0;
};

void fail(CTomlError *error, toml::source_position place, std::string_view message) noexcept {
    error->line = place.line;
    error->column = place.column;
    size_t count = std::min(message.size(), sizeof error->message - 1);
    // Never end inside a UTF-8 sequence.
    if (count < message.size())
        while (count > 0 && (static_cast<unsigned char>(message[count]) & 0xc0) == 0x80)
            count -= 1;
    std::memcpy(error->message, message.data(), count);
    error->message[count] = '\0';
}

/// Something in a document that toml++ must not see.
struct Offence {
    size_t at;
    uint32_t line;
    std::string_view message;
};

/// Reads just enough TOML to step over strings and comments, and finds outside them what would
/// harm the parser.  It agrees with the parser on what is a string up to the first syntax error.
class Scan {
    std::string_view bytes;
    size_t at = 0;
    uint32_t line = 1;

    bool here(std::string_view prefix) const noexcept {
        return bytes.substr(std::min(at, bytes.size()), prefix.size()) == prefix;
    }

    void step(size_t count) noexcept {
        for (; count > 0 && at < bytes.size(); count -= 1, at += 1)
            if (bytes[at] == '\n')
                line += 1;
    }

    void skipComment() noexcept {
        while (at < bytes.size() && bytes[at] != '\n')
            step(1);
    }

    void skipString(char quote) noexcept {
        const char marks[3] = {quote, quote, quote};
        const bool escapes = quote == '"';
        if (here({marks, 3})) {
            step(3);
            while (at < bytes.size() && !here({marks, 3}))
                step(escapes && bytes[at] == '\\' ? 2 : 1);
            step(3);
            // Up to two quotes may stand right before the closing three.
            for (int extra = 0; extra < 2 && here({&quote, 1}); extra += 1)
                step(1);
        } else {
            step(1);
            while (at < bytes.size() && bytes[at] != quote && bytes[at] != '\n')
                step(escapes && bytes[at] == '\\' ? 2 : 1);
            step(1);
        }
    }

public:
    explicit Scan(std::string_view bytes) noexcept : bytes(bytes) {
        if (here("\xef\xbb\xbf"))  // a byte order mark, which the parser skips as well
            at = 3;
    }

    std::optional<Offence> first() noexcept {
        size_t parts = 1;
        while (at < bytes.size()) {
            const char byte = bytes[at];
            if (static_cast<unsigned char>(byte) >= 0x80)
                return Offence{at, line, "a character beyond ASCII stands outside quotes"};
            if (byte == '#') {
                skipComment();
            } else if (byte == '"' || byte == '\'') {
                skipString(byte);
            } else {
                if (byte == '.')
                    parts += 1;
                else if (std::string_view("=,[{\n").find(byte) != std::string_view::npos)
                    parts = 1;
                if (parts > CTOML_KEY_PARTS)
                    return Offence{at, line, "a key has more than 16 parts"};
                step(1);
            }
        }
        return std::nullopt;
    }
};

CTomlKind kindOf(const toml::node &node) noexcept {
    switch (node.type()) {
    case toml::node_type::table: return CTomlKindTable;
    case toml::node_type::array: return CTomlKindArray;
    case toml::node_type::string: return CTomlKindString;
    case toml::node_type::integer: return CTomlKindInteger;
    case toml::node_type::floating_point: return CTomlKindFloat;
    case toml::node_type::boolean: return CTomlKindBoolean;
    default: return CTomlKindDateTime;
    }
}

/// Appends `node` and its descendants.  Recursion is as deep as the document, which is bounded.
void flatten(std::vector<Node> &nodes, const toml::node &node, std::string_view key,
             toml::source_position place) {
    const size_t index = nodes.size();
    nodes.push_back(Node{kindOf(node), std::string(key), {}, 0, place, 0});
    if (const auto *table = node.as_table()) {
        for (const auto &[name, child] : *table)
            flatten(nodes, child, name.str(), name.source().begin);
    } else if (const auto *array = node.as_array()) {
        for (const auto &child : *array)
            flatten(nodes, child, {}, child.source().begin);
    } else if (const auto *string = node.as_string()) {
        nodes[index].text = string->get();
    } else if (const auto *integer = node.as_integer()) {
        nodes[index].integer = integer->get();
    } else if (const auto *boolean = node.as_boolean()) {
        nodes[index].integer = boolean->get() ? 1 : 0;
    }
    nodes[index].end = nodes.size();
}

}  // namespace

struct CTomlDocument {
    std::vector<Node> nodes;
};

namespace {

/// The line whose bytes an assertion of the parser did not survive: the last one of the shortest
/// run of lines that trips it.
uint32_t brokenLine(std::string_view text) {
    size_t first = 1;
    size_t last = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    while (first < last) {
        const size_t middle = first + (last - first) / 2;
        size_t count = 0;
        for (size_t lines = 0; lines < middle; lines += 1)
            count = text.find('\n', count) + 1;
        try {
            static_cast<void>(toml::parse(text.substr(0, count)));
            first = middle + 1;
        } catch (const Broken &) {
            last = middle;
        }
    }
    return static_cast<uint32_t>(first);
}

CTomlDocument *parse(std::string_view text, CTomlError *error) {
    const std::optional<Offence> offence = Scan(text).first();
    // Up to an offence the parser may still find an earlier fault, which is then the one to tell.
    if (offence)
        text = text.substr(0, offence->at);
    try {
        const toml::parse_result result = toml::parse(text);
        if (offence && (result || result.error().source().begin.line >= offence->line)) {
            fail(error, {offence->line, 0}, offence->message);
        } else if (!result) {
            fail(error, result.error().source().begin, result.error().description());
        } else {
            auto document = std::make_unique<CTomlDocument>();
            flatten(document->nodes, result.table(), {}, {0, 0});
            return document.release();
        }
    } catch (const Broken &) {
        fail(error, {brokenLine(text), 0}, "not a key, a value or a table header");
    }
    return nullptr;
}

}  // namespace

CTomlDocument *ctoml_parse(const char *bytes, size_t count, CTomlError *error) {
    *error = CTomlError{};
    if (count > CTOML_DOCUMENT_BYTES) {
        fail(error, {0, 0}, "the file is larger than 1 MiB");
        return nullptr;
    }
    try {
        return parse(std::string_view(count == 0 ? "" : bytes, count), error);
    } catch (const std::exception &exception) {
        fail(error, {0, 0}, exception.what());
        return nullptr;
    }
}

size_t ctoml_count(const CTomlDocument *document) {
    return document->nodes.size();
}

bool ctoml_node(const CTomlDocument *document, size_t index, CTomlNode *out) {
    if (index >= document->nodes.size())
        return false;
    const Node &node = document->nodes[index];
    *out = CTomlNode{};
    out->kind = node.kind;
    out->key = {node.key.data(), node.key.size()};
    out->text = {node.text.data(), node.text.size()};
    out->integer = node.integer;
    out->line = node.place.line;
    out->column = node.place.column;
    out->end = node.end;
    return true;
}

void ctoml_free(CTomlDocument *document) {
    delete document;
}
