#include "base/pbkdf2.h"

#include <string.h>

#define BLOCK 128 /* bytes */

struct sha512 {
	uint64_t state[8], bytes;
	unsigned char block[BLOCK];
};

/* Big endian, as all of SHA-2 is. */
static uint64_t load64(const unsigned char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static void store64(unsigned char *at, uint64_t value)
{
	for (int i = 8; i-- > 0; value >>= 8)
		at[i] = (unsigned char)value;
}

/*
 * The first 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4,
 * 4.2.3) and of the square roots of the first 8 (5.3.5).
 */
static const uint64_t constants[80] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
	0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
	0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
	0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
	0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
	0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
	0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
	0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
	0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
	0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
	0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
	0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
	0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
	0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
	0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
	0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
	0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};
static const uint64_t initial[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static uint64_t rotate(uint64_t x, int by)
{
	return x >> by | x << (64 - by);
}

/* 6.4.2 */
static void sha512_block(uint64_t *state, const unsigned char *block)
{
	uint64_t w[80], v[8], t1, t2;

	for (int i = 0; i < 16; i++)
		w[i] = load64(block + 8 * i);
	for (int i = 16; i < 80; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (rotate(w[i - 15], 1) ^ rotate(w[i - 15], 8) ^ w[i - 15] >> 7) +
		       (rotate(w[i - 2], 19) ^ rotate(w[i - 2], 61) ^ w[i - 2] >> 6);
	memcpy(v, state, sizeof v);
	for (int i = 0; i < 80; i++) {
		t1 = v[7] + (rotate(v[4], 14) ^ rotate(v[4], 18) ^ rotate(v[4], 41)) +
		     ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
		t2 = (rotate(v[0], 28) ^ rotate(v[0], 34) ^ rotate(v[0], 39)) +
		     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, sizeof v - sizeof *v);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

static void sha512_add(struct sha512 *sha, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	while (n > 0) {
		size_t used = sha->bytes % BLOCK, part = BLOCK - used < n ? BLOCK - used : n;

		memcpy(sha->block + used, at, part);
		sha->bytes += part;
		at += part;
		n -= part;
		if (used + part == BLOCK)
			sha512_block(sha->state, sha->block);
	}
}

static void sha512_begin(struct sha512 *sha)
{
	memcpy(sha->state, initial, sizeof initial);
	sha->bytes = 0;
}

static void sha512_end(struct sha512 *sha, unsigned char *digest)
{
	uint64_t bits = sha->bytes * 8;
	unsigned char length[16] = { 0 };

	store64(length + 8, bits);
	sha512_add(sha, "\x80", 1);
	while (sha->bytes % BLOCK != BLOCK - sizeof length)
		sha512_add(sha, "", 1);
	sha512_add(sha, length, sizeof length);
	for (int i = 0; i < 8; i++)
		store64(digest + 8 * i, sha->state[i]);
}

/* A key's two beginnings, so that each round costs two blocks and not four. */
struct hmac {
	struct sha512 inner, outer;
};

static void hmac_key(struct hmac *hmac, const char *key)
{
	unsigned char pad[BLOCK] = { 0 };
	size_t n = strlen(key);

	if (n > BLOCK) {
		sha512_begin(&hmac->inner);
		sha512_add(&hmac->inner, key, n);
		sha512_end(&hmac->inner, pad);
	} else {
		memcpy(pad, key, n);
	}
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	sha512_begin(&hmac->inner);
	sha512_add(&hmac->inner, pad, sizeof pad);
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha512_begin(&hmac->outer);
	sha512_add(&hmac->outer, pad, sizeof pad);
}

static void hmac_end(const struct hmac *hmac, struct sha512 *inner, unsigned char *code)
{
	struct sha512 outer = hmac->outer;

	sha512_end(inner, code);
	sha512_add(&outer, code, PBKDF2_BLOCK);
	sha512_end(&outer, code);
}

void pbkdf2_sha512(const char *password, const void *salt, size_t salt_n, uint32_t rounds,
		   uint32_t number, unsigned char *key)
{
	unsigned char code[PBKDF2_BLOCK], index[8];
	struct hmac hmac;
	struct sha512 inner;

	hmac_key(&hmac, password);
	inner = hmac.inner;
	sha512_add(&inner, salt, salt_n);
	store64(index, number);
	sha512_add(&inner, index + 4, 4);
	hmac_end(&hmac, &inner, code);
	memcpy(key, code, sizeof code);
	while (--rounds) {
		inner = hmac.inner;
		sha512_add(&inner, code, sizeof code);
		hmac_end(&hmac, &inner, code);
		for (size_t i = 0; i < sizeof code; i++)
			key[i] ^= code[i];
	}
}
