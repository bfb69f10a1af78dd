// Turns an API client whose functions describe requests with zod into the operations of an oracle: each function is called
// with a client that notes the request instead of sending it. A builder pins the package: `// npm: jira.js@6.2.0`.
//
//   const api = await Client.load("jira.js/dist/cloud");        a folder with api/index.js and parameters/index.js
//   api.operation("getComments", { scopes: [["read:jira-work"]] })      members given here win over what was found
//   api.schemas                                                  the schemas that operations refer to

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// With this, the packages keep to the values and fields that they know.
process.env.AUDIT_SCHEMAS = "true";

const packages = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
const load = (file) => import(pathToFileURL(join(packages, file)).href);
const { z } = await load("zod/index.js");

// Stands for an argument: it reads as `{name}` in a URL, and is told from everything else in a query or a body.
class Argument {
  constructor(name) {
    this.name = name;
  }
  toString() {
    return `{${this.name}}`;
  }
}

export class Client {
  static async load(folder) {
    const [functions, parameters] = await Promise.all(["api", "parameters"].map((part) => load(`${folder}/${part}/index.js`)));
    const files = readdirSync(join(packages, folder, "api")).filter((file) => file.endsWith(".js"));
    const text = files.map((file) => readFileSync(join(packages, folder, "api", file), "utf8")).join("\n");
    return Object.assign(new Client(), { functions, parameters, text, schemas: {} });
  }

  // Whether the comment before a function says so.
  deprecated(name) {
    const [before] = this.text.split(new RegExp(`export (?:async )?function ${name}\\(`));
    return before.slice(before.lastIndexOf("/**")).includes("@deprecated");
  }

  operation(name, given = {}) {
    const request = this.request(name);
    const fields = this.fields(name);
    const [path, query = ""] = request.url.split("?");
    if (query) throw new Error(`${name}: its URL has a query: ${query}`);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field);
    const asked = Object.entries(request.searchParams ?? {}).filter(([, value]) => value instanceof Argument);
    const parameters = [
      ...inPath.map((field) => this.parameter(field, "path", this.described(name, field, fields))),
      ...asked.map(([key, { name: field }]) => this.parameter(key, "query", this.described(name, field, fields))),
    ];
    return {
      id: name,
      method: request.method,
      path,
      deprecated: this.deprecated(name),
      parameters,
      body: request.body && this.body(name, request.body, fields),
      reply: request.schema ? { status: 200, contentType: "application/json", schema: this.convert(request.schema, `${name}.reply`) } : { status: 204 },
      ...given,
    };
  }

  // What the function would send.
  request(name) {
    const noted = [];
    const client = { sendRequest: (request) => noted.push(request) };
    const given = new Proxy({}, { get: (_, field) => (typeof field === "string" ? new Argument(field) : undefined) });
    if (!this.functions[name]) throw new Error(`there is no function ${name}`);
    this.functions[name](client, given);
    if (noted.length !== 1) throw new Error(`${name}: ${noted.length} requests where one was expected`);
    return noted[0];
  }

  // The fields of a function's argument, as zod has them; several where the argument is one of several objects.
  fields(name) {
    const schema = this.parameters[`${name[0].toUpperCase()}${name.slice(1)}Schema`];
    const parts = (schema) => {
      const { def } = schema?._zod ?? { def: {} };
      if (def.type === "union") return def.options.flatMap(parts);
      if (def.type === "intersection") return [...parts(def.left), ...parts(def.right)];
      return def.type === "object" ? [schema.shape] : def.innerType ? parts(def.innerType) : [];
    };
    return Object.assign({}, ...parts(schema));
  }

  described(name, field, fields) {
    if (!fields[field]) throw new Error(`${name}: nothing describes ${field}`);
    return { required: !fields[field].safeParse(undefined).success, schema: this.convert(fields[field], `${name}.${field}`) };
  }

  parameter(name, place, { required, schema }) {
    const [kind, isList] = schema.type === "array" ? [schema.items, true] : [schema, false];
    const types = isList ? ["array"] : [kind.type ?? []].flat().filter((type) => type !== "null");
    return { name, in: place, required: place === "path" || required, types, ...(kind.enum ? { enum: kind.enum } : {}) };
  }

  body(name, sent, fields) {
    const contentType = "application/json";
    if (sent instanceof Argument) {
      const { required, schema } = this.described(name, sent.name, fields);
      return { contentType, optional: !required, schema };
    }
    const [properties, required] = [{}, []];
    for (const [key, value] of Object.entries(sent)) {
      if (!(value instanceof Argument)) throw new Error(`${name}: the body's ${key} is no argument`);
      const described = this.described(name, value.name, fields);
      properties[key] = described.schema;
      if (described.required) required.push(key);
    }
    return { contentType, optional: required.length === 0, schema: { type: "object", properties, required } };
  }

  // A zod schema as one of an oracle. What it repeats goes to `schemas`, under the given name.
  convert(schema, name) {
    const override = ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
    };
    const { $schema, $defs = {}, ...root } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input", override });
    const refer = (node) => {
      if (Array.isArray(node)) return node.map(refer);
      if (node === null || typeof node !== "object") return node;
      if (node.$ref) return { $ref: node.$ref === "#" ? name : `${name}.${node.$ref.split("/").at(-1)}` };
      // A client knows fewer fields than the vendor has. Whether others are admitted is not for it to say.
      const { additionalProperties, propertyNames, ...kept } = node;
      if (typeof additionalProperties === "object") kept.additionalProperties = additionalProperties;
      return Object.fromEntries(Object.entries(kept).map(([key, part]) => [key, refer(part)]));
    };
    for (const [key, part] of Object.entries($defs)) this.schemas[`${name}.${key}`] = refer(part);
    const converted = refer(root);
    if (JSON.stringify(converted).includes(`"$ref":"${name}"`) || JSON.stringify(this.schemas).includes(`"$ref":"${name}"`)) this.schemas[name] = converted;
    return converted;
  }
}
