/* PBKDF2 with HMAC-SHA-512 (RFC 8018, 5.2; FIPS 180-4; FIPS 198-1): what GRUB keeps of a password. */
#ifndef BASE_PBKDF2_H
#define BASE_PBKDF2_H

#include <stddef.h>
#include <stdint.h>

#define PBKDF2_BLOCK 64 /* bytes of SHA-512's result */

/*
 * pbkdf2_sha512 - block @number (from 1) of the key that belongs to a password
 *
 * @key: PBKDF2_BLOCK bytes; of a shorter key they are the beginning. Time grows with @rounds (from 1).
 */
void pbkdf2_sha512(const char *password, const void *salt, size_t salt_n, uint32_t rounds,
		   uint32_t number, unsigned char *key);

#endif
