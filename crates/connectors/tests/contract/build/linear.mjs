// Linear, from @linear/sdk: the types that its generator has made of Linear's GraphQL schema, turned back into a schema.
//
//   node linear.mjs FOLDER_OF_NODE_MODULES > linear.json

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { deprecated, load } from "./typings.mjs";

const PACKAGE = "@linear/sdk";
const modules = process.argv[2];
const { version } = createRequire(join(modules, "x.js"))(join(modules, PACKAGE, "package.json"));
const dist = join(PACKAGE, "dist");
// The declarations are in a file of which the name says its contents' hash.
const file = readdirSync(join(modules, dist)).find((name) => /^index-.*\.d\.mts$/.test(name));
const declared = load(modules, join(dist, file));
const { ts, checker, named } = declared;

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
  if (!named.has(name)) throw new Error(`${name} is not declared`);
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
  if (ts.isTypeReferenceNode(node) && named.has(node.typeName.getText())) return members(named.get(node.typeName.getText()).type);
  throw new Error(`unexpected declaration ${node.getText().slice(0, 80)}`);
}

/** The fields of a type, or without an owner the fields of an input and the arguments of a field, which take none. */
function fields(owner, node) {
  const seen = new Map(members(node).filter((member) => member.name.getText() !== "__typename").map((member) => [member.name.getText(), member]));
  return [...seen].map(([name, member]) => {
    const taken = owner && named.get(`${owner}${upper(name)}Args`);
    const args = taken ? `(${fields(null, taken.type).join(", ")})` : "";
    const symbol = checker.getSymbolAtLocation(member.name);
    return `${name}${args}: ${spelled(member.type)}${deprecated(ts, symbol) ? " @deprecated" : ""}`;
  });
}

/** Whether a declared type is for what is sent rather than for what comes back. */
const isInput = (name, node) => ts.isTypeLiteralNode(node) && !node.members.some((member) => member.name.getText() === "__typename");

function definition(name) {
  const declaration = named.get(name);
  if (ts.isEnumDeclaration(declaration)) {
    return `enum ${name} { ${declaration.members.map((member) => member.initializer.text).join(" ")} }`;
  }
  const { type } = declaration;
  if (ts.isUnionTypeNode(type)) return `union ${name} = ${type.types.map((part) => spelled(part).replace("!", "")).join(" | ")}`;
  const kind = name !== "Query" && name !== "Mutation" && isInput(name, type) && !interfaces.has(name) ? "input" : "type";
  return `${kind} ${name} {\n  ${fields(kind === "input" ? null : name, type).join("\n  ")}\n}`;
}

// Interfaces have no `__typename`; other types are intersections with them.
const interfaces = new Set([...named.values()]
  .filter((node) => ts.isTypeAliasDeclaration(node) && ts.isIntersectionTypeNode(node.type))
  .flatMap((node) => node.type.types.filter(ts.isTypeReferenceNode).map((part) => part.typeName.getText())));

const definitions = [];
for (const root of ["Query", "Mutation"]) definitions.push(definition(root));
while (waiting.length > 0) definitions.push(definition(waiting.pop()));
const sdl = [...[...scalars].map((name) => `scalar ${name}`), ...definitions].join("\n");

const operation = { id: "graphql", method: "POST", path: "/graphql", body: { contentType: "application/json" }, reply: { status: 200 } };
console.log(JSON.stringify({
  source: `npm ${PACKAGE} ${version} (MIT)`, base: "https://api.linear.app", operations: [operation], sdl }));
