// TOML 1.0 documents for callers that speak C.  The parser behind it is toml++; this header lets
// none of its types, and no C++ exception, across.
//
// A document is a flat array of nodes in depth-first order.  Node 0 is the root table; a node's
// descendants are the nodes that follow it, up to its `end`.  So the first child of node i is
// i + 1, and the sibling of a child j is `end` of j, for as long as that is below `end` of i.
//
// Every node knows where it stands: a table entry at its key, an array element at its value.
// Input is hostile until proven otherwise: size, depth of values and depth of dotted keys are
// bounded, and bytes that are not TOML make an error with a line, never a crash.

#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The longest document, in bytes.  Far more than any real file, and little enough that the
    /// parser's own memory stays in bounds.
    CTOML_DOCUMENT_BYTES = 1 << 20,
    /// Arrays and inline tables inside one another.
    CTOML_NESTED_VALUES = 16,
    /// Parts of one dotted key or table header.
    CTOML_KEY_PARTS = 16,
    /// Room for an error's text, its terminator included.
    CTOML_MESSAGE_BYTES = 256,
};

typedef enum __attribute__((enum_extensibility(closed))) CTomlKind {
    CTomlKindTable,
    CTomlKindArray,
    CTomlKindString,
    CTomlKindInteger,
    CTomlKindFloat,
    CTomlKindBoolean,
    CTomlKindDateTime,
} CTomlKind;

/// UTF-8 bytes that the document owns; not terminated, and may hold NUL.
typedef struct CTomlText {
    const char *bytes;
    size_t count;
} CTomlText;

typedef struct CTomlNode {
    CTomlKind kind;
    /// The last part of the key; empty for the root and for array elements.
    CTomlText key;
    /// A string's value; otherwise empty.
    CTomlText text;
    /// An integer's value; 0 or 1 for a boolean; otherwise 0.
    int64_t integer;
    /// A float's value, which may be infinite or not a number; otherwise 0.
    double number;
    /// Counted from 1; 0 for the root.
    uint32_t line;
    uint32_t column;
    /// The index after the node's last descendant.
    size_t end;
} CTomlNode;

typedef struct CTomlError {
    /// Counted from 1; 0 where the document as a whole is at fault.
    uint32_t line;
    uint32_t column;
    /// Terminated UTF-8.  May quote the document; escape it before showing it.
    char message[CTOML_MESSAGE_BYTES];
} CTomlError;

typedef struct CTomlDocument CTomlDocument;

/// Parses `count` bytes.  Returns a document for ctoml_free, or NULL with `*error` filled in.
CTomlDocument *ctoml_parse(const char *bytes, size_t count, CTomlError *error);

/// The number of nodes: at least 1, the root.
size_t ctoml_count(const CTomlDocument *document);

/// Fills in `*node`, whose texts live as long as the document.  False if there is no node
/// of that index.
bool ctoml_node(const CTomlDocument *document, size_t index, CTomlNode *node);

/// Frees the document and every text that came from it.  NULL is ignored.
void ctoml_free(CTomlDocument *document);

#ifdef __cplusplus
}
#endif

#endif
