"""Writes oracle.json: what the PyPI package teamcity-messages writes for these calls.

    pip install teamcity-messages==1.33 && python oracle.py > oracle.json
"""

import io
import json

from teamcity.messages import TeamcityServiceMessages

TEXTS = [
    "",
    "plain",
    "pipes | and || at the end |",
    "escaped already: |n |' |[ ||",
    "one\ntwo\n\nfour\n",
    "dos\r\nlines\r\n",
    "it's [in] brackets",
    "##teamcity[buildStop comment='x']",
    " spaces ",
    "größer 日本 🚀",
]


def written(name, attributes):
    output = io.BytesIO()
    messages = TeamcityServiceMessages(output, encoding="utf-8")
    # It sorts what it is given by keywords; a list keeps its order.
    messages.message(name, **dict(attributes))
    line = output.getvalue().decode()
    # Nobody needs a time, which differs from run to run.
    start, rest = line.split(" timestamp='", 1) if " timestamp='" in line else (line, None)
    return start + rest.split("'", 1)[1] if rest is not None else line


vectors = []
for text in TEXTS:
    for name, attributes in [
        ("blockOpened", [("name", text)]),
        ("message", [("status", "WARNING"), ("text", text)]),
        ("buildProblem", [("description", text)]),
        ("setParameter", [("name", "env.TASK_REASON"), ("value", text)]),
    ]:
        vectors.append({"name": name, "attributes": attributes, "line": written(name, attributes).strip("\n")})
print(json.dumps(vectors, indent=1, ensure_ascii=False))
