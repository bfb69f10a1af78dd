"""Turns Google's discovery documents into an oracle. A builder that uses it pins `google-api-python-client`, which holds them.

    from discovery import oracle
    oracle("gmail.v1", ["users.messages.list", "users.messages.send"], more={"drive.v3": ["files.create"]})

A method with `:upload` behind its name is the one that takes a file's bytes, with `:media` the one that gives them.
"""

import importlib.util
import json
import pathlib
import sys

KEPT = ("type", "format", "enum", "deprecated", "readOnly", "minimum", "maximum")


def oracle(name, methods, more=None):
    """Prints the oracle of some methods of an API, and of further APIs."""
    wanted = {name: methods, **(more or {})}
    operations, schemas, sources = [], {}, []
    for api, names in wanted.items():
        document = load(api)
        sources.append(f"{api} revision {document['revision']}")
        # Names of schemas are the API's own: two APIs may have the same.
        prefix = "" if api == name else f"{api}."
        operations += [operation(document, method, prefix) for method in names]
        schemas.update({prefix + key: schema(value, prefix) for key, value in document["schemas"].items()})
    package = importlib.util.find_spec("googleapiclient").submodule_search_locations[0]
    version = next(pathlib.Path(package).parent.glob("google_api_python_client-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    source = f"PyPI google-api-python-client {version}, {', '.join(sources)} (Apache-2.0)"
    used = reachable(operations, schemas)
    document = {"source": source, "base": load(name)["rootUrl"].rstrip("/"), "operations": operations, "schemas": used}
    json.dump(document, sys.stdout, separators=(",", ":"))


def load(api):
    """A discovery document, as in `gmail.v1`."""
    package = importlib.util.find_spec("googleapiclient").submodule_search_locations[0]
    return json.loads((pathlib.Path(package) / f"discovery_cache/documents/{api}.json").read_text())


def operation(document, name, prefix):
    """A method, as in `users.messages.list`."""
    plain, _, variant = name.partition(":")
    *resources, last = plain.split(".")
    place = document
    for resource in resources:
        place = place["resources"][resource]
    method = place["methods"][last]
    parameters = {**document.get("parameters", {}), **method.get("parameters", {})}
    path = "/" + document["servicePath"] + method.get("flatPath", method["path"])
    described = {
        "id": method["id"] + (f":{variant}" if variant else ""),
        "method": method["httpMethod"],
        "path": path,
        "base": document["rootUrl"].rstrip("/"),
        "deprecated": method.get("deprecated", False),
        "scopes": [[scope] for scope in method.get("scopes", [])],
        "parameters": [parameter(key, value) for key, value in parameters.items() if f"{{{key}}}" in path or value["location"] == "query"],
        "reply": reply(method, prefix),
    }
    if "request" in method:
        request = body(document, method, prefix)
        described["body"] = {"contentType": "application/json", "optional": "required" not in request, "schema": request}
    if variant == "upload":
        described["path"] = method["mediaUpload"]["protocols"]["simple"]["path"]
        described["parameters"].append({"name": "uploadType", "in": "query", "required": True, "types": ["string"], "enum": ["media", "multipart"]})
        described["body"] = {"contentType": "*"}
    if variant == "media":
        described["when"] = {"alt": "media"}
        described["reply"] = {"status": 200, "contentType": "application/octet-stream", "examples": {"default": "the file's contents"}}
    return described


def parameter(name, described):
    """A parameter; one that repeats is a list."""
    types = ["array"] if described.get("repeated") else [described.get("type", "string")]
    kept = {"name": name, "in": described["location"], "required": described.get("required", False), "deprecated": described.get("deprecated", False), "types": types}
    if "enum" in described:
        kept["enum"] = described["enum"]
    for bound in ("minimum", "maximum"):
        if bound in described:
            kept[bound] = float(described[bound])
    return kept


def body(document, method, prefix):
    """The schema of a request, with the properties that this method requires."""
    name = method["request"]["$ref"]
    properties = document["schemas"][name].get("properties", {})
    required = [key for key, value in properties.items() if method["id"] in value.get("annotations", {}).get("required", [])]
    reference = {"$ref": prefix + name}
    return {"allOf": [reference], "required": required} if required else reference


def reply(method, prefix):
    """The reply of a method; some have none."""
    if "response" not in method:
        return {"status": 204}
    return {"status": 200, "schema": {"$ref": prefix + method["response"]["$ref"]}}


def schema(described, prefix):
    """A schema without prose."""
    if "$ref" in described:
        return {"$ref": prefix + described["$ref"]}
    kept = {key: described[key] for key in KEPT if key in described}
    if kept.get("type") == "any":
        del kept["type"]
    for bound in ("minimum", "maximum"):
        if bound in kept:
            kept[bound] = float(kept[bound])
    if "properties" in described:
        kept["properties"] = {key: schema(value, prefix) for key, value in described["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in described:
            kept[key] = schema(described[key], prefix)
    return kept


def reachable(operations, schemas):
    """The schemas that operations use, themselves or by others."""
    found, waiting = {}, [operations]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            name = node.get("$ref")
            if isinstance(name, str) and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
            waiting += [value for key, value in node.items() if key != "$ref"]
    return found
