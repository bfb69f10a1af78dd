"""Turns Microsoft's generated SDK into an oracle: its request builders hold URL templates and query parameters, its models
the fields of bodies and replies. A builder that uses it pins `msgraph-sdk`, which is read and never run.

    from graph import oracle
    oracle([("GET", "/me/messages", ["Mail.Read"], {"query": ["$skiptoken"]})])

An operation is its method, its path, the delegated permissions that are enough, each by itself (a list within the list: all of
them), and what the SDK does not tell: `query`, further parameters by name; `status`, where it is not the usual one; `when` and
`reply`, as an oracle has them. `fields` adds fields to models, `instead` names the model that stands for an abstract one, and
`expanded` the navigation properties that are asked for: others are not in replies.
"""

import ast
import functools
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1]) / "msgraph/generated"
VERSION = next(pathlib.Path(sys.argv[1]).glob("msgraph_sdk-*.dist-info")).name.split("-")[1].removesuffix(".dist")

# The SDK knows the signed-in user and their drive by id only.
LONG = [
    ("/me/drive/root:/{item_path}:", "/drives/{drive}/items/{item}"),
    ("/me/drive/root", "/drives/{drive}/items/{item}"),
    ("/me/drive", "/drives/{drive}"),
    ("/me", "/users/{user}"),
]

PRIMITIVES = {
    "get_str_value": {"type": "string"},
    "get_uuid_value": {"type": "string"},
    "get_int_value": {"type": "integer"},
    "get_float_value": {"type": "number"},
    "get_bool_value": {"type": "boolean"},
    "get_bytes_value": {"type": "string", "format": "byte"},
    "get_datetime_value": {"type": "string", "format": "date-time"},
    "get_date_value": {"type": "string", "format": "date"},
    "get_time_value": {"type": "string"},
    "get_timedelta_value": {"type": "string"},
}
TYPES = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "list": "array"}


def oracle(operations, more=(), fields=None, instead=None, expanded=()):
    """Prints the oracle of some operations; `more` are operations that the SDK leaves out, as an oracle has them."""
    models = Models(fields or {}, instead or {}, expanded)
    described = [operation(models, *entry) for entry in operations]
    document = {
        "source": f"PyPI msgraph-sdk {VERSION} (MIT)",
        "base": "https://graph.microsoft.com/v1.0",
        "operations": described + list(more),
        "schemas": models.schemas(),
        # The SDK writes parameters of actions as Message, the reference as message; OData reads either.
        "caseless": True,
    }
    json.dump(document, sys.stdout, separators=(",", ":"))


def operation(models, method, path, permissions, further=None):
    """An operation, by the request builder of its path."""
    further = further or {}
    builder = Builder(path)
    body, reply = builder.call(method.lower())
    described = {
        "id": f"{method} {path}",
        "method": method,
        "path": path,
        "scopes": [one if isinstance(one, list) else [one] for one in permissions],
        "parameters": [
            *builder.query(method),
            *({"name": name, "in": "query", "types": ["string"]} for name in further.get("query", [])),
        ],
        "reply": further.get("reply") or {"status": further.get("status", 204 if reply is None else 200)},
    }
    if "when" in further:
        described["id"] += "?" + "&".join(f"{name}={value}" for name, value in further["when"].items())
        described["when"] = further["when"]
    if isinstance(reply, tuple):
        described["reply"].setdefault("schema", {"$ref": models.name(reply)})
    if isinstance(body, tuple):
        described["body"] = {"contentType": "application/json", "optional": False, "schema": {"$ref": models.name(body)}}
    elif body == "bytes":
        described["body"] = {"contentType": "application/octet-stream"}
    return described


class Module:
    """A file of the SDK, parsed."""

    def __init__(self, place):
        self.place = place
        self.tree = ast.parse(place.read_text())
        imports = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and node.level]
        self.imports = {name.name: self.file(node) for node in imports for name in node.names}

    def file(self, imported):
        """The file that an import names."""
        folder = self.place.parents[imported.level - 1]
        return folder / (imported.module.replace(".", "/") + ".py")

    def classes(self):
        """The classes of the file, those within others too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]


@functools.cache
def module(place):
    """A file, parsed once."""
    return Module(place)


class Builder:
    """The request builder of a path."""

    def __init__(self, path):
        short, long = next(((short, long) for short, long in LONG if path.startswith(short)), ("", ""))
        path = long + path.removeprefix(short)
        folder = ROOT.joinpath(*map(folder_of, path.strip("/").split("/")))
        self.module = module(next(folder.glob("*_request_builder.py")))
        self.main = self.module.classes()[0]
        texts = [node.value for node in ast.walk(self.main) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        self.template = next(text for text in texts if text.startswith("{+baseurl}"))
        said = re.sub(r"\{[^}]*\}", "{}", self.template.removeprefix("{+baseurl}").split("{?")[0])
        if said != re.sub(r"\{[^}]*\}", "{}", path):
            raise SystemExit(f"{path}: the SDK says {self.template}")

    def call(self, method):
        """What a method takes and gives: a model, `bytes`, or nothing."""
        wanted = (node for node in self.main.body if isinstance(node, ast.AsyncFunctionDef) and node.name == method)
        function = next(wanted, None)
        if function is None:
            raise SystemExit(f"{self.template}: the SDK has no {method}")
        body = next((self.model(argument.annotation) for argument in function.args.args if argument.arg == "body"), None)
        sends = [node for node in ast.walk(function) if isinstance(node, ast.Call) and getattr(node.func, "attr", "").startswith("send_")]
        match sends[0].func.attr:
            case "send_async":
                return body, self.model(sends[0].args[1])
            case "send_primitive_async":
                return body, sends[0].args[1].value
            case "send_no_response_content_async":
                return body, None
        raise SystemExit(f"{self.template}: {method} is sent by {sends[0].func.attr}")

    def model(self, node):
        """A class that is named here, with its file."""
        return node.id if node.id == "bytes" else (self.module.imports[node.id], node.id)

    def query(self, method):
        """The query parameters of a method, as its template names them."""
        suffix = f"RequestBuilder{method.capitalize()}QueryParameters"
        listed = [name for name in re.findall(r"\{\?([^}]*)\}", self.template) for name in name.rstrip("*").split(",")]
        names = [name.replace("%24", "$") for name in listed]
        for described in (node for node in self.module.classes() if node.name.endswith(suffix)):
            own = {node.target.id: types(node.annotation) for node in described.body if isinstance(node, ast.AnnAssign)}
            by_name = {snake(name.removeprefix("$")): name for name in names}
            return [{"name": by_name[field], "in": "query", "types": kinds} for field, kinds in own.items()]
        return []


class Models:
    """The models that operations use, as schemas."""

    def __init__(self, fields, instead, expanded):
        self.more, self.instead, self.expanded = fields, instead, expanded
        self.known, self.waiting = {}, []

    def name(self, model):
        """The name of a model's schema."""
        place, kind = model
        stem = self.instead.get(place.stem, place.stem)
        if stem != place.stem:
            place = place.with_name(f"{stem}.py")
            kind = module(place).classes()[0].name
        name = ".".join(place.relative_to(ROOT).with_suffix("").parts).removeprefix("models.")
        if name not in self.known:
            self.known[name] = {}
            self.waiting.append((name, place, kind))
        return name

    def schemas(self):
        """All schemas, those of models within models too."""
        while self.waiting:
            name, place, kind = self.waiting.pop()
            self.known[name] = self.schema(name, place, kind)
        return self.known

    def schema(self, name, place, kind):
        """The schema of one model."""
        described = next(node for node in module(place).classes() if node.name == kind)
        if any(getattr(base, "id", "") == "Enum" for base in described.bases):
            values = [node.value for node in described.body if isinstance(node, ast.Assign)]
            values = [value.elts[0] if isinstance(value, ast.Tuple) else value for value in values]
            return {"type": "string", "enum": [value.value for value in values], "nullable": True}
        # Lists hold entities, and so do bodies of actions, which are no models.
        holds = name.endswith("_collection_response") or "." in name
        properties = {}
        for owner, one in lineage(place, kind):
            for field, call in deserializers(one):
                property_schema = self.field(owner, call, not holds and f"{name}.{field}" not in self.expanded)
                if property_schema:
                    properties.setdefault(field, property_schema)
        properties.update(self.more.get(name, {}))
        required = ["value"] if name.endswith("_collection_response") else []
        return {"type": "object", "required": required, "properties": properties, "nullable": not holds}

    def field(self, owner, call, plain):
        """The schema of a field by what reads it; none for a navigation property where only `plain` ones are wanted."""
        reads = call.func.attr
        if reads in PRIMITIVES:
            return {**PRIMITIVES[reads], "nullable": True}
        inner = call.args[0].id
        if reads == "get_collection_of_primitive_values":
            return {"type": "array", "items": {"type": TYPES.get(inner, "string")}}
        model = (module(owner).imports.get(inner, owner), inner)
        if plain and is_entity(*model):
            return None
        if reads.startswith("get_collection"):
            return {"type": "array", "items": {"$ref": self.name(model)}}
        return {"$ref": self.name(model)}


def lineage(place, kind):
    """A model and those that it inherits from, each with its file."""
    while True:
        described = next(node for node in module(place).classes() if node.name == kind)
        yield place, described
        bases = (base.id for base in described.bases if base.id in module(place).imports)
        kind = next(bases, None)
        if kind is None:
            return
        place = module(place).imports[kind]


@functools.cache
def is_entity(place, kind):
    """Whether a model has an identity of its own: as a property of another one it is not sent unless asked for."""
    return any(described.name == "Entity" for _, described in lineage(place, kind))


def deserializers(described):
    """The fields of a model, each with the call that reads it."""
    functions = (node for node in described.body if isinstance(node, ast.FunctionDef) and node.name == "get_field_deserializers")
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values):
                    yield key.value, value.body.args[2]


def types(annotation):
    """The types of `Optional[list[str]]`."""
    inner = annotation.slice
    name = inner.value.id if isinstance(inner, ast.Subscript) else getattr(inner, "id", "str")
    return [TYPES.get(name, "string")]


def folder_of(segment):
    """The folder of a segment of a path: `item` for a variable, `range_with_address` for a function with an argument."""
    if segment.startswith("{"):
        return "item"
    name, _, arguments = segment.partition("(")
    return "_with_".join(map(snake, [name, *re.findall(r"(\w+)=", arguments)]))


def snake(name):
    """`createSession` as `create_session`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
