"""Checks recorded AWS calls against the service models that botocore ships.

Reads one JSON object a line on standard input,

    {"service": "ecs", "operation": "RunTask", "request": "...", "status": 200, "response": "..."}

and answers each with one line: a JSON list of violations. What sortie sends must keep to the model
to the letter: no unknown member at any depth, no wrong type, no missing or out-of-range value, no
unknown enum value. What an emulator answers is checked too, since a test proves little against
answers that AWS would never give; the deviations of the emulators that are known are listed here.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree

import botocore.session
from botocore.validate import ParamValidator

# Members that ministack answers with "" or null where AWS leaves them out.
EMPTY_IS_ABSENT = (None, "")
# Every operation may answer with these; the models list them for none.
COMMON_ERRORS = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InternalFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "ThrottlingException",
    "ValidationException",
}
# (operation, part of the violation): what emulators are known to answer against the model.
KNOWN_DEVIATIONS = [
    # ministack keeps numbers of container definitions as it was given them.
    ("*", "hostPort"),
]

session = botocore.session.get_session()
models = {service: session.get_service_model(service) for service in ("ecs", "logs", "scheduler", "ec2", "sts")}
# Services that take forms and answer in XML.
QUERY = ("ec2", "sts")


def check(exchange):
    if exchange["service"] in QUERY:
        return check_query(exchange)
    operation = models[exchange["service"]].operation_model(exchange["operation"])
    request = json.loads(exchange["request"] or "{}")
    violations = [f"request{found}" for found in violations_of(request, operation.input_shape)]
    if exchange.get("status") is None:  # no answer: a fault, or a cancelled call
        return violations
    try:
        response = json.loads(exchange["response"] or "{}")
    except ValueError:
        return violations if exchange["status"] >= 500 else violations + ["response: not JSON"]
    if exchange["status"] >= 300:
        return violations + error_violations(response, operation)
    if operation.output_shape is not None:
        found = violations_of(without_empty(response), operation.output_shape)
        violations += [f"response{one}" for one in found if not known(exchange["operation"], one)]
    return violations


def check_query(exchange):
    """The parameters of a form by name, and that an answer is XML."""
    operation = models[exchange["service"]].operation_model(exchange["operation"])
    form = urllib.parse.parse_qsl(exchange["request"], keep_blank_values=True)
    given = {name.split(".")[0] for name, _ in form} - {"Action", "Version"}
    members = operation.input_shape.members if operation.input_shape else {}
    names = {name: written(name, shape, exchange["service"]) for name, shape in members.items()}
    violations = [f"request.{name}: unknown parameter" for name in sorted(given - set(names.values()))]
    required = operation.input_shape.required_members if operation.input_shape else []
    violations += [f"request.{name}: missing" for name in required if names[name] not in given]
    version = dict(form).get("Version")
    if version != models[exchange["service"]].api_version:
        violations.append(f"request.Version: {version}")
    if exchange.get("status") is not None:
        try:
            xml.etree.ElementTree.fromstring(exchange["response"])
        except xml.etree.ElementTree.ParseError as error:
            violations.append(f"response: {error}")
    return violations


def written(name, shape, service):
    """A parameter's name in a form. Source: smithy.io, AWS EC2 query protocol, query keys."""
    if service != "ec2":
        return name
    key = shape.serialization.get("queryName") or shape.serialization.get("name") or name
    return key[0].upper() + key[1:]


def violations_of(value, shape):
    yield from unknown_members(value, shape, "")
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        yield ": " + report.generate_report()


def unknown_members(value, shape, path):
    """Unknown members and enum values at any depth; ParamValidator sees neither."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from unknown_members(member, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}: unknown member"
    elif kind == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from unknown_members(member, shape.member, f"{path}[{index}]")
    elif kind == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from unknown_members(member, shape.value, f"{path}.{name}")
    elif kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def error_violations(response, operation):
    code = response.get("__type", "").split("#")[-1]
    known_codes = {shape.error_code or shape.name for shape in operation.error_shapes}
    known_codes |= {shape.name for shape in operation.error_shapes} | COMMON_ERRORS
    return [] if code in known_codes else [f"response: {operation.name} has no error {code!r}"]


def without_empty(value):
    if isinstance(value, dict):
        return {name: without_empty(one) for name, one in value.items() if one not in EMPTY_IS_ABSENT}
    if isinstance(value, list):
        return [without_empty(one) for one in value]
    return value


def known(operation, violation):
    return any(name in ("*", operation) and part in violation for name, part in KNOWN_DEVIATIONS)


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            answer = check(json.loads(line))
        except Exception as error:  # an exchange that cannot be checked is a violation
            answer = [f"cannot be checked: {error!r}"]
        print(json.dumps(answer), flush=True)
