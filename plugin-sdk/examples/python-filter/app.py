"""A filter that says a line once: equal lines that follow are dropped and counted.

Configuration: {"keep": 1, "tell": 1000}: how many equal lines are shown before the rest is counted,
and after how many milliseconds a count is told when no other line comes. Lines that a filter before
this one has labelled as errors are never dropped.
"""

# A component has no files: whatever is imported must be imported here, not in a function.
import json

from wit_world import exports
from wit_world.exports.filter import Ending, Setup
from wit_world.imports.lines import Action, Batch, Edit, Edits, Hit, Label, Released
from wit_world.imports.logging import Level, log
from wit_world.imports.types import Context, Counter, Description, Finding, Severity

# sortie checks the configuration against this before it is seen here.
SCHEMA = {
    "type": "object",
    "properties": {
        "keep": {"type": "integer", "minimum": 1, "description": "Equal lines that are shown"},
        "tell": {
            "type": "integer",
            "minimum": 100,
            "maximum": 60000,
            "description": "Milliseconds until a count is told",
        },
    },
    "additionalProperties": False,
}


# Labels of lines that are always shown.
ERRORS = {("level", "error"), ("level", "fatal")}


class Squeeze:
    """The state of the filter. Each container's log has an instance of the component of its own,
    and with it one of these."""

    keep = 1
    # The line that was seen last (none: a piece of one, or an error), and how often in a row it
    # was shown or counted.
    last: bytes | None = None
    seen = 0
    # Of the whole log.
    dropped_lines = 0
    dropped_bytes = 0

    def process(self, batch: Batch) -> Edits:
        # A piece of a line that is too long for the host: two equal pieces are not two equal lines.
        piece = batch.continued or batch.partial
        errors = {label.line for label in batch.labels if (label.name, label.value) in ERRORS}
        edits: list[Edit] = []
        replacements = bytearray()
        begin = 0
        for index, end in enumerate(batch.ends):
            line = batch.bytes[begin:end]
            begin = end + 1
            comparable = not piece and index not in errors
            if comparable and line == self.last:
                self.seen += 1
                if self.seen > self.keep:
                    self.dropped_lines += 1
                    self.dropped_bytes += len(line)
                    edits.append(Edit(index, Action.DROP, len(replacements)))
                continue
            if count := self.take_count():
                # A newline in a replacement makes it several lines.
                replacements += told(count) + line
                edits.append(Edit(index, Action.REPLACE, len(replacements)))
            self.last = line if comparable else None
            self.seen = 1
        return Edits(edits, bytes(replacements), labels=[], follow=False, interests=None)

    def take_count(self) -> int:
        """How many lines were dropped since that was told last; it is told now."""
        count = max(self.seen - self.keep, 0)
        self.seen -= count
        return count

    def release(self) -> Released:
        """The count as a line of its own, or nothing."""
        count = self.take_count()
        if not count:
            return Released(bytes=b"", labels=[])
        # For reporters and JSON output.
        return Released(bytes=told(count), labels=[Label(line=0, name="repeats", value=str(count))])


def told(count: int) -> bytes:
    return b"(and %d more)\n" % count


squeeze = Squeeze()


class Filter(exports.Filter):
    """What the component exports. Each call is made on a new object, so nothing is kept here.

    A function that cannot do what it was asked answers an error:
    `raise componentize_py_types.Err(Error(code="failed", message="…"))`, with `Error` from
    `wit_world.imports.types`. Any other exception is a crash. A filter that does either has failed:
    nothing more is printed of the log.
    """

    def describe(self) -> Description:
        return Description(
            name="squeeze",
            version="0.2.0",
            summary="Says a line once, and how often it was repeated",
            needs=[],
            config_schema=json.dumps(SCHEMA),
        )

    def configure(self, config: str, context: Context) -> Setup:
        settings = json.loads(config)
        squeeze.keep = settings.get("keep", 1)
        if context.container is not None:
            # The log of this container is what follows. Without one, only the configuration is checked.
            name = context.containers[context.container]
            log(Level.DEBUG, f"shows {squeeze.keep} of equal lines of {name}")
        return Setup(
            findings=[],
            needs=[],
            # None: every line is shown to the filter.
            interests=None,
            # The filter knows that lines may come in pieces. Otherwise a count put before the first
            # piece of a line would stand for the whole line.
            pieces=True,
            tick_ms=settings.get("tell", 1000),
        )

    def process(self, batch: Batch, hits: list[Hit] | None) -> Edits:
        return squeeze.process(batch)

    def tick(self) -> Released:
        return squeeze.release()

    def finish(self) -> Ending:
        released = squeeze.release()
        notes = []
        if squeeze.dropped_lines:
            message = f"dropped {squeeze.dropped_lines:,} repeated lines"
            notes.append(Finding(Severity.NOTE, path="", message=message))
        counters = [
            Counter("dropped-lines", float(squeeze.dropped_lines)),
            Counter("dropped-bytes", float(squeeze.dropped_bytes)),
        ]
        return Ending(released, notes, counters)
