"""A filter that says a line once: equal lines that follow are dropped and counted.

Configuration: {"keep": 1}, how many equal lines are shown before the rest is counted.
"""

# A component has no files: whatever is imported must be imported here, not in a function.
import json

import wit_world
from wit_world import Setup
from wit_world.imports.lines import Action, Batch, Edit, Edits
from wit_world.imports.types import Description, Diagnostic, Kind, Severity

SCHEMA = {
    "type": "object",
    "properties": {"keep": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}


class Squeeze:
    """The state of the filter. Each container's log has an instance of the component of its own,
    and with it one of these."""

    keep = 1
    # The line that was seen last (none: in the middle of one), and how often in a row.
    last: bytes | None = None
    seen = 0
    in_long_line = False

    def process(self, batch: Batch) -> Edits:
        edits: list[Edit] = []
        replacements = bytearray()
        begin = 0
        for index, end in enumerate(batch.ends):
            line = batch.bytes[begin:end]
            begin = end + 1
            unfinished = batch.partial and index == len(batch.ends) - 1
            whole = not unfinished and not self.in_long_line
            self.in_long_line = unfinished
            if whole and line == self.last:
                self.seen += 1
                if self.seen > self.keep:
                    edits.append(Edit(index, Action.DROP, len(replacements)))
                continue
            if dropped := self.dropped():
                # A newline in a replacement makes it several lines.
                replacements += dropped + line
                edits.append(Edit(index, Action.REPLACE, len(replacements)))
            self.last = line if whole else None
            self.seen = 1
        return Edits(edits=edits, bytes=bytes(replacements), follow=False)

    def dropped(self) -> bytes:
        """A line that tells how many lines were dropped; empty when there is nothing to tell."""
        count = self.seen - self.keep
        return b"(and %d more)\n" % count if count > 0 else b""


squeeze = Squeeze()


class WitWorld(wit_world.WitWorld):
    """What the component exports. Each call is made on a new object, so nothing is kept here."""

    def describe(self) -> Description:
        return Description(
            name="squeeze",
            version="0.1.0",
            kind=Kind.FILTER,
            summary="Says a line once, and how often it was repeated",
            needs=[],
            config_schema=json.dumps(SCHEMA),
        )

    def configure(self, config: str) -> Setup:
        settings = json.loads(config)
        keep = settings.pop("keep", 1)
        findings = [error(f"/{key}", "there is no such setting") for key in settings]
        if type(keep) is int and keep >= 1:
            squeeze.keep = keep
        else:
            findings.append(error("/keep", "must be a whole number, at least 1"))
        # Without interests, the filter is shown every line.
        return Setup(diagnostics=findings, interests=None)

    def process(self, batch: Batch) -> Edits:
        return squeeze.process(batch)

    def finish(self) -> bytes:
        return squeeze.dropped()


def error(path: str, message: str) -> Diagnostic:
    return Diagnostic(severity=Severity.ERROR, path=path, message=message)
