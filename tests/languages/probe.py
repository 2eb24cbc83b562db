"""A filter that does, as each line says, what only an operating system could give it, and that
fails. All of it must come to nothing."""

# The codec of host names, which is imported when it is used, and then there would be no file of it.
import encodings.idna
import json
import os
import socket
import sys
import time

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.filter import Ending, Setup
from wit_world.imports.lines import Action, Batch, Edit, Edits, Hit, Released
from wit_world.imports.logging import Level, log
from wit_world.imports.types import Context, Description, Error


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
        log(Level.ERROR, line)
    return b"said"


class Filter(exports.Filter):
    def describe(self) -> Description:
        return Description("probe", "1.0.0", "Asks for what it must not get", [], "")

    def configure(self, config: str, context: Context) -> Setup:
        settings = json.loads(config)
        if reason := settings.get("raise"):
            raise ValueError(reason)
        if reason := settings.get("error"):
            raise Err(Error("failed", reason))
        return Setup(findings=[], needs=[], interests=None, pieces=True, tick_ms=None)

    def process(self, batch: Batch, hits: list[Hit] | None) -> Edits:
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
                case "error":
                    raise Err(Error("failed", line))
                case _:
                    continue
            edits.append(Edit(index, Action.REPLACE, len(replacements)))
        return Edits(edits, replacements, labels=[], follow=False, interests=None)

    def tick(self) -> Released:
        return Released(b"", labels=[])

    def finish(self) -> Ending:
        return Ending(self.tick(), notes=[], counters=[])
