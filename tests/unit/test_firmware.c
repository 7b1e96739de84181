/* What firmware and management controllers say in binary: boot flags of IPMI, boot options of UEFI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "disk/efiboot.h"
#include "model/bmc.h"

/* IPMI 2.0, 28.13: completion code, version, parameter; table 28-14: five bytes. */
static const struct {
	const char *bytes;
	size_t size;
	struct bmc_request request;
} answers[] = {
#define ANSWER(text) text, sizeof text - 1
	{ ANSWER("\0\1\5\x80\x14\0\0\0"), { BMC_OPTICAL, false } },
	{ ANSWER("\0\1\5\xc0\x14\0\0\0"), { BMC_OPTICAL, true } },
	{ ANSWER("\0\1\5\xa0\x04\0\0\0"), { BMC_NETWORK, false } }, /* by EFI */
	{ ANSWER("\0\1\5\xe0\x04\0\0\0"), { BMC_NETWORK, true } },
	{ ANSWER("\0\1\5\x80\x08\0\0\0"), { BMC_DISK, false } },
	{ ANSWER("\0\1\5\x80\x0c\0\0\0"), { BMC_DISK, false } },
	{ ANSWER("\0\1\5\x80\x10\0\0\0"), { BMC_OTHER, false } },
	{ ANSWER("\0\1\5\x80\x18\0\0\0"), { BMC_SETUP, false } },
	{ ANSWER("\0\1\5\x80\x1c\0\0\0"), { BMC_USB, false } },
	{ ANSWER("\0\1\5\x80\x20\0\0\0"), { BMC_OPTICAL, false } },
	{ ANSWER("\0\1\5\x80\x24\0\0\0"), { BMC_USB, false } },
	{ ANSWER("\0\1\5\x80\x28\0\0\0"), { BMC_OTHER, false } },
	{ ANSWER("\0\1\5\x80\x2c\0\0\0"), { BMC_USB, false } },
	{ ANSWER("\0\1\5\x80\x3c\0\0\0"), { BMC_USB, false } },
	{ ANSWER("\0\1\5\x80\xd7\0\0\0"), { BMC_OPTICAL, false } }, /* with keys and screen locked */
	{ ANSWER("\0\xf1\5\x80\x14\0\0\0"), { BMC_OPTICAL, false } },
	{ ANSWER("\0\1\5\x80\x14"), { BMC_OPTICAL, false } },
	/* nothing is asked for */
	{ ANSWER("\0\1\5\x80\0\0\0\0"), { BMC_NOTHING, false } },
	{ ANSWER("\0\1\5\0\x14\0\0\0"), { BMC_NOTHING, false } },    /* void */
	{ ANSWER("\0\1\5\x40\x14\0\0\0"), { BMC_NOTHING, false } },
	{ ANSWER("\0\1\x85\x80\x14\0\0\0"), { BMC_NOTHING, false } }, /* locked */
	{ ANSWER("\0\1\4\x80\x14\0\0\0"), { BMC_NOTHING, false } },   /* another parameter */
	{ ANSWER("\0\2\5\x80\x14\0\0\0"), { BMC_NOTHING, false } },
	{ ANSWER("\xc1\1\5\x80\x14\0\0\0"), { BMC_NOTHING, false } }, /* unknown command */
	{ ANSWER("\x80"), { BMC_NOTHING, false } },
	{ ANSWER("\0\1\5\x80"), { BMC_NOTHING, false } },
	{ ANSWER("\0\3\0"), { BMC_NOTHING, false } },
	{ ANSWER(""), { BMC_NOTHING, false } },
};

static void test_bmc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		uint8_t *bytes = test_malloc(answers[i].size + !answers[i].size);
		struct bmc_request request;

		memcpy(bytes, answers[i].bytes, answers[i].size);
		request = bmc_read(bytes, answers[i].size);
		if (request.wish != answers[i].request.wish ||
		    request.lasting != answers[i].request.lasting)
			fail_msg("answer %zu: %s%s", i, bmc_name(request.wish),
				 request.lasting ? ", always" : "");
		test_free(bytes);
	}
	for (int wish = BMC_NOTHING; wish <= BMC_OTHER; wish++)
		assert_non_null(bmc_name((enum bmc_wish)wish));
}

/* UEFI 2.10, 3.1.3: attributes, the path's size, a title, the path, data. */
#define TITLE "P\0X\0\0\0"
#define PCI "\1\1\6\0\0\3"
#define MAC "\3\x0b\x08\0ABCD"
#define IP "\3\x0c\x05\0i"
#define DISK "\4\1\6\0ab"
#define STOP "\x7f\xff\4\0"
static const struct {
	const char *bytes;
	size_t size;
	bool network;
} options[] = {
	{ ANSWER("\1\0\0\0\x12\0" TITLE PCI MAC STOP), true },
	{ ANSWER("\1\0\0\0\x17\0" TITLE PCI MAC IP STOP "more"), true },
	{ ANSWER("\1\0\0\0\x0f\0" TITLE PCI IP STOP), true },
	{ ANSWER("\1\0\0\0\x0d\0" TITLE "\5\1\x09\0\6\0\0\0\0" STOP), true },
	{ ANSWER("\1\0\0\0\x0d\0" TITLE "\5\1\x09\0\2\0\0\0\0" STOP), false }, /* a hard disk */
	{ ANSWER("\1\0\0\0\x10\0" TITLE PCI DISK STOP), false },
	{ ANSWER("\0\0\0\0\x12\0" TITLE PCI MAC STOP), false }, /* not active */
	{ ANSWER("\1\0\0\0\x12\0" TITLE DISK STOP MAC), false }, /* behind the path's end */
	{ ANSWER("\1\0\0\0\x06\0" TITLE PCI MAC STOP), false },
	{ ANSWER("\1\0\0\0\xff\0" TITLE PCI MAC STOP), false },  /* longer than the option */
	{ ANSWER("\1\0\0\0\x08\0" TITLE "\3\x0b\0\0ABCD"), false },
	{ ANSWER("\1\0\0\0\x08\0" TITLE "\3\x0b\x09\0ABCD"), false },
	{ ANSWER("\1\0\0\0\x04\0" TITLE "\5\1\x04\0"), false },
	{ ANSWER("\1\0\0\0\x04\0P\0X\0"), false }, /* a title without an end */
	{ ANSWER("\1\0\0\0\x04\0P"), false },
	{ ANSWER("\1\0\0\0"), false },
	{ ANSWER(""), false },
};

static void test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		uint8_t *bytes = test_malloc(options[i].size + !options[i].size);

		memcpy(bytes, options[i].bytes, options[i].size);
		if (efiboot_is_network(bytes, options[i].size) != options[i].network)
			fail_msg("option %zu", i);
		test_free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bmc),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
