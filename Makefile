# baton: everything that can be made. `make help` lists it.

ARCH  ?= x86_64
BOARD ?= qemu-x86_64
BUILD ?= build
JOBS  ?= $(shell nproc)

# Debian's Python, which has Debian's pytest, pexpect and pyte, whatever comes first in PATH.
PYTHON ?= /usr/bin/python3

host   := $(BUILD)/host
fuzz   := $(BUILD)/fuzz
target := $(BUILD)/$(ARCH)
image  := $(BUILD)/$(BOARD)

# A board may start another board's kernel (KERNEL), and make more of it than a bzImage (products).
products :=
-include board/$(BOARD)/board.mk
KERNEL ?= $(BOARD)

# A new file in one of these places is built without touching this page.
sources    := $(wildcard src/*.c src/*/*.c src/*/*/*.c menus/*.c src/*/*.S src/*/*/*.S menus/*.S)
objects    := $(addsuffix .o,$(sources))
parts      := $(filter-out src/main.c.o,$(objects))
fv_parts   := $(patsubst %,%.o,$(filter-out %/main.c,$(wildcard tools/fv/*.c)))
# What tools/toolchain unpacks. A library's warnings are its authors' business. As small as they get: of
# zlib, tables that are made when they are needed, and checksums with 1 KB of them instead of 9; of
# Zstandard, what its own Makefile takes for ZSTD_LIB_MINIFY.
library    := $(BUILD)/$(ARCH)/toolchain/src
libraries  := $(patsubst %,library/xz/xz_%.o,crc32 dec_bcj dec_lzma2 dec_stream) \
	$(patsubst %,library/zlib/%.o,adler32 crc32 inffast inflate inftrees zutil) library/zstd/zstddeclib-in.o
smallest   := -w -DBUILDFIXED -DZ_TESTW=0 -DHUF_FORCE_DECOMPRESS_X1 \
	-DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DZSTD_NO_INLINE -DDYNAMIC_BMI2=0 -DNDEBUG
unit_tests := $(patsubst tests/unit/%.c,$(host)/unit/%,$(wildcard tests/unit/test_*.c))
fuzzers    := $(patsubst tests/fuzz/%.c,$(fuzz)/%,$(wildcard tests/fuzz/fuzz_*.c))

cflags := -std=gnu11 -D_GNU_SOURCE -DNCURSES_WIDECHAR=1 -Isrc -I. -I$(BUILD) $(patsubst %,-I$(library)/%,xz zlib zstd) -Wall -Wextra -Werror -MMD -MP
asan   := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Short lines; V=1 shows the whole commands.
ifneq ($(V),1)
.SILENT:
endif
say = @printf '  %-5s %s\n' $1 $(@:$(BUILD)/%=%)

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE baton help deps host image flash servers reproduce size test unit corpus \
	grub-diff menu-test fuzz boot-test boot-test-long faults bench run clean distclean

baton: $(target)/baton ## the program, static, for ARCH (build/ARCH/baton)

help: ## this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | \
		while IFS='	' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done
	echo 'Settings: ARCH=$(ARCH) BOARD=$(BOARD) BUILD=$(BUILD) JOBS=$(JOBS); V=1 shows commands.'

# Packages -----------------------------------------------------------------------------------------

deps: $(BUILD)/deps ## install the Debian packages that the build and the tests need

$(BUILD)/deps: tools/install-deps
	mkdir -p $(@D)
	tools/install-deps
	touch $@

# $(call keep,FILE,TEXT): rewrites FILE only when TEXT differs, so that what depends on it is made
# again when a flag or the list of sources changes.
keep = mkdir -p $(dir $1); printf '%s\n' '$2' | cmp -s - $1 || printf '%s\n' '$2' > $1

# For the target: static, position independent, hardened -------------------------------------------

target_cc     := $(target)/toolchain/bin/cc
target_cflags := $(cflags) -g
target_libs   := -lncursesw -lblkid -llz4

# What all the bytes of a kernel or a password pass through: not quite as small, for speed.
busy := src/base/pbkdf2 src/base/text src/kexec/unlz4 src/kexec/unpack
$(busy:%=$(target)/%.c.o): speed := -Os

# A link to the folder in the cache; made again when the recipe, or the cache, has changed.
$(target)/toolchain.made: tools/toolchain tools/fetch \
		$(wildcard tools/libblkid* tools/musl-* tools/ncurses-* tools/xz*) \
		$(if $(wildcard $(target_cc)),,FORCE) | $(BUILD)/deps
	mkdir -p $(@D)
	ln -sfn "$$(tools/toolchain $(ARCH))" $(target)/toolchain
	touch $@

$(target)/flags: FORCE
	$(call keep,$@,$(target_cflags) $(smallest) $(objects))

$(target)/library/%.o: $(target)/flags $(target)/toolchain.made
	mkdir -p $(@D)
	$(call say,CC)
	$(target_cc) $(target_cflags) $(smallest) -c -o $@ $(library)/$*.c

$(target)/%.o: % $(target)/flags $(target)/toolchain.made
	mkdir -p $(@D)
	$(call say,CC)
	$(target_cc) $(target_cflags) $(speed) -c -o $@ $<

# With names and line numbers, for `make size` and for debugging.
$(target)/baton.debug: $(addprefix $(target)/,$(objects) $(libraries)) $(target)/flags
	$(call say,LINK)
	$(target_cc) $(target_cflags) -o $@ $(filter %.o,$^) $(target_libs)

# PID 1 can't be started through an interpreter that isn't there.
$(target)/baton: $(target)/baton.debug
	$(call say,STRIP)
	strip -s -R .comment -o $@ $<
	! readelf -lW $@ | grep INTERP

# What people read in other languages than English, for menus/language.c: the English, which all of
# menus/messages must have alike, once, and then each of the languages.
$(BUILD)/messages.xz: $(wildcard menus/messages/*.txt)
	mkdir -p $(@D)
	sed '1d; /^\t/d' $< >$@.english
	for file in $^; do sed '1d; /^\t/d' $$file | cmp - $@.english || exit 1; done
	{ cat $@.english; sed -n '/^@/p; s/^\t//p' $^; } | \
		xz --check=none --lzma2=preset=9e,lc=2,pb=0 >$@

$(foreach folder,$(target) $(host) $(fuzz),$(folder)/menus/messages.S.o): $(BUILD)/messages.xz

# The image ----------------------------------------------------------------------------------------

image: $(image)/manifest.json ## what BOARD is started from (build/BOARD/…): kernel, disk, ROM

$(BUILD)/pack: initramfs/pack.c | $(BUILD)/deps
	$(call say,CC)
	gcc -std=gnu11 -Wall -Wextra -Werror -O2 -o $@ $<

$(image)/initramfs.cpio: $(target)/baton $(BUILD)/pack $(wildcard board/$(BOARD)/settings)
	mkdir -p $(@D)
	$(call say,PACK)
	$(BUILD)/pack $< $@ $(wildcard board/$(BOARD)/settings)

$(image)/bzImage: $(image)/initramfs.cpio tools/kernel tools/fetch \
		$(wildcard tools/linux-*.patch board/common/*.config board/$(ARCH)/*.config board/$(KERNEL)/* \
			board/$(BOARD)/kernel.config)
	$(call say,IMAGE)
	JOBS=$(JOBS) tools/kernel $(KERNEL) $< $@ $(BOARD)

# SIGN_KEY and SIGN_CERT (PEM): signed for Secure Boot, with sbsign, which has to be installed.
$(image)/BOOTX64.EFI: $(image)/bzImage
	$(call say,EFI)
	$(if $(SIGN_KEY),sbsign --key '$(SIGN_KEY)' --cert '$(SIGN_CERT)' --output $@ $<,cp $< $@)

$(image)/disk.img: $(image)/BOOTX64.EFI tools/boot-disk
	$(call say,DISK)
	SOURCE_DATE_EPOCH=315532800 tools/boot-disk $< $@

$(image)/baton.rom: $(image)/bzImage tools/coreboot-rom tools/fetch
	$(call say,ROM)
	JOBS=$(JOBS) ROM='$(ROM)' tools/coreboot-rom $< $@

# Flash images of UEFI machines: the tool for firmware volumes, which runs here, and the boot manager,
# a program for UEFI, whose format and calls are those of Windows.
$(BUILD)/fv: $(wildcard tools/fv/*.[ch]) src/base/arena.c src/base/arena.h | $(BUILD)/deps
	mkdir -p $(@D)
	$(call say,CC)
	gcc -std=gnu11 -D_GNU_SOURCE -Isrc -I. -Wall -Wextra -Werror -O2 -o $@ $(filter %.c,$^) -llzma

efi_cc   := clang-14 -std=gnu11 -ffreestanding -fshort-wchar -mno-red-zone -Os -I. -Wall -Wextra -Werror -c
efi_link := lld-link-14 /nologo /subsystem:efi_boot_service_driver /nodefaultlib /Brepro

$(BUILD)/bds.efi: $(addprefix firmware/,bds.c flash.c pages.c flash.h pages.h uefi.h) | $(BUILD)/deps
	mkdir -p $(@D)
	$(call say,EFI)
	for part in bds flash pages; do \
		$(efi_cc) -target x86_64-unknown-windows -o $@.$$part.o firmware/$$part.c || exit 1; done
	$(efi_link) /entry:driver_main /out:$@ $@.bds.o $@.flash.o $@.pages.o

# OVMF's start-up phase has 32 bits.
$(BUILD)/pages-pei.efi: firmware/pages-pei.c firmware/pages.h firmware/uefi.h | $(BUILD)/deps
	mkdir -p $(@D)
	$(call say,EFI)
	$(efi_cc) -target i686-unknown-windows -o $@.o $<
	$(efi_link) /machine:x86 /safeseh:no /entry:peim_main /out:$@ $@.o

firmware := $(BUILD)/fv $(BUILD)/bds.efi $(BUILD)/pages-pei.efi

$(image)/flash.fd: $(image)/bzImage $(firmware) tools/ovmf-rom board/$(BOARD)/volumes
	$(call say,ROM)
	tools/ovmf-rom $(BUILD) $< $@

# What the tests and the benchmark power on, behind the image: both link the same program.
flash: image $(firmware)
	$(if $(filter ovmf-x86_64,$(BOARD)),,$(MAKE) --no-print-directory BOARD=ovmf-x86_64 image)

# What the long tests start: the kernel for servers, whose first build takes as long as the other's.
servers: image
	for board in server-x86_64 uefi-x86_64; do \
		[ $$board = $(BOARD) ] || $(MAKE) --no-print-directory BOARD=$$board image || exit 1; done

$(image)/manifest.json: $(addprefix $(image)/,bzImage $(products)) tools/manifest tools/fetch
	$(call say,SBOM)
	$(PYTHON) tools/manifest $(BOARD) $(target)/baton $(filter $(image)/%,$^) >$@

BOARDS ?= $(BOARD)

reproduce: ## build the images of BOARDS again, elsewhere, and compare (as long as a first build)
	for board in $(BOARDS); do $(MAKE) --no-print-directory BOARD=$$board image || exit 1; done
	JOBS=$(JOBS) tools/reproduce $(BUILD) $(ARCH) $(BOARDS)

size: $(target)/baton ## where the bytes are, in the program and in the image
	tools/size $(target) $(image)

# On the build machine, with the sanitizers: unit tests, corpus tests ------------------------------

host_cflags := $(cflags) -g -O1 $(asan)
host_libs   := -lncursesw -ltinfo -lblkid -llz4 -lxxhash

host: $(host)/baton ## the program for this machine, with ASan and UBSan (build/host/baton)

$(host)/flags: FORCE
	$(call keep,$@,gcc $(host_cflags) $(smallest) $(objects))

$(host)/library/%.o: $(host)/flags $(target)/toolchain.made
	mkdir -p $(@D)
	$(call say,CC)
	gcc $(host_cflags) $(smallest) -c -o $@ $(library)/$*.c

$(host)/%.o: % $(host)/flags $(target)/toolchain.made | $(BUILD)/deps
	mkdir -p $(@D)
	$(call say,CC)
	gcc $(host_cflags) -c -o $@ $<

# An archive, so that a unit test takes only the parts it uses.
$(host)/parts.a: $(addprefix $(host)/,$(parts) $(libraries)) $(host)/flags
	rm -f $@
	$(call say,AR)
	ar -crD $@ $(filter %.o,$^)

$(host)/baton: $(host)/src/main.c.o $(host)/parts.a
	$(call say,LINK)
	gcc $(asan) -o $@ $^ $(host_libs)

$(host)/unit/%: $(host)/tests/unit/%.c.o $(host)/parts.a
	mkdir -p $(@D)
	$(call say,LINK)
	gcc $(asan) -o $@ $^ -lcmocka $(host_libs)

$(host)/unit/test_fv: $(fv_parts:%=$(host)/%)
$(host)/unit/test_fv: private host_libs += -llzma

# The menu with a PID 1 that only pretends, for tests/menu.
$(host)/menu-demo: $(host)/tests/menu/demo.c.o $(host)/parts.a
	$(call say,LINK)
	gcc $(asan) -o $@ $^ $(host_libs)

# Fuzz targets: libFuzzer, which is clang's --------------------------------------------------------

fuzz_cc     := clang-14
fuzz_cflags := $(cflags) -g -O1 $(asan) -fsanitize=fuzzer-no-link

$(fuzz)/flags: FORCE
	$(call keep,$@,$(fuzz_cc) $(fuzz_cflags) $(smallest) $(objects))

$(fuzz)/library/%.o: $(fuzz)/flags $(target)/toolchain.made
	mkdir -p $(@D)
	$(call say,CC)
	$(fuzz_cc) $(fuzz_cflags) $(smallest) -c -o $@ $(library)/$*.c

$(fuzz)/%.o: % $(fuzz)/flags $(target)/toolchain.made | $(BUILD)/deps
	mkdir -p $(@D)
	$(call say,CC)
	$(fuzz_cc) $(fuzz_cflags) -c -o $@ $<

$(fuzz)/parts.a: $(addprefix $(fuzz)/,$(parts) $(libraries)) $(fuzz)/flags
	rm -f $@
	$(call say,AR)
	ar -crD $@ $(filter %.o,$^)

$(fuzz)/fuzz_%: $(fuzz)/tests/fuzz/fuzz_%.c.o $(fuzz)/parts.a
	$(call say,LINK)
	$(fuzz_cc) $(asan) -fsanitize=fuzzer -o $@ $^ -Wl,--as-needed $(host_libs)

$(fuzz)/fuzz_fv: $(fv_parts:%=$(fuzz)/%)
$(fuzz)/fuzz_fv: private host_libs += -llzma

# Tests --------------------------------------------------------------------------------------------

# A machine keeps one processor busy at most: as many tests at a time as there are processors.
pytest := $(PYTHON) -m pytest -q -n $(JOBS) --dist loadgroup

kinds := unit corpus grub-diff menu-test fuzz boot-test

test: $(BUILD)/deps ## every kind of test below; ends with `N passed, N failed`
	tests/run-all $(kinds:%='$(MAKE) -j$(JOBS) %')

unit: $(unit_tests) ## unit tests (cmocka, ASan, UBSan)
	status=0; for test in $^; do $$test || status=1; done; exit $$status

corpus: $(host)/baton ## every configuration in tests/corpus against what it must mean
	BATON=$(abspath $<) $(PYTHON) tests/corpus/run

grub-diff: $(host)/baton ## generated GRUB scripts and menus, through GRUB itself and through baton
	status=0; for part in run run-menus; do \
		BATON=$(abspath $<) $(PYTHON) tests/grub-diff/$$part || status=1; done; exit $$status

menu-test: $(host)/menu-demo $(host)/baton ## the menu on terminals of several kinds and sizes
	MENU_DEMO=$(abspath $<) BATON=$(abspath $(host)/baton) $(pytest) tests/menu

fuzz: $(fuzzers) ## a short, repeatable pass of every fuzz target; RUNS=-1 SECONDS_EACH=300: long
	BUILD=$(fuzz) tests/fuzz-all $^

boot-test: image flash ## boots in QEMU, driven over the serial line
	BUILD=$(BUILD) BOARD=$(BOARD) $(pytest) -m 'not long' tests/boot

boot-test-long: image flash servers ## those of them that are too long for `make test`
	BUILD=$(BUILD) BOARD=$(BOARD) $(pytest) -m long tests/boot

faults: image ## the whole fault matrix of disks and machines, of which boot-test runs a part
	BATON_FAULTS=all BUILD=$(BUILD) BOARD=$(BOARD) $(pytest) tests/boot/test_faults.py \
		tests/boot/test_power_cuts.py

bench: image flash ## time from power-on to the target, beside GRUB and extlinux; loading; PID 1 alone
	BUILD=$(BUILD) BOARD=$(BOARD) tests/bench/bench
	BUILD=$(BUILD) BOARD=$(BOARD) tests/bench/load
	BUILD=$(BUILD) BOARD=$(BOARD) tests/bench/start

run: image ## power on in QEMU, choose, boot a Debian (or DISK=file, never written)
	BUILD=$(BUILD) BOARD=$(BOARD) DISK='$(DISK)' tools/run

# --------------------------------------------------------------------------------------------------

clean: ## remove what was built in this checkout
	rm -rf $(BUILD)

distclean: clean ## and the cached downloads, toolchains, kernels and disks
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/baton"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
