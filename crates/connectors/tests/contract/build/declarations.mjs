// A package's declarations to walk through: for builders whose operations are declared as methods, or whose types are too
// many to name each. What it finds it turns into schemas as typescript.mjs does.

import { Typings } from "./typescript.mjs";

export class Declarations extends Typings {
  // `any` is a type that the file exports. `fractions` names properties that are no whole numbers, which TypeScript does not tell.
  constructor(file, any, fractions = []) {
    super({ Module: file }, { any: `Module.${any}` });
    this.fractions = new Set(fractions);
    this.given = new Map();
    this.declared = new Map();
    const [declaration] = (this.roots.get("any").aliasSymbol ?? this.roots.get("any").symbol).declarations;
    for (const statement of declaration.getSourceFile().statements) {
      if (statement.name?.text) this.declared.set(statement.name.text, statement);
    }
  }

  // The type that a declaration declares.
  type(name) {
    return this.checker.getTypeAtLocation(this.declared.get(name).name);
  }

  // The type of a property of a property ... of a type.
  at(type, ...names) {
    return names.reduce((found, name) => {
      const symbol = found && this.checker.getPropertyOfType(found, name);
      return symbol && this.checker.getNonNullableType(this.checker.getTypeOfSymbol(symbol));
    }, type);
  }

  // Calls the types of a type's properties by the properties' names.
  call(type) {
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      this.given.set(this.checker.getTypeOfSymbol(symbol), symbol.name);
    }
  }

  nameOf(type) {
    // Instances of a generic type have its name and differ.
    const name = type.aliasTypeArguments ? undefined : super.nameOf(type);
    return this.given.get(type) ?? name;
  }

  // `Omit` of a type with an index signature has lost all its properties: they are read from what it leaves something out of.
  propertiesOf(type) {
    if (type.isIntersection()) return this.unique(type.types.flatMap((part) => this.propertiesOf(part)));
    if (type.aliasSymbol?.name !== "Omit") return super.propertiesOf(type);
    const [whole, left] = type.aliasTypeArguments;
    const names = new Set((left.isUnion() ? left.types : [left]).map((part) => part.value));
    return this.propertiesOf(whole).filter((symbol) => !names.has(symbol.name));
  }

  unique(symbols) {
    return [...new Map(symbols.map((symbol) => [symbol.name, symbol])).values()];
  }

  convert(type, stack) {
    const schema = super.convert(type, stack);
    return schema.type === "number" ? { ...schema, type: "integer" } : schema;
  }

  // An object that lists properties has no others.
  object(type, stack) {
    const schema = super.object(type, stack);
    for (const name of Object.keys(schema.properties ?? {})) {
      if (this.fractions.has(name)) schema.properties[name] = { ...schema.properties[name], type: "number" };
    }
    if (schema.properties) delete schema.additionalProperties;
    return schema;
  }

  // A parameter of the query, from the schema of its type.
  parameter(name, schema, required = false) {
    return { name, in: "query", required, ...this.kind(schema) };
  }
}
