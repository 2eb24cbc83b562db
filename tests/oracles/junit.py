"""Reads a JUnit report from standard input: junitparser, and the two schemas that are in use.

    junit.py SCHEMA…

A report that one of the schemas refuses ends it with 1. Prints what junitparser read in JSON.
"""

import io
import json
import sys

import xmlschema
from junitparser import xunit2

text = sys.stdin.buffer.read()
for schema in sys.argv[1:]:
    try:
        xmlschema.validate(io.BytesIO(text), schema)
    except xmlschema.XMLSchemaException as error:
        sys.exit(f"{schema}: {error}")
report = xunit2.JUnitXml.fromstring(text)
suites = [report] if isinstance(report, xunit2.TestSuite) else list(report)
print(
    json.dumps(
        [
            {
                "name": suite.name,
                "tests": suite.tests,
                "failures": suite.failures,
                "cases": [
                    {"name": case.name, "class": case.classname, "failures": [result.text for result in case.result]}
                    for case in suite
                ],
                "output": suite.system_out,
            }
            for suite in suites
        ]
    )
)
