/* SHA-256 of bytes that come in pieces. Source: FIPS 180-4. */
#ifndef CCHECKSUM_SHA256_H
#define CCHECKSUM_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* A sum under way. A plain value: a copy goes on by itself. */
struct checksum_sha256 {
    uint32_t state[8];
    uint8_t block[64];
    uint64_t count;
    int by_instructions;
};

/* Whether this processor has instructions for it; ask once. */
int checksum_has_sha256(void);

/* Begins a sum; `by_instructions`: only where there are such. */
void checksum_sha256_begin(struct checksum_sha256 *sum, int by_instructions);

/* Adds bytes; `bytes` may be null where `count` is 0. */
void checksum_sha256_add(struct checksum_sha256 *sum, const uint8_t *bytes, size_t count);

/* Ends the sum, which must not be used again. */
void checksum_sha256_end(struct checksum_sha256 *sum, uint8_t digest[32]);

#endif
