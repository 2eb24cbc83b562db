#!/usr/bin/env python3
"""Prints the orb in one file, as `circleci orb pack src` does: pack.py SRC > orb.yml

Each file of a directory is a key of that directory's name; `<< include(PATH) >>` is the text of a file below SRC.
Needs ruamel.yaml.
"""

import pathlib
import re
import sys

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

yaml = YAML()
yaml.width = 4096
INCLUDE = re.compile(r"^<<\s*include\((\S+)\)\s*>>$")


def included(value, source):
    """The value, with the files that it includes in their place."""
    if isinstance(value, dict):
        for key in value:
            value[key] = included(value[key], source)
    elif isinstance(value, list):
        value[:] = [included(item, source) for item in value]
    elif isinstance(value, str) and (found := INCLUDE.match(value)):
        # CircleCI reads `<<` of a script as the beginning of one of its own expressions.
        text = (source / found[1]).read_text().replace("<<", "\\<<")
        return LiteralScalarString(text)
    return value


def pack(source):
    """The whole orb."""
    orb = yaml.load(source / "@orb.yml")
    for kind in ("commands", "examples", "executors", "jobs"):
        files = sorted((source / kind).glob("*.yml"))
        orb[kind] = {file.stem: included(yaml.load(file), source) for file in files}
    return orb


yaml.dump(pack(pathlib.Path(sys.argv[1])), sys.stdout)
