"""Makes GRUB scripts: random, but the same for the same seed.

A script calls `out` with the words it wants seen. What `out` does is up to the two programs that are
compared: under GRUB it echoes, under baton it makes a menu entry of that title.
"""
import random

VARIABLES = ["a", "b", "cc", "d_1", "unset1"]
LITERALS = ["a", "bc", "x1", "k=v", "q.r", "d-e", "_u", "z,9", "+", ":", "%p", "@h", "~", "x*y", "x?y",
            "n#o", "!", "w^", "]", "0x10", "010", "7", "if", "do", "done", "in", "case", "fi", "then"]
ESCAPES = ["\\ ", "\\\"", "\\'", "\\\\", "\\$", "\\;", "\\{", "\\}", "\\x41", "\\n", "\\*", "\\#", "\\&", "\\<", "\\|"]
BROKEN = ["}", "fi", "done", "then", "do", "a & b", "a | b", "a && b", "; ;", ";", "out < a", "out $", "out \"$ \"", "[[ a ]]",
          "if true; then", "if true then out; fi", "for in a; do out; done", "while true; do done", "menuentry x {",
          "function f { out }", "function f-g { out; }", "function g { }", "menuentry x { }", "out {", "out a } b", "out 'x",
          "out \"x", "out ${a", "out ${a-b}", "out a;; out b", "if true; then; out a; fi", "else", "for x in a do out; done",
          "out a\\", "case x", "if ; then out; fi", "{ out; }", "out { a; } b", "until do done", "out {1,2} c", "!", "out `a`"]


class Maker:
    def __init__(self, seed, broken, evals):
        self.random = random.Random(seed)
        self.broken = broken
        self.evals = evals
        self.functions = []
        self.depth = 0
        self.in_function = 0
        self.loops = 0

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, p):
        return self.random.random() < p

    # words

    def variable(self):
        kinds = VARIABLES * 3 + ["?", "#"]
        if self.in_function:
            kinds += ["1", "2", "3", "10", "@", "*", "@", "*", "0"]
        name = self.pick(kinds)
        return f"${{{name}}}" if self.chance(0.5) else f"${name}"

    def double_quoted(self):
        parts = [self.pick([self.variable(), self.pick(LITERALS), " ", "  ", "\\$", "\\\\", "\\\"", "\\a", "'", "{", "}",
                            ";", "#", "\\\n", "\n# gone\n" if self.chance(0.1) else "|"])
                 for _ in range(self.random.randrange(4))]
        return '"' + "".join(parts) + '"'

    def single_quoted(self):
        parts = [self.pick([self.pick(LITERALS), " ", "  ", "\\", "$a", '"', "{", ";", "#", "\n" if self.chance(0.1) else "&"])
                 for _ in range(self.random.randrange(4))]
        return "'" + "".join(parts) + "'"

    def i18n(self):
        parts = [self.pick([self.pick(["$a", "${b}", "$cc", "$unset1", "$?"]), self.pick(LITERALS), " ", "\\$", "\\\\\\\\", "\\\""])
                 for _ in range(self.random.randrange(3))]
        return '$"' + "".join(parts) + '"'

    def word(self):
        parts = []
        for _ in range(self.random.randrange(1, 4)):
            kind = self.random.randrange(11)
            if kind < 4:
                parts.append(self.pick(LITERALS))
            elif kind < 6:
                parts.append(self.variable())
            elif kind < 8:
                parts.append(self.double_quoted())
            elif kind == 8:
                parts.append(self.single_quoted())
            elif kind == 9:
                parts.append(self.pick(ESCAPES))
            else:
                parts.append(self.i18n() if self.chance(0.4) else "\\\n")
        return "".join(parts)

    def words(self, most=4):
        blank = [" ", "  ", "\t", " \\\n "]
        return "".join(self.pick(blank) + self.word() for _ in range(self.random.randrange(most)))

    # statements

    def expression(self):
        one = self.random.randrange(9)
        if one == 0:
            text = f"-n {self.word()}"
        elif one == 1:
            text = f"-z {self.word()}"
        elif one == 2:
            text = f"{self.word()} {self.pick(['-eq', '-ne', '-gt', '-lt', '-ge', '-le', '-pgt', '-plt'])} {self.word()}"
        elif one < 6:
            operator = self.pick(["=", "==", "!=", "'<'", "'>'", "\\<=", '">="'])
            text = f"{self.word()} {operator} {self.word()}"
        elif one == 6:
            # no -s of a directory: on grub-emu's own host file system that is true
            text = self.pick([f"{self.pick(['-f', '-d', '-e'])} $tree/{self.pick(['file', 'dir', 'none', 'dir/', 'dir/in', ''])}",
                              f"-s $tree/{self.pick(['file', 'empty', 'none', 'dir/in'])}"])
        elif one == 7:
            text = self.word()
        else:
            text = ""
        if self.chance(0.2):
            text = "! " + text
        if self.chance(0.3):
            text += f" {self.pick(['-a', '-o'])} {self.expression()}"
        if self.chance(0.1):
            text = f"( {text} )"
        return text

    def condition(self):
        kind = self.random.randrange(8)
        if kind < 4:
            return f"[ {self.expression()} ]"
        if kind == 4:
            return f"test {self.expression()}"
        if kind == 5:
            return self.pick(["true", "false", "! true", "! false", "! nosuch", "nosuch"])
        if kind == 6 and self.functions:
            return self.pick(self.functions) + self.words()
        return f"regexp --set=a --set 2:b '{self.pick(['^(.)(.*)$', '(x+)', 'k=(.*)', '(q)(.)'])}' {self.word()}"

    def separator(self):
        return self.pick(["\n", "\n", ";\n", "; ", "\n\n", "\n# note\n", "\n\t# it is a note\n"])

    def body(self):
        return "".join(self.statement() + self.separator() for _ in range(self.random.randrange(1, 4)))

    def if_statement(self):
        text = f"if {self.condition()}{self.pick(['; ', chr(10)])}then {self.body()}"
        while self.chance(0.25):
            text += f"elif {self.condition()}; then {self.body()}"
        if self.chance(0.5):
            text += f"else {self.body()}"
        return text + "fi"

    def for_statement(self):
        self.loops += 1
        text = f"for {self.pick(VARIABLES)} in{self.words()}; do {self.body()}done"
        self.loops -= 1
        return text

    def glob_statement(self):
        pattern = self.pick(["*", "f*", "d*/*", "*.cfg", "?i*", "no*", "dir/*n", "*/in", "\"*\"", "f\\*"])
        return f"for d_1 in $tree/{pattern} end; do out $d_1; done"

    def while_statement(self):
        self.loops += 1
        counter = f"n{self.depth}"
        keyword, operator = self.pick([("while", "!="), ("until", "=")])
        text = (f"{counter}=\n{keyword} [ \"${counter}\" {operator} iii ]; do {counter}=\"i${counter}\"\n"
                f"{self.body()}done")
        self.loops -= 1
        return text

    def statement(self):
        self.depth += 1
        try:
            return self.any_statement()
        finally:
            self.depth -= 1

    def any_statement(self):
        if self.broken and self.chance(0.08):
            return self.pick(BROKEN)
        kind = self.random.randrange(26)
        if self.depth > 4:
            kind %= 12
        if kind < 6:
            return f"out{self.words(5)}"
        if kind < 8:
            return f"{self.pick(VARIABLES[:4])}={self.word()}"
        if kind == 8:
            return f"set {self.pick(VARIABLES[:4])}={self.word()}{self.words(2)}"
        if kind == 9:
            return self.pick(["unset a", "unset b", "export a cc", "nosuch command", "unset", "out $?", "set a", "set =x"])
        if kind == 10:
            if self.loops and self.chance(0.6):
                return self.pick(["break", "continue", "break 2", "continue 2", "break 0"])
            if self.in_function:
                return self.pick(["return", "return 0", "return 1", "shift", "shift 2", "shift 9", "out $#",
                                  "setparams p 'q r'", "setparams"])
            return self.pick(["return", "shift", "break", "out $1 $#"])
        if kind == 11:
            if self.functions:
                return self.pick(self.functions) + self.words()
            return self.condition() + "; out $?"
        if kind < 16:
            return self.if_statement()
        if kind < 18:
            return self.for_statement()
        if kind == 18:
            return self.while_statement()
        if kind == 19:
            return self.glob_statement()
        if kind == 20 and self.evals:
            return f"eval{self.words()}"
        if kind == 21 and self.evals:
            return f"eval \"out{self.words(3).replace(chr(34), '').replace(chr(92), '')}\""
        return f"{self.condition()}; out $?"

    def function(self):
        name = f"f{len(self.functions)}"
        self.in_function += 1
        loops, self.loops = self.loops, 0
        text = f"function {name} {{\n{self.body()}}}"
        self.loops = loops
        self.in_function -= 1
        self.functions.append(name)
        return text

    def script(self):
        text = ""
        for _ in range(self.random.randrange(4, 12)):
            text += self.function() if self.chance(0.15) else self.statement()
            text += self.separator()
        return text if text.endswith("\n") else text + "\n"


def make(seed, broken, evals=True):
    return Maker(seed, broken, evals).script()
