"""Reads an OTLP/JSON export of traces from standard input with OpenTelemetry's own messages, strictly.

A receiver ignores what it does not know, as it must. This one does not: a member that the messages have not, a
value of another kind, and an id that is not of 16 or 8 bytes in hexadecimal end it with 1. Prints what it read
in JSON, as the library writes it, with ids in hexadecimal.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# OTLP/JSON has ids in hexadecimal, where all other bytes are in base64 (OTLP, "JSON Protobuf Encoding").
IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def with_ids(value, change):
    match value:
        case dict():
            return {
                key: change(key, member) if key in IDS else with_ids(member, change)
                for key, member in value.items()
            }
        case list():
            return [with_ids(member, change) for member in value]
        case _:
            return value


def to_base64(key, text):
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        sys.exit(f"{key} is no id: {text}")
    if len(raw) != IDS[key] or not any(raw) or text != raw.hex():
        sys.exit(f"{key} is no id: {text}")
    return base64.b64encode(raw).decode()


def main():
    document = with_ids(json.load(sys.stdin), to_base64)
    try:
        request = json_format.ParseDict(document, ExportTraceServiceRequest())
    except json_format.ParseError as error:
        sys.exit(str(error))
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                if not span.name or not span.start_time_unix_nano <= span.end_time_unix_nano:
                    sys.exit(f"a span without a name, or that ends before it begins: {span}")
    read = json_format.MessageToDict(request)
    print(json.dumps(with_ids(read, lambda _, text: base64.b64decode(text).hex())))


main()
