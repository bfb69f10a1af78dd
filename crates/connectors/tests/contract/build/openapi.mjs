// Turns an OpenAPI 3 document into an oracle: of each operation in use its parameters, body, reply and examples, without
// prose. `oracle(api, {source, operations})` prints it; an operation is `["get", "/user"]`, with an object of corrections
// as a third element where the description needs one.
//
// Options: `base` (default: the document's first server), `change(operation, described)` to add what the document says
// in places of its own, such as scopes.

const NUMBERS = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];
const KEPT = ["type", "nullable", "required", "format", "const", "deprecated", "readOnly", ...NUMBERS];
const SUCCESS = ["200", "201", "202", "204"];

export function oracle(api, options) {
  const reader = new Reader(api);
  const operations = options.operations.map((one) => reader.operation(one, options.change));
  const base = options.base ?? api.servers[0].url;
  print({ source: options.source, base, operations, schemas: reader.schemas });
}

export function print(oracle) {
  process.stdout.write(JSON.stringify(oracle));
}

export class Reader {
  constructor(api) {
    this.api = api;
    this.schemas = {};
  }

  resolve(node) {
    while (node?.$ref) {
      node = node.$ref.slice(2).split("/").reduce((at, key) => at[decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")], this.api);
    }
    return node;
  }

  // A schema without prose. Schemas of the document's components are collected once and referred to by name.
  schema(node) {
    if (node === true || node === undefined) return {};
    if (node.$ref) {
      const name = node.$ref.split("/").at(-1);
      if (!(name in this.schemas)) {
        this.schemas[name] = null;
        this.schemas[name] = this.schema(this.resolve(node));
      }
      return { $ref: name };
    }
    const kept = {};
    for (const key of KEPT) if (node[key] !== undefined) kept[key] = node[key];
    // Long lists of values say little more than "a text".
    if (node.enum && node.enum.length <= 100) kept.enum = node.enum;
    if (node.additionalProperties !== undefined) {
      const more = node.additionalProperties;
      kept.additionalProperties = typeof more === "object" ? this.schema(more) : more;
    }
    if (node.properties) {
      kept.properties = Object.fromEntries(Object.entries(node.properties).map(([name, value]) => [name, this.schema(value)]));
    }
    if (node.items) kept.items = this.schema(node.items);
    for (const key of ["allOf", "anyOf", "oneOf"]) if (node[key]) kept[key] = node[key].map((part) => this.schema(part));
    return kept;
  }

  // The types of a parameter and, where they are closed, its values.
  kind(node) {
    node = this.resolve(node) ?? {};
    if (node.allOf?.length === 1) node = this.resolve(node.allOf[0]);
    const one = node.oneOf ?? node.anyOf;
    const types = one ? one.flatMap((part) => this.resolve(part).type ?? []) : [node.type ?? []].flat();
    const kept = { types: [...new Set(types)] };
    const values = node.enum ?? (node.type === "array" ? this.resolve(node.items)?.enum : undefined);
    if (values && !one) kept.enum = values;
    for (const key of ["minimum", "maximum"]) if (node[key] !== undefined) kept[key] = node[key];
    return kept;
  }

  parameter(node) {
    const { name, in: place, required, deprecated, schema, content } = this.resolve(node);
    const described = schema ?? Object.values(content ?? {})[0]?.schema;
    return { name, in: place, required: required === true, deprecated: deprecated === true, ...this.kind(described) };
  }

  body(node) {
    const described = this.resolve(node);
    if (!described?.content) return undefined;
    const types = Object.keys(described.content);
    const json = types.find((type) => type.includes("json")) ?? types[0];
    return { contentType: types, optional: described.required !== true, schema: this.schema(described.content[json].schema) };
  }

  reply(responses) {
    const status = SUCCESS.find((status) => responses[status]);
    if (!status) return undefined;
    const { content = {} } = this.resolve(responses[status]);
    const type = Object.keys(content).find((type) => type.includes("json")) ?? Object.keys(content)[0];
    if (!type) return { status: Number(status) };
    return { status: Number(status), contentType: type, schema: this.schema(content[type].schema), examples: cut(this.examples(content[type])) };
  }

  // The value of an example, which may lead to another example.
  example(node) {
    const { value } = this.resolve(node);
    return value?.$ref ? this.example(value) : value;
  }

  examples(content) {
    if (content.examples) return Object.fromEntries(Object.entries(content.examples).map(([name, value]) => [name, this.example(value)]));
    return content.example === undefined ? {} : { default: content.example };
  }

  operation([method, path, corrections = {}], change) {
    const item = this.api.paths[path];
    const described = item?.[method];
    if (!described) throw new Error(`the description has no operation ${method} ${path}`);
    const parameters = [...(item.parameters ?? []), ...(described.parameters ?? [])].map((node) => this.parameter(node));
    const operation = {
      id: described.operationId ?? `${method} ${path}`,
      method: method.toUpperCase(),
      path,
      deprecated: described.deprecated === true,
      parameters: parameters.filter((one) => one.in !== "cookie"),
      body: this.body(described.requestBody),
      reply: this.reply(described.responses),
    };
    change?.(operation, described);
    return { ...operation, ...corrections };
  }
}

// Lists of examples are cut: two elements show as much as thirty. An element of "..." stands for what an example leaves
// out.
export function cut(value) {
  if (Array.isArray(value)) return value.filter((part) => part !== "...").slice(0, 2).map(cut);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cut(part)]));
  return value;
}
