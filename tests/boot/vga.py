"""
What is on a screen, read from its pixels: glyphs of the font that the machine itself draws with
become characters and colours, so that whole screens can be compared.
"""

import pathlib
import struct
import subprocess

BIOS = pathlib.Path("/usr/share/seabios/vgabios-stdvga.bin")
HEIGHT = 16

# What is not bright: text mode has 6 bits of each colour.
GREY = b"\xaa\xaa\xaa", b"\xa8\xa8\xa8"

# Glyphs that show where a font of 256 of them, 8x16, begins: "A" and "B" are the same in all of VGA's.
A = bytes.fromhex("00001038 6cc6c6fe c6c6c6c6 00000000")
FONT_SIZE = 256 * HEIGHT

# Code page 437's first 32, as pictures, and its house.
CONTROLS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"


def font_in(data):
    """The font in the bytes of a program that draws with it."""
    at = data.find(A)
    while at >= 0:
        font = data[at - ord("A") * HEIGHT:][:FONT_SIZE]
        if len(font) == FONT_SIZE and font[:HEIGHT] == font[32 * HEIGHT:33 * HEIGHT] == bytes(HEIGHT):
            return font
        at = data.find(A, at + 1)
    raise AssertionError("there is no font in it")


def bios_font():
    """That of text mode, which QEMU's VGA BIOS brings."""
    return font_in(BIOS.read_bytes())


def kernel_font(image):
    """That of the framebuffer console, which the kernel has built in (boot.rst: payload_offset)."""
    data = image.read_bytes()
    setup = (data[0x1f1] or 4) + 1
    offset, length = struct.unpack_from("<II", data, 0x248)
    packed = data[setup * 512 + offset:][:length - 4]   # behind it is the size of the kernel
    return font_in(subprocess.run(["zstd", "-dc"], input=packed, stdout=subprocess.PIPE, check=True).stdout)


def characters(font):
    """Glyphs, as the bytes of their rows, and what they mean; of equal ones the first that is printed."""
    table = {}
    for code in [*range(32, 256), *range(32)]:
        glyph = font[code * HEIGHT:(code + 1) * HEIGHT]
        meaning = CONTROLS[code] if code < 32 else "⌂" if code == 127 else bytes([code]).decode("cp437")
        table.setdefault(glyph, " " if meaning == "\xa0" else meaning)
    return table


def read_cell(pixels, width, x, y, table):
    """The character whose upper left corner is there, its colour and that behind it."""
    rows = [pixels[((y + row) * width + x) * 3:][:24] for row in range(HEIGHT)]
    colours = [[row[i:i + 3] for i in range(0, 24, 3)] for row in rows]
    seen = {pixel for row in colours for pixel in row}
    assert len(seen) <= 2, f"{len(seen)} colours in one cell at {x},{y}"
    behind, *ink = sorted(seen, key=lambda pixel: pixel != colours[0][0])
    for front, back in ((ink[0], behind), (behind, ink[0])) if ink else ((None, behind),):
        glyph = bytes(sum((pixel == front) << 7 - i for i, pixel in enumerate(row)) for row in colours)
        if glyph in table:
            return table[glyph], front, back
    raise AssertionError(f"no glyph of the font at {x},{y}: {glyph.hex()}")


def picture(screenshot, font):
    """
    The screen as text: each row after "|", then its colours, but for grey on black, as
    FIRST-LAST COLOUR on COLOUR.
    """
    width, height, pixels = screenshot
    step = 9 if (width, height) == (720, 400) else 8    # text mode has a ninth column between glyphs
    table, lines = characters(font), []
    for y in range(0, height - HEIGHT + 1, HEIGHT):
        cells = [read_cell(pixels, width, x, y, table) for x in range(0, width - step + 1, step)]
        lines.append("|" + "".join(cell[0] for cell in cells).rstrip())
        lines += ["    " + run for run in runs(cells)]
    return "\n".join(lines) + "\n"


def runs(cells):
    """Neighbours of one colour; blanks have none of their own."""
    found = []
    for x, (_, front, back) in enumerate(cells):
        if found and found[-1][3] == back and (front is None or found[-1][2] in (None, front)):
            found[-1][1] = x
            found[-1][2] = found[-1][2] or front
        else:
            found.append([x, x, front, back])
    return [f"{first}-{last} {front.hex() if front else 'blank'} on {back.hex()}"
            for first, last, front, back in found
            if back != bytes(3) or front not in (None, *GREY)]
