/* CRC-32C by the processor's own instruction, for which Swift has no name. */
#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "SHA256.h"

/* Whether this processor has it; asks the processor, which a virtual machine answers slowly: ask once. */
int checksum_has_crc32c(void);

/* The register after `count` bytes, from `crc`: neither is inverted. Only where there is the instruction. */
uint32_t checksum_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
