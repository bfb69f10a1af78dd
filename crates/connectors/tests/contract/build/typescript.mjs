// Turns TypeScript typings into the schemas of an oracle, through the TypeScript compiler. A builder that uses it pins the
// compiler too: `// npm: typescript@5.9.3`.
//
//   const types = new Typings(
//     { Request: "@slack/web-api/dist/types/request/index.d.ts" },           // modules, by the name they get
//     { post: "Request.ChatPostMessageArguments", list: "Parameters<Request.Api['list']>[0]" },   // types: any expression
//   );
//   types.schema("post")                 a schema; named types that it uses are in types.schemas
//   types.body("post", "application/json", ["token"])          a body; without the listed fields
//   types.parameters("list", "query", ["cursor", "limit"])     parameters; of these fields only
//   types.names("post")                  the names of its fields

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const packages = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");

// Types of bytes and of other things that JSON does not show.
const OPAQUE = new Set(["Buffer", "Blob", "File", "FormData", "ReadableStream", "Readable", "Stream", "ArrayBuffer", "Uint8Array", "URL", "RegExp", "Function"]);

// An oracle in which all numbers are whole but those of the named properties: TypeScript does not tell them apart.
export function whole(oracle, fractions = []) {
  const walk = (node, name) => {
    if (Array.isArray(node)) return node.map((part) => walk(part, name));
    if (node === null || typeof node !== "object") return node;
    const walked = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, walk(part, key)]));
    return walked.type === "number" && !fractions.includes(name) ? { ...walked, type: "integer" } : walked;
  };
  return walk(oracle, "");
}

export class Typings {
  constructor(modules, expressions) {
    this.ts = require("typescript");
    const { ts } = this;
    const entry = join(packages, "oracle.ts");
    const imports = Object.entries(modules).map(([name, file]) => `import type * as ${name} from ${JSON.stringify("./" + file.replace(/\.d\.ts$/, ""))};`);
    const names = Object.keys(expressions);
    const types = names.map((name, at) => `export type T${at} = ${expressions[name]};`);
    const text = [...imports, ...types].join("\n");
    const settings = { strict: true, skipLibCheck: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
    const host = ts.createCompilerHost(settings);
    const [readFile, getSourceFile, fileExists] = [host.readFile, host.getSourceFile, host.fileExists];
    host.readFile = (file) => (file === entry ? text : readFile(file));
    host.fileExists = (file) => file === entry || fileExists(file);
    host.getSourceFile = (file, ...rest) => (file === entry ? ts.createSourceFile(file, text, rest[0]) : getSourceFile(file, ...rest));
    const program = ts.createProgram([entry], settings, host);
    const source = program.getSourceFile(entry);
    const wrong = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    if (wrong.length) throw new Error(ts.formatDiagnostics(wrong, { getCanonicalFileName: (file) => file, getCurrentDirectory: () => packages, getNewLine: () => "\n" }));
    this.checker = program.getTypeChecker();
    this.schemas = {};
    this.refs = new Map();
    this.roots = new Map();
    source.statements.filter(ts.isTypeAliasDeclaration).forEach((alias, at) => this.roots.set(names[at], this.checker.getTypeAtLocation(alias)));
  }

  // The schema of a type. Objects at the root are written out.
  schema(name) {
    const type = this.roots.get(name);
    if (!type) throw new Error(`${name} is none of the types`);
    return this.isObject(type) ? this.object(type, []) : this.convert(type, []);
  }

  // The fields of a type that is an object, or one of several.
  fields(name) {
    const all = { properties: {}, required: undefined };
    const add = (schema) => {
      schema = this.resolve(schema);
      if (schema.oneOf) return schema.oneOf.forEach(add);
      Object.assign(all.properties, schema.properties);
      const required = schema.required ?? [];
      all.required = all.required === undefined ? required : all.required.filter((one) => required.includes(one));
    };
    add(this.schema(name));
    return all;
  }

  names(name) {
    return Object.keys(this.fields(name).properties);
  }

  // A type as parameters; `only` names those to take.
  parameters(name, place, only = this.names(name)) {
    const { properties, required } = this.fields(name);
    return only.map((field) => {
      if (!(field in properties)) throw new Error(`${name} has no field ${field}`);
      const { deprecated = false, ...described } = properties[field];
      return { name: field, in: place, required: place === "path" || required.includes(field), deprecated, ...this.kind(described) };
    });
  }

  // A type as a body, without the fields that go elsewhere. What a type admits besides its fields is not admitted.
  body(name, contentType = "application/json", without = []) {
    const strip = (schema) => {
      const { additionalProperties, ...kept } = schema;
      if (kept.oneOf) kept.oneOf = kept.oneOf.map((part) => strip(this.resolve(part)));
      if (kept.properties) kept.properties = Object.fromEntries(Object.entries(kept.properties).filter(([field]) => !without.includes(field)));
      if (kept.required) kept.required = kept.required.filter((field) => !without.includes(field));
      return kept;
    };
    const schema = strip(this.schema(name));
    return { contentType, optional: !schema.required?.length, schema };
  }

  resolve(schema) {
    while (schema?.$ref) schema = this.schemas[schema.$ref];
    return schema ?? {};
  }

  kind(schema) {
    const parts = (schema) => {
      schema = this.resolve(schema);
      return schema.oneOf ? schema.oneOf.flatMap(parts) : [schema];
    };
    const all = parts(schema);
    const types = all.some((part) => !part.type) ? [] : [...new Set(all.flatMap((part) => part.type))].filter((type) => type !== "null");
    const values = all.every((part) => part.enum) ? all.flatMap((part) => part.enum) : all.length === 1 && all[0].type === "array" ? this.resolve(all[0].items).enum : undefined;
    return values ? { types, enum: values } : { types };
  }

  isObject(type) {
    return Boolean(type.flags & (this.ts.TypeFlags.Object | this.ts.TypeFlags.Intersection)) && !this.checker.isArrayType(type) && !this.checker.isTupleType(type);
  }

  convert(type, stack) {
    const { ts, checker } = this;
    const is = (flag) => Boolean(type.flags & flag);
    if (is(ts.TypeFlags.TypeParameter | ts.TypeFlags.Conditional | ts.TypeFlags.IndexedAccess)) {
      const known = checker.getBaseConstraintOfType(type);
      return known && known !== type ? this.convert(known, stack) : {};
    }
    if (is(ts.TypeFlags.Union)) return this.union(type, stack);
    if (is(ts.TypeFlags.StringLiteral)) return { type: "string", enum: [type.value] };
    if (is(ts.TypeFlags.NumberLiteral)) return { type: "number", enum: [type.value] };
    if (is(ts.TypeFlags.BooleanLiteral)) return { type: "boolean", enum: [checker.typeToString(type) === "true"] };
    if (is(ts.TypeFlags.StringLike)) return { type: "string" };
    if (is(ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) return { type: "number" };
    if (is(ts.TypeFlags.BooleanLike)) return { type: "boolean" };
    if (is(ts.TypeFlags.Null)) return { type: "null" };
    if (is(ts.TypeFlags.Intersection)) {
      // `string & {}` is a text that editors complete.
      const plain = type.types.find((part) => part.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike));
      if (plain) return this.convert(plain, stack);
    }
    if (checker.isArrayType(type)) return { type: "array", items: this.convert(checker.getTypeArguments(type)[0], stack) };
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type).map((part) => this.convert(part, stack));
      return items.length === 1 ? { type: "array", items: items[0] } : { type: "array", items: items.length ? { oneOf: items } : {} };
    }
    return this.isObject(type) ? this.named(type, stack) : {};
  }

  union(type, stack) {
    const { ts } = this;
    const nothing = ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never;
    const parts = type.types.filter((part) => !(part.flags & nothing)).map((part) => this.convert(part, stack));
    const nullable = parts.some((part) => part.type === "null");
    let kept = parts.filter((part) => part.type !== "null");
    for (const kind of ["string", "number", "boolean"]) {
      const same = kept.filter((part) => part.type === kind);
      if (same.length < 2) continue;
      const values = same.every((part) => part.enum) && kind !== "boolean" ? { enum: same.flatMap((part) => part.enum) } : {};
      kept = [{ type: kind, ...values }, ...kept.filter((part) => part.type !== kind)];
    }
    const texts = new Set();
    kept = kept.filter((part) => !texts.has(JSON.stringify(part)) && texts.add(JSON.stringify(part)));
    if (kept.length === 0) return nullable ? { type: "null" } : {};
    const one = kept.length === 1 ? kept[0] : { oneOf: kept };
    if (!nullable) return one;
    return one.$ref || one.oneOf ? { oneOf: [...(one.oneOf ?? [one]), { type: "null" }] } : { ...one, nullable: true };
  }

  nameOf(type) {
    return (type.aliasSymbol ?? type.symbol)?.name;
  }

  propertiesOf(type) {
    return this.checker.getPropertiesOfType(type);
  }

  // An object type with a name is described once and referred to.
  named(type, stack) {
    const name = this.nameOf(type);
    if (OPAQUE.has(name) || type.getCallSignatures().length > 0) return {};
    if (name === "Date") return { type: "string", format: "date-time" };
    if (this.refs.has(type)) return { $ref: this.refs.get(type) };
    const anonymous = !name || name.startsWith("__");
    if (anonymous) return stack.includes(type) ? {} : this.object(type, [...stack, type]);
    let unique = name;
    for (let number = 2; unique in this.schemas; number++) unique = `${name}${number}`;
    this.refs.set(type, unique);
    this.schemas[unique] = {};
    this.schemas[unique] = this.object(type, [...stack, type]);
    return { $ref: unique };
  }

  object(type, stack) {
    const { ts, checker } = this;
    const [properties, required] = [{}, []];
    for (const symbol of this.propertiesOf(type)) {
      const own = checker.getTypeOfSymbol(symbol);
      if (own.getCallSignatures().length > 0 || symbol.name.startsWith("__@")) continue;
      const schema = this.convert(own, stack);
      const deprecated = symbol.getJsDocTags(checker).some((tag) => tag.name === "deprecated");
      properties[symbol.name] = deprecated ? { ...schema, deprecated } : schema;
      if (!(symbol.flags & ts.SymbolFlags.Optional)) required.push(symbol.name);
    }
    const described = { type: "object" };
    if (Object.keys(properties).length) described.properties = properties;
    if (required.length) described.required = required;
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (index) described.additionalProperties = this.convert(index.type, stack);
    return described;
  }
}
