// npm: @linear/sdk@98.0.0
// npm: typescript@5.9.3
//
// Linear, from @linear/sdk: the types that its generator has made of Linear's GraphQL schema, turned back into a schema.

import { Declarations } from "./declarations.mjs";

const types = new Declarations("@linear/sdk/dist/index.d.mts", "LinearDocument.IssueFilter");
const { ts, checker, declared } = types;

/** Whether a declaration says that it is deprecated. */
const deprecated = (symbol) => symbol.getJsDocTags(checker).some((tag) => tag.name === "deprecated")
  || ts.displayPartsToString(symbol.getDocumentationComment(checker)).startsWith("[DEPRECATED]");

const BUILT_IN = new Set(["ID", "String", "Boolean", "Int", "Float"]);
const scalars = new Set();
const reached = new Set();
const waiting = [];

/** The GraphQL type that a declared one stands for. */
function spelled(node) {
  if (ts.isIndexedAccessTypeNode(node)) {
    const name = node.indexType.literal.text;
    if (!BUILT_IN.has(name)) scalars.add(name);
    return `${name}!`;
  }
  if (!ts.isTypeReferenceNode(node)) throw new Error(`unexpected type ${node.getText()}`);
  const name = node.typeName.getText();
  if (name === "Maybe" || name === "InputMaybe") return spelled(node.typeArguments[0]).replace(/!$/, "");
  if (name === "Array") return `[${spelled(node.typeArguments[0])}]!`;
  if (!declared.has(name)) throw new Error(`${name} is not declared`);
  if (!reached.has(name)) {
    reached.add(name);
    waiting.push(name);
  }
  return `${name}!`;
}

const upper = (name) => name[0].toUpperCase() + name.slice(1);

/** The members of a declared object type: of an intersection those of all its parts. */
function members(node) {
  if (ts.isTypeLiteralNode(node)) return node.members;
  if (ts.isIntersectionTypeNode(node)) return node.types.flatMap(members);
  if (ts.isTypeReferenceNode(node) && declared.has(node.typeName.getText())) return members(declared.get(node.typeName.getText()).type);
  throw new Error(`unexpected declaration ${node.getText().slice(0, 80)}`);
}

/** The fields of a type, or without an owner the fields of an input and the arguments of a field, which take none. */
function fields(owner, node) {
  const seen = new Map(members(node).filter((member) => member.name.getText() !== "__typename").map((member) => [member.name.getText(), member]));
  return [...seen].map(([name, member]) => {
    const taken = owner && declared.get(`${owner}${upper(name)}Args`);
    const args = taken ? `(${fields(null, taken.type).join(", ")})` : "";
    const symbol = checker.getSymbolAtLocation(member.name);
    return `${name}${args}: ${spelled(member.type)}${deprecated(symbol) ? " @deprecated" : ""}`;
  });
}

/** Whether a declared type is for what is sent rather than for what comes back. */
const isInput = (name, node) => ts.isTypeLiteralNode(node) && !node.members.some((member) => member.name.getText() === "__typename");

function definition(name) {
  const declaration = declared.get(name);
  if (ts.isEnumDeclaration(declaration)) {
    return `enum ${name} { ${declaration.members.map((member) => member.initializer.text).join(" ")} }`;
  }
  const { type } = declaration;
  if (ts.isUnionTypeNode(type)) return `union ${name} = ${type.types.map((part) => spelled(part).replace("!", "")).join(" | ")}`;
  const kind = name !== "Query" && name !== "Mutation" && isInput(name, type) && !interfaces.has(name) ? "input" : "type";
  return `${kind} ${name} {\n  ${fields(kind === "input" ? null : name, type).join("\n  ")}\n}`;
}

// Interfaces have no `__typename`; other types are intersections with them.
const interfaces = new Set([...declared.values()]
  .filter((node) => ts.isTypeAliasDeclaration(node) && ts.isIntersectionTypeNode(node.type))
  .flatMap((node) => node.type.types.filter(ts.isTypeReferenceNode).map((part) => part.typeName.getText())));

const definitions = [];
for (const root of ["Query", "Mutation"]) definitions.push(definition(root));
while (waiting.length > 0) definitions.push(definition(waiting.pop()));
const sdl = [...[...scalars].map((name) => `scalar ${name}`), ...definitions].join("\n");

console.log(JSON.stringify({
  source: "npm @linear/sdk 98.0.0 (MIT)", base: "https://api.linear.app/graphql", sdl }));
