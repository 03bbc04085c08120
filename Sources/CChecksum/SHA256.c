/* SHA-256 (FIPS 180-4): by the processor's instructions where it has them (SHA-NI), else in plain C. */
#include "SHA256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotated(uint32_t word, int by) { return word >> by | word << (32 - by); }

static inline uint32_t big_endian(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

static void compress_plain(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32_t w[64];
        for (int t = 0; t < 16; t++) w[t] = big_endian(bytes + 4 * t);
        for (int t = 16; t < 64; t++) {
            uint32_t near = w[t - 2], far = w[t - 15];
            w[t] = w[t - 16] + (rotated(far, 7) ^ rotated(far, 18) ^ far >> 3) + w[t - 7]
                + (rotated(near, 17) ^ rotated(near, 19) ^ near >> 10);
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int t = 0; t < 64; t++) {
            uint32_t first = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25))
                + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
            uint32_t second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22))
                + ((a & b) ^ (a & c) ^ (b & c));
            h = g; g = f; f = e; e = d + first;
            d = c; c = b; b = a; a = first + second;
        }
        state[0] += a; state[1] += b; state[2] += c; state[3] += d;
        state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

int checksum_has_sha256(void) {
    unsigned int a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29) != 0;
}

/* The instructions want the eight words as (a, b, e, f) and (c, d, g, h), the first in the highest lane. */
__attribute__((target("sha,sse4.1,ssse3")))
static void compress_by_instructions(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (; blocks > 0; blocks--, bytes += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), swap);
        for (int i = 0; i < 16; i++) {
            if (i >= 4) {
                __m128i last = w[(i + 3) & 3];
                __m128i sum = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
                sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(sum, last);
            }
            __m128i keyed = _mm_add_epi32(
                w[i & 3], _mm_loadu_si128((const __m128i *)(round_constants + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);
    high = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#else

int checksum_has_sha256(void) { return 0; }

static void compress_by_instructions(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
    compress_plain(state, bytes, blocks);
}

#endif

static void compress(struct checksum_sha256 *sum, const uint8_t *bytes, size_t blocks) {
    if (sum->by_instructions) compress_by_instructions(sum->state, bytes, blocks);
    else compress_plain(sum->state, bytes, blocks);
}

void checksum_sha256_begin(struct checksum_sha256 *sum, int by_instructions) {
    static const uint32_t start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(sum->state, start, sizeof start);
    sum->count = 0;
    sum->by_instructions = by_instructions;
}

void checksum_sha256_add(struct checksum_sha256 *sum, const uint8_t *bytes, size_t count) {
    size_t held = sum->count % 64;
    sum->count += count;
    if (held > 0) {
        size_t taken = count < 64 - held ? count : 64 - held;
        memcpy(sum->block + held, bytes, taken);
        if (held + taken < 64) return;
        compress(sum, sum->block, 1);
        bytes += taken;
        count -= taken;
    }
    compress(sum, bytes, count / 64);
    if (count % 64 > 0) memcpy(sum->block, bytes + count / 64 * 64, count % 64);
}

void checksum_sha256_end(struct checksum_sha256 *sum, uint8_t digest[32]) {
    uint64_t bits = sum->count * 8;
    size_t held = sum->count % 64;
    sum->block[held++] = 0x80;
    if (held > 56) {
        memset(sum->block + held, 0, 64 - held);
        compress(sum, sum->block, 1);
        held = 0;
    }
    memset(sum->block + held, 0, 56 - held);
    for (int i = 0; i < 8; i++) sum->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
    compress(sum, sum->block, 1);
    for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(sum->state[i / 4] >> (24 - 8 * (i % 4)));
}
