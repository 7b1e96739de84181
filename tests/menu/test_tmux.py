"""The way through the pages in tmux, whole screens at each size."""

import pytest

from terminal import DOWN, END, ESCAPE, F1, RIGHT, Tmux, compare, control, load

# What is pressed, one after the other, and what the screen then is.
TOUR = [
    ("first", []),
    ("held", [DOWN]),
    ("submenu", [RIGHT, DOWN]),
    ("details", ["i"]),
    ("edit", ["q", "e", control("a"), "x"]),
    ("edit-help", [F1, END]),
    ("path", ["q", control("g"), "c"]),
    ("log", [control("g"), "l"]),
    ("disks", ["q", "D"]),
    ("system", ["q", "p"]),
    ("kernel", ["q", "m"]),
    ("kernel-end", [END]),
    ("settings", ["q", "S"]),
    ("help", ["q", "?"]),
    ("unbootable", ["q", DOWN, DOWN, "\r"]),
    ("search", ["/", *"fed"]),
    ("reboot", [control("g"), "R"]),
]


@pytest.mark.parametrize("term, size", [
    ("vt100", (80, 24)),
    ("linux", (80, 24)),
    ("screen", (40, 12)),
    ("tmux-256color", (132, 43)),
    ("xterm-256color", (80, 24)),
])
def test_tour(term, size):
    with Tmux(b"settings baton.timeout=30\n" + load("servers"), term=term, size=size) as terminal:
        terminal.wait("any key stops")
        for name, keys in TOUR:
            terminal.press(*keys)
            terminal.settle()
            compare(terminal, f"{size[0]}x{size[1]}/{name}", cursor=False)
        terminal.send("y")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "reboot", "end 0"]


@pytest.mark.parametrize("size", [(80, 24), (132, 43), (40, 12)])
def test_line_menu(size):
    with Tmux(load("servers"), term="dumb", size=size) as terminal:
        terminal.wait("any key stops")
        terminal.press(ESCAPE)
        terminal.wait("Nothing boots until you choose")
        terminal.press("i 2\r")
        compare(terminal, f"{size[0]}x{size[1]}/lines")
        terminal.press("v\r", "m\r")
        compare(terminal, f"{size[0]}x{size[1]}/lines-system")
        terminal.send("1\r")
        terminal.end()
        assert terminal.requests() == ["painted", "hold", "boot sda2-1", "end 0"]
