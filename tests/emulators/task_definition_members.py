"""Prints what a task definition may hold, taken from the service model of ECS that botocore ships.

    task_definition_members.py > host/src/ecs_definition/model/members.json

Of every structure below RegisterTaskDefinition: its members with their types (`!`: required), and the
words of every enumeration. A test compares the file with what this prints.
"""

import json

import botocore.session

PLAIN = {"string": "string", "integer": "integer", "long": "integer", "boolean": "boolean"}

structures, enumerations = {}, {}


def type_of(shape):
    kind = shape.type_name
    if kind == "list":
        return f"[{type_of(shape.member)}]"
    if kind == "map":
        return f"{{{type_of(shape.value)}}}"
    if kind == "structure":
        if shape.name not in structures:
            structures[shape.name] = {}
            required = set(shape.required_members)
            for name, member in shape.members.items():
                structures[shape.name][name] = type_of(member) + ("!" if name in required else "")
        return shape.name
    if getattr(shape, "enum", None):
        enumerations[shape.name] = list(shape.enum)
        return shape.name
    return PLAIN[kind]


model = botocore.session.get_session().get_service_model("ecs")
root = type_of(model.operation_model("RegisterTaskDefinition").input_shape)


def lines(table):
    return ",\n".join(f"    {json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table))


print(f'{{\n  "root": {json.dumps(root)},\n  "structures": {{\n{lines(structures)}\n  }},')
print(f'  "enumerations": {{\n{lines(enumerations)}\n  }}\n}}')
