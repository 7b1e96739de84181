/* Who may boot and edit what, and PBKDF2 under it (vectors from Python's hashlib, that is OpenSSL). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pbkdf2.h"
#include "model/lock.h"

static void test_pbkdf2(void **state)
{
	static const struct {
		char letter; /* of a password and a salt this long; 0: "password" and "salt" */
		int length;
		uint32_t rounds;
		const char *key;
	} cases[] = {
		{ 0, 0, 1,
		  "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"
		  "c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce" },
		{ 0, 0, 2,
		  "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"
		  "f76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e" },
		{ 0, 0, 4096,
		  "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"
		  "143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5" },
		{ 'x', 200, 3,
		  "8eeae731be7bc5e8ed38d3cebe4c22caaeaba76453547b3c7721b982809cc6a8"
		  "daa39f8c3130bd1f7e70e67154ca55031d4dd09245817bfe19095b5cb2781e5f" },
		{ 'x', 128, 2,
		  "a1ce5c3892ecdd07301f187ece69b86b16d2c5e52d709dcbe2dfead8c54d6d3a"
		  "4995d7cd7f7ab78a018802f88ed1f551692bb36f8f9c37799b65420c08a1c975" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char password[256] = "password", salt[256] = "salt", text[2 * PBKDF2_BLOCK + 1];
		unsigned char key[PBKDF2_BLOCK];

		if (cases[i].letter) {
			memset(password, cases[i].letter, (size_t)cases[i].length);
			memset(salt, cases[i].letter, (size_t)cases[i].length);
			password[cases[i].length] = salt[cases[i].length] = '\0';
		}
		pbkdf2_sha512(password, salt, strlen(salt), cases[i].rounds, 1, key);
		for (size_t k = 0; k < sizeof key; k++)
			snprintf(text + 2 * k, 3, "%02x", key[k]);
		assert_string_equal(text, cases[i].key);
	}
}

/* Of "secret", 1000 rounds; and a key of 100 bytes, of "long". */
#define HASH \
	"grub.pbkdf2.sha512.1000.73616C7473616C74.B26D3DAD4CD2DFEFB7F9CAAC5B3888A1614EF1B" \
	"1249CAC09C0612FC83D6B6B83DC589B793A258594CFC156FF326C97B85D6F2A329AB7DDE705ACE6A" \
	"26CD1A21C"
#define LONG_HASH \
	"grub.pbkdf2.sha512.10.73616c74.84b0ae3b499844c6a88b3271ad4d2fa37c0533f417f1e9519" \
	"089f3931b5496067b91796093f376608d45e27e084bcefc154b655e3e409c5c60ab0d9c6ecdbb56a" \
	"cfbbc44d2c24a8d79381b3f04e60a62964649db46cb2bd0c8f2e6f4c6bd2efaaeb29c3c"

static const struct user users[] = {
	{ .name = "root", .pbkdf2 = HASH, .super = true },
	{ .name = "long", .pbkdf2 = LONG_HASH, .super = true },
	{ .name = "alice", .password = "wonder" },
	{ .name = "bob", .password = "builder" },
	{ .name = "nobody", .super = true },
	{ .name = "broken", .pbkdf2 = "grub.pbkdf2.sha512.10.7.8", .super = true },
	{ .name = "empty", .pbkdf2 = "grub.pbkdf2.sha512.10.73.", .super = true },
	{ .name = "zero", .pbkdf2 = "grub.pbkdf2.sha512.0.73.73", .super = true },
};

static struct config *make_config(struct arena *arena, const char *format, const char *entry_users)
{
	struct config *config = config_new(arena, format, "/grub.cfg");

	for (size_t i = 0; i < sizeof users / sizeof *users; i++)
		vec_push(arena, &config->users) = users[i];
	config->locked = true;
	config_add(arena, config, "System")->users = entry_users;
	return config;
}

static void test_who_may(void **state)
{
	static const struct {
		const char *format, *users;
		bool edited;
		const char *user, *password;
		bool opens;
	} cases[] = {
		{ "grub2", "", false, "root", "secret", true },
		{ "grub2", "", false, "root", "Secret", false },
		{ "grub2", "", false, "root", "", false },
		{ "grub2", "", false, "", "secret", false },
		{ "grub2", "", false, "roo", "secret", false },
		{ "grub2", "", false, "long", "long", true },
		{ "grub2", "", false, "alice", "wonder", false },
		{ "grub2", "bob alice", false, "alice", "wonder", true },
		{ "grub2", "bob alice", false, "alice", "wonde", false },
		{ "grub2", "bob alice", false, "alice", "wonderx", false },
		{ "grub2", "bob alice", false, "alice", "builder", false },
		{ "grub2", "bob alice", false, "bob", "builder", true },
		{ "grub2", "bobby alices", false, "bob", "builder", false },
		{ "grub2", "bob alice", false, "root", "secret", true },
		{ "grub2", "bob alice", true, "alice", "wonder", false },
		{ "grub2", "bob alice", true, "root", "secret", true },
		{ "grub2", "", false, "nobody", "", false },
		{ "grub2", "", false, "broken", "", false },
		{ "grub2", "", false, "empty", "", false },
		{ "grub2", "", false, "zero", "", false },
		{ "syslinux", "alice", false, "", "wonder", true },
		{ "syslinux", "alice", false, "", "builder", false },
		{ "syslinux", "alice", false, "", "secret", true },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *config = make_config(arena, cases[i].format, cases[i].users);
		struct attempt attempt = { config, config->entries.at[0], cases[i].edited };

		if (lock_opens(&attempt, cases[i].user, cases[i].password) != cases[i].opens)
			fail_msg("case %zu: %s with %s", i, cases[i].user, cases[i].password);
		assert_true(lock_has_key(&attempt));
	}
	arena_free(arena);
}

/* Two devices: the first with a locked configuration, the second with an open one. */
static void test_what_is_locked(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct view_device devices[2] = { { .next = &devices[1] } };
	struct view view = { .devices = devices };
	struct config *locked = make_config(arena, "grub2", ""), *open;
	struct entry *restricted = locked->entries.at[0], *unrestricted, *elsewhere;

	(void)state;
	open = config_new(arena, "bls", "/loader/entries");
	unrestricted = config_add(arena, locked, "Unrestricted");
	elsewhere = config_add(arena, open, "Elsewhere");
	vec_push(arena, &devices[0].configs) = locked;
	vec_push(arena, &devices[1].configs) = open;
	assert_ptr_equal(lock_find(&view, &devices[0], restricted, false).config, locked);
	assert_ptr_equal(lock_find(&view, &devices[0], restricted, true).config, locked);
	assert_null(lock_find(&view, &devices[0], unrestricted, false).config);
	assert_ptr_equal(lock_find(&view, &devices[0], unrestricted, true).config, locked);
	assert_null(lock_find(&view, &devices[1], elsewhere, false).config);
	assert_ptr_equal(lock_find(&view, &devices[1], elsewhere, true).config, locked);
	assert_ptr_equal(lock_find(&view, NULL, NULL, true).config, locked);
	locked->locked = false;
	assert_null(lock_find(&view, &devices[1], elsewhere, true).config);
	assert_null(lock_find(&view, NULL, NULL, true).config);
	arena_free(arena);
}

static void test_a_lock_without_a_key(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct config *config = make_config(arena, "grub2", "nobody");
	struct attempt attempt = { config, config->entries.at[0], false };

	(void)state;
	config->users.n = 0;
	assert_false(lock_has_key(&attempt));
	vec_push(arena, &config->users) = (struct user){ .name = "nobody", .super = true };
	vec_push(arena, &config->users) = (struct user){ .name = "bob", .password = "x" };
	assert_false(lock_has_key(&attempt));
	assert_false(lock_opens(&attempt, "bob", "x"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pbkdf2),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_what_is_locked),
		cmocka_unit_test(test_a_lock_without_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
