// From TypeScript declarations to the schemas of an oracle. Several vendors publish what their APIs take and answer as
// declarations only.

import { createRequire } from "node:module";
import { join } from "node:path";

/** The declarations of a file, checked by the TypeScript of the same folder of modules. */
export function load(modules, file) {
  const ts = createRequire(join(modules, "x.js"))("typescript");
  const path = join(modules, file);
  const program = ts.createProgram([path], { noResolve: true, strict: true, noLib: false, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  if (!source) throw new Error(`${path}: not there`);
  const named = new Map();
  const visit = (node) => {
    if (node.name?.text && (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node))) {
      named.set(node.name.text, node);
    }
    if (ts.isModuleDeclaration(node) || ts.isModuleBlock(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return { ts, checker, source, named };
}

/** Whether a declaration says that it is deprecated. */
export function deprecated(ts, symbol) {
  return symbol.getJsDocTags().some((tag) => tag.name === "deprecated")
    || ts.displayPartsToString(symbol.getDocumentationComment(undefined)).startsWith("[DEPRECATED]");
}

/** Makes schemas of types. Each object is kept in `named` once, and referred to: they refer to each other in circles. */
export class Schemas {
  /** `fractions` names properties that are numbers with fractions; TypeScript tells these from whole ones in no way. */
  constructor({ ts, checker }, fractions = []) {
    this.fractions = new Set(fractions);
    this.ts = ts;
    this.checker = checker;
    this.named = {};
    this.names = new Map();
    this.wanted = new Map();
  }

  /** The schema of a type. */
  of(type) {
    const { ts, checker } = this;
    const flags = type.flags;
    if (flags & ts.TypeFlags.Conditional) return this.of(checker.getTypeFromTypeNode(type.root.node.trueType));
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return {};
    if (flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never)) return { type: "null" };
    if (flags & ts.TypeFlags.StringLiteral) return { type: "string", enum: [type.value] };
    if (flags & ts.TypeFlags.NumberLiteral) return { type: "integer", enum: [type.value] };
    if (flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
    if (flags & ts.TypeFlags.StringLike) return { type: "string" };
    if (flags & ts.TypeFlags.NumberLike) return { type: "integer" };
    if (type.isUnion()) return this.union(type);
    if (checker.isArrayType(type) || checker.isTupleType(type)) {
      return { type: "array", items: this.of(checker.getTypeArguments(type)[0]) };
    }
    if (type.symbol?.name === "Date") return { type: "string" };
    return this.object(type);
  }

  union(type) {
    const { ts } = this;
    const isNull = (part) => part.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void);
    const parts = type.types.filter((part) => !isNull(part));
    const nullable = type.types.some((part) => part.flags & ts.TypeFlags.Null);
    const literal = ["isStringLiteral", "isNumberLiteral"].find((is) => parts.every((part) => part[is]()));
    const schemas = literal
      ? [{ type: literal === "isStringLiteral" ? "string" : "integer", enum: parts.map((part) => part.value) }]
      : [...new Map(parts.map((part) => this.of(part)).map((schema) => [JSON.stringify(schema), schema])).values()];
    if (schemas.some((schema) => Object.keys(schema).length === 0)) return {};
    const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
    if (!nullable) return schema;
    return "$ref" in schema ? { anyOf: [schema], nullable: true } : { ...schema, nullable: true };
  }

  object(type) {
    const declared = type.aliasSymbol && !type.aliasTypeArguments ? type.aliasSymbol.name : type.symbol?.name;
    const name = this.wanted.get(type) ?? (declared && !declared.startsWith("__") ? declared : "object");
    if (!this.names.has(type)) {
      let unique = name;
      for (let n = 2; unique in this.named; n += 1) unique = `${name}-${n}`;
      this.names.set(type, unique);
      this.named[unique] = {};
      this.named[unique] = this.members(type);
    }
    return { $ref: this.names.get(type) };
  }

  /** Says what the object types of a type's properties are called, where they have no name of their own. */
  call(type) {
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      const member = this.checker.getTypeOfSymbol(symbol);
      if (member.flags & (this.ts.TypeFlags.Object | this.ts.TypeFlags.Intersection)) this.wanted.set(member, symbol.name);
    }
  }

  /** The properties of a type. Those of `Omit` are read from what it leaves something out of: beside an index signature the
   * compiler knows none of them any more. */
  properties(type) {
    const { checker } = this;
    if (type.isIntersection()) return new Map(type.types.flatMap((part) => [...this.properties(part)]));
    if (type.aliasSymbol?.name === "Omit") {
      const [whole, left] = type.aliasTypeArguments;
      const names = new Set((left.isUnion() ? left.types : [left]).map((part) => part.value));
      return new Map([...this.properties(whole)].filter(([name]) => !names.has(name)));
    }
    return new Map(checker.getPropertiesOfType(type).map((symbol) => [symbol.name, symbol]));
  }

  members(type) {
    const { ts, checker } = this;
    const properties = {};
    const required = [];
    for (const symbol of this.properties(type).values()) {
      const member = checker.getTypeOfSymbol(symbol);
      if (member.getCallSignatures().length > 0) continue;
      const optional = symbol.flags & ts.SymbolFlags.Optional;
      if (optional && member.flags & ts.TypeFlags.Undefined) continue;
      properties[symbol.name] = this.fractions.has(symbol.name) ? { type: "number" } : this.of(member);
      if (deprecated(ts, symbol)) properties[symbol.name] = { ...properties[symbol.name], deprecated: true };
      if (!optional) required.push(symbol.name);
    }
    const schema = { type: "object", properties };
    if (required.length > 0) schema.required = required;
    if (Object.keys(properties).length === 0) {
      const index = checker.getIndexInfosOfType(type)[0];
      return { type: "object", additionalProperties: index ? this.of(index.type) : true };
    }
    return schema;
  }
}

/** A parameter of the query, from the schema of its type. */
export function parameter(name, schema, required = false) {
  const parts = schema.anyOf ?? [schema];
  const types = [...new Set(parts.map((part) => part.type).filter(Boolean))];
  const values = (parts.length === 1 && (schema.enum ?? schema.items?.enum)) || undefined;
  return { name, in: "query", required, types, ...(values && { enum: values }) };
}
