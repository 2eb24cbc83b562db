"""A filter that does, as each line says, what only an operating system could give it, and that
fails. All of it must come to nothing."""

# The codec of host names, which is imported when it is used, and then there would be no file of it.
import encodings.idna
import json
import os
import socket
import sys
import time

import wit_world
from wit_world import Setup
from wit_world.imports.lines import Action, Batch, Edit, Edits
from wit_world.imports.types import Description, Kind


def look() -> bytes:
    """What there is of an environment, arguments, files and a network."""

    def attempt(action) -> str:
        try:
            action()
        except OSError as error:
            return type(error).__name__
        return "worked"

    seen = {
        "variables": dict(os.environ),
        "arguments": sys.argv[1:],
        "input": sys.stdin.read(),
        "list": attempt(lambda: os.listdir("/")),
        "read": attempt(lambda: open("/etc/passwd")),
        "write": attempt(lambda: open("/tmp/probe", "w")),
        "connect": attempt(lambda: socket.socket().connect(("127.0.0.1", 80))),
        "listen": attempt(lambda: socket.socket().bind(("127.0.0.1", 8080))),
        "resolve": attempt(lambda: socket.getaddrinfo("localhost", 80)),
    }
    return json.dumps(seen).encode()


def say(line: str) -> bytes:
    for _ in range(1000):
        print(line)
        print(line, file=sys.stderr)
    return b"said"


class WitWorld(wit_world.WitWorld):
    def describe(self) -> Description:
        return Description("probe", "1.0.0", Kind.FILTER, "Asks for what it must not get", [], "")

    def configure(self, config: str) -> Setup:
        if reason := json.loads(config).get("raise"):
            raise ValueError(reason)
        return Setup(diagnostics=[], interests=None)

    def process(self, batch: Batch) -> Edits:
        edits, replacements, begin = [], b"", 0
        for index, end in enumerate(batch.ends):
            line = batch.bytes[begin:end].decode()
            begin = end + 1
            match line.split()[0]:
                case "look":
                    replacements += look()
                case "say":
                    replacements += say(line)
                case "sleep":
                    time.sleep(60)
                case "spin":
                    while True:
                        pass
                case "raise":
                    raise ValueError(line)
                case _:
                    continue
            edits.append(Edit(index, Action.REPLACE, len(replacements)))
        return Edits(edits=edits, bytes=replacements, follow=False)

    def finish(self) -> bytes:
        return b""
