"""Types command lines into a shell, as a person at a terminal does, and prints what Tab makes of them.

    complete.py SHELL LINE...

`sortie` must be on the PATH; its completions are loaded as its help says. Each LINE must have one
completion. What is then on the command line is printed, a line for each.
"""

import os
import pty
import re
import select
import sys
import time

SHELLS = {
    "bash": (
        ["bash", "--norc", "-i"],
        ["source <(sortie completions bash)", 'show() { echo "<$*>"; }'],
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        ["bindkey -e; autoload -Uz compinit; compinit -u -D; unsetopt zle_bracketed_paste 2>/dev/null",
         "source <(sortie completions zsh)", 'show() { echo "<$*>" }'],
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        ["sortie completions fish | source", 'function show; echo "<$argv>"; end'],
    ),
}
HOME_KEY, TAB, ENTER = "\x01", "\t", "\r"
# Ends the test when a shell hangs; nothing is measured by it.
PATIENCE = 60


class Shell:
    def __init__(self, command):
        self.seen = ""
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm", PS1="> ", PS2="")
            os.execvp(command[0], command)

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def shown(self):
        """What `show` prints next."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # Not the text of `show` itself, which the shell echoes.
            found = re.search(r"[\r\n]<([^$>]*)>\r?\n", self.seen)
            if found:
                self.seen = self.seen[found.end() - 1 :]
                return found[1]
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        sys.exit(f"nothing is shown: {self.seen!r}")


def main():
    command, setup = SHELLS[sys.argv[1]]
    shell = Shell(command)
    for line in setup:
        shell.type(line + ENTER)
    shell.type("show ready" + ENTER)
    assert shell.shown() == "ready"
    for line in sys.argv[2:]:
        # The shell takes one key after the other: Tab has done its work when Home comes.
        shell.type(line + TAB + HOME_KEY + "show " + ENTER)
        print(shell.shown().rstrip())
    shell.type("exit" + ENTER)


main()
