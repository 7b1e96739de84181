"""Makes GRUB configs with menus: random, but the same for the same seed.

A config is a folder of files, grub.cfg first. Its entries call linux and initrd with words that show where they were
run: the title, $chosen, variables, arguments.
"""
import scripts

IDS = ["one", "id-2", "a>b", "6c06", "0x1", "9", "x y"]


class Maker(scripts.Maker):
    def __init__(self, seed):
        super().__init__(seed, broken=False, evals=False)
        self.files = {}
        self.makers = []  # functions that make entries
        self.loaders = []  # functions for the bodies of entries
        self.level = 0

    # bodies of entries

    def argument(self):
        return self.pick(['"$1"', "$2", '"$chosen"', '"c=$chosen"', "$#", '"$@"', "$*", "$a", '"$b"', "${cc}x", "k=$d_1",
                          "$exported", "$root", self.word(), self.pick(scripts.LITERALS)])

    def load(self):
        text = f"linux /k{self.random.randrange(9)} \"$1\" \"$chosen\"" + "".join(
            " " + self.argument() for _ in range(self.random.randrange(4)))
        if self.chance(0.6):
            text += "\ninitrd" + "".join(f" /i{i}" for i in range(self.random.randrange(1, 4)))
        return text

    def body_statement(self):
        kind = self.random.randrange(9)
        name = self.pick(scripts.VARIABLES[:4])
        if kind < 3:
            return f"{name}={self.word()}"
        if kind == 3:
            return f"if {self.condition()}; then {self.load()}\nelse {name}={self.word()}\nfi"
        if kind == 4:
            return f"for {name} in{self.words()} z; do cc=\"${name}.$cc\"; done"
        if kind == 5 and self.loaders:
            return self.pick(self.loaders) + self.words(3)
        if kind == 6:
            return f"setparams{self.words(3)} end"
        if kind == 7:
            return self.pick(["shift", "unset a", "set default=2", "set timeout=7", "true", "nosuch", "export b"])
        return self.load()

    def body(self, most=3):
        statements = [self.body_statement() for _ in range(self.random.randrange(most))]
        return "\n".join([*statements, self.load()]) + "\n"

    def loader(self):
        name = f"load{len(self.loaders)}"
        body = self.body()
        self.loaders.append(name)
        return f"function {name} {{\n{body}}}"

    # menus

    def options(self):
        text = ""
        for option, p in (("--class c --class d", 0.3), ("--unrestricted", 0.1), ("--users u", 0.1),
                          ("--hotkey=h", 0.1), ("$menuentry_id_option", 0.2), ("--id", 0.3)):
            if self.chance(p):
                text += " " + option
                if option.endswith(("--id", "id_option")):
                    text += f" \"{self.pick(IDS)}\""
        return text

    def head(self, command):
        # menus tell each other apart by title, so a submenu's is unlike any other beside it
        title = self.pick(['"t$n"', "t$n", "'equal'", '"t$n $a"', '"t$n>x"', "t$n\\ y", "$\"t$n i\""])
        if command == "submenu":
            title = self.pick(['"s$n"', "s$n", '"s$n>y"', "\"s$n $exported\""])
        extra = self.words(3) if self.chance(0.3) else ""
        parts = [f" {title}{extra}", self.options()]
        if self.chance(0.2):
            parts.reverse()
        return f"n=x$n\n{command}{''.join(parts)} {{"

    def entry(self):
        if self.level < 2 and self.chance(0.08):
            name = f"below{len(self.files)}.cfg"
            self.files[name] = ""
            self.level += 1
            self.files[name] = self.menu(3) + "source $prefix/tail.cfg\n"
            self.level -= 1
            return f"{self.head('menuentry')}\n configfile $prefix/case/{name}\n}}"
        return f"{self.head('menuentry')}\n{self.body()}}}"

    def submenu(self):
        self.level += 1
        text = f"{self.head('submenu')}\n{self.menu(3)}}}"
        self.level -= 1
        return text

    def maker(self):
        name = f"make{len(self.makers)}"
        self.in_function += 1
        text = f"function {name} {{\n{self.entry()}\n{self.pick(['', 'n=x$n', 'exported=$1'])}\n}}"
        self.in_function -= 1
        self.makers.append(name)
        return text

    def menu_statement(self):
        kind = self.random.randrange(16)
        if self.level > 2:
            kind %= 8
        name = self.pick(scripts.VARIABLES[:4])
        if kind < 5:
            return self.entry()
        if kind == 5:
            return self.pick([f"{name}={self.word()}", f"export {name}", f"exported={self.word()}"])
        if kind == 6 and self.makers:
            return f"{self.pick(self.makers)}{self.words(3)}"
        if kind == 7:
            return self.loader() if self.level == 0 else self.entry()
        if kind < 11:
            return self.submenu()
        if kind == 11:
            return f"if {self.condition()}; then {self.entry()}\nelse {self.menu_statement()}\nfi"
        if kind == 12:
            return f"for {name} in{self.words()} q; do {self.entry()}\ndone"
        if kind == 13 and self.level == 0:
            return self.maker()
        if kind == 14:
            file = f"part{len(self.files)}.cfg"
            self.files[file] = ""
            self.level += 1
            self.files[file] = self.menu(2)
            self.level -= 1
            return f"source $prefix/case/{file}"
        return f"w=\nwhile [ \"$w\" != ii ]; do w=i$w; {self.entry()}\ndone"

    def menu(self, most):
        return "".join(self.menu_statement() + "\n" for _ in range(self.random.randrange(1, most + 1)))

    def default(self):
        part = lambda: self.pick(["0", "1", "2", "3", "tx", "txx", "txxx", "sx", "sxx", "equal", *IDS, "a>>b", "txx>>x"])
        text = ">".join(part() for _ in range(self.random.randrange(1, 4)))
        return self.pick([text, text, text, text, " 1", "-1", "99", "1abc", "", ">1", "0>", "0x", "08"])

    def config(self):
        text = "export n\nexport exported\nexported=e\n"
        text += "".join(f"{name}={self.word()}\n" for name in scripts.VARIABLES[:4] if self.chance(0.7))
        text += self.menu(6)
        if self.chance(0.8):
            text += f"set default=\"{self.default()}\"\n"
        if self.chance(0.6):
            text += f"set timeout={self.pick(['0', '5', '-1', '0x10', '3s', 'x', '010', ''])}\n"
        if self.chance(0.4):
            text += f"set timeout_style={self.pick(['menu', 'hidden', 'countdown', 'odd'])}\n"
        if self.chance(0.15):
            # GRUB crashes when it falls back to an entry that is not there
            text += f"{self.entry()}\n{self.entry()}\n"
            text += f"set fallback=\"{self.pick(['0', '1', '1 0', 'x', '', '0 x', ' 1', '1x 0'])}\"\n"
        return text


def make(seed):
    """The files of a config by name."""
    maker = Maker(seed)
    files = {"grub.cfg": maker.config()}
    files.update(maker.files)
    return files
