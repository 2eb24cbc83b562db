"""Checks a JUnit document against the schemas that are in use, and reads it with a parser that others wrote.

    pip install xmlschema junitparser
    python check.py expected.xml JUnit.xsd junit-10.xsd

JUnit.xsd is from windyroad/JUnit-Schema; junit-10.xsd from jenkinsci/xunit-plugin, below
src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd.
"""

import sys

import junitparser
import xmlschema

document, schemas = sys.argv[1], sys.argv[2:]
for schema in schemas:
    xmlschema.XMLSchema(schema).validate(document)
for suite in junitparser.JUnitXml.fromfile(document):
    failed = [case.name for case in suite if not case.is_passed]
    print(f"{suite.name}: {suite.tests} cases, {suite.failures} failures: {', '.join(failed)}")
    assert suite.failures == len(failed) and suite.tests == len(list(suite))
