// Bitbucket Cloud, from @coderabbitai/bitbucket: declarations that openapi-typescript has made of Bitbucket's own OpenAPI
// description. Scopes are not in there; facts/bitbucket-scopes.json has them.
//
//   node bitbucket.mjs FOLDER_OF_NODE_MODULES > bitbucket.json

import { createRequire } from "node:module";
import { join } from "node:path";
import { Schemas, deprecated, load, parameter } from "./typings.mjs";

const PACKAGE = "@coderabbitai/bitbucket";
const modules = process.argv[2];
const { version } = createRequire(join(modules, "x.js"))(join(modules, PACKAGE, "package.json"));
const declared = load(modules, join(PACKAGE, "dist/cloud/openapi/openapi-typescript.d.ts"));
const { ts, checker } = declared;
const schemas = new Schemas(declared);

const REPOSITORY = "/repositories/{workspace}/{repo_slug}";
const PULL = `${REPOSITORY}/pullrequests/{pull_request_id}`;
const PIPELINE = `${REPOSITORY}/pipelines/{pipeline_uuid}`;
// Verb and path; where that redirects, the path whose reply comes.
const OPERATIONS = [
  ["get", "/workspaces/{workspace}/members"],
  ["get", "/repositories/{workspace}"],
  ["get", REPOSITORY],
  ["get", `${REPOSITORY}/pullrequests`],
  ["post", `${REPOSITORY}/pullrequests`],
  ["get", PULL],
  ["get", `${PULL}/comments`],
  ["post", `${PULL}/comments`],
  ["get", `${PULL}/diff`],
  ["get", `${PULL}/diffstat`, `${REPOSITORY}/diffstat/{spec}`],
  ["get", `${REPOSITORY}/pipelines`],
  ["post", `${REPOSITORY}/pipelines`],
  ["get", PIPELINE],
  ["get", `${PIPELINE}/steps`],
  ["get", `${PIPELINE}/steps/{step_uuid}/log`],
  ["get", `${REPOSITORY}/refs/branches`],
  ["get", `${REPOSITORY}/commits`],
  ["get", `${REPOSITORY}/commits/{revision}`],
  ["get", `${REPOSITORY}/src/{commit}/{path}`],
];

const at = (type, ...names) => names.reduce((found, name) => {
  const symbol = found && checker.getPropertyOfType(checker.getNonNullableType(found), name);
  return symbol && checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
}, type);
const members = (type) => (type ? checker.getPropertiesOfType(type) : []);

/** The parameters of pages. Which one it is need not be a number: lists of commits say it as a text. */
const page = (path) => [
  { name: "page", in: "query", types: [path.includes("/commits") ? "string" : "integer"] },
  { name: "pagelen", in: "query", types: ["integer"], minimum: 1, maximum: path.endsWith("/pullrequests") ? 50 : 100 },
];

const components = at(checker.getTypeAtLocation(declared.named.get("components").name), "schemas");
schemas.call(components);

// Schemas that others extend and that have values of their own.
const OWN_VALUES = new Set(["base_commit", "comment", "commit", "object", "ref"]);

// Which schemas extend which: they leave its `type` out.
const extensions = new Map();
for (const symbol of members(components)) {
  const type = checker.getTypeOfSymbol(symbol);
  const parts = (type.isIntersection() ? type.types : []).filter((part) => part.aliasSymbol?.name === "Omit");
  for (const parent of parts.map((part) => schemas.wanted.get(part.aliasTypeArguments[0])).filter(Boolean)) {
    extensions.set(parent, [...(extensions.get(parent) ?? []), type]);
  }
}

const paths = checker.getTypeAtLocation(declared.named.get("paths").name);
const operations = OPERATIONS.map(([verb, path, redirected]) => {
  const operation = at(paths, path, verb);
  if (!operation) throw new Error(`${verb} ${path}: not in the package`);
  const query = members(at(operation, "parameters", "query")).map((symbol) =>
    parameter(symbol.name, schemas.of(checker.getTypeOfSymbol(symbol)), !(symbol.flags & ts.SymbolFlags.Optional)));
  const described = { id: `${verb} ${path}`, method: verb.toUpperCase(), path: path.replace("{path}", "{+path}") };
  described.deprecated = deprecated(ts, checker.getPropertyOfType(at(paths, path), verb));
  const body = at(operation, "requestBody", "content", "application/json");
  if (body) described.body = { contentType: ["application/json"], schema: schemas.of(body) };
  const replies = redirected ? at(paths, redirected, verb, "responses") : at(operation, "responses");
  const status = members(replies).map((symbol) => symbol.name).find((name) => /^2\d\d$/.test(name));
  const json = status && members(at(replies, status, "content")).find((symbol) => symbol.name === "application/json");
  described.reply = json
    ? { status: Number(status), schema: schemas.of(checker.getTypeOfSymbol(json)) }
    : { status: 200, contentType: "text/plain" };
  // A page answers how many it holds and which it is: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination
  const paged = described.reply.schema?.$ref?.startsWith("paginated_");
  const others = query.filter((one) => one.name !== "page" && one.name !== "pagelen");
  // A minus sign in front turns the order round: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#sorting-query-results
  const sort = others.find((one) => one.name === "sort");
  if (sort?.enum) sort.enum = sort.enum.flatMap((field) => [field, `-${field}`]);
  described.parameters = paged ? [...others, ...page(path)] : others;
  return described;
});

// What `type` says is the name of a schema, and the declarations make it the only value there. A value of a schema may be of one
// that extends it, such as a state that is completed.
const richness = ({ $ref }) => Object.keys(schemas.named[$ref].properties ?? {}).length;
// What the text of the operation names besides, and its schema leaves open.
const created = operations.find((one) => one.method === "POST" && one.path.endsWith("/pullrequests"));
created.body.schema = { allOf: [created.body.schema, { type: "object", properties: { description: { type: "string" } } }] };

// The package is older than this operation: https://developer.atlassian.com/cloud/bitbucket/changelog/#CHANGE-3022
const workspace = { type: "object", properties: { type: { type: "string" }, uuid: { type: "string" }, slug: { type: "string" } } };
operations.push({
  id: "get /user/workspaces",
  method: "GET",
  path: "/user/workspaces",
  parameters: [...page("/user/workspaces"), { name: "sort", in: "query", types: ["string"] }, { name: "administrator", in: "query", types: ["boolean"] }],
  reply: { status: 200, schema: { type: "object", properties: {
    ...schemas.named.paginated_workspace_memberships.properties,
    values: { type: "array", items: { type: "object", properties: { type: { type: "string" }, administrator: { type: "boolean" }, workspace } } },
  } } },
});

const extended = new Set(OWN_VALUES);
const next = () => Object.keys(schemas.named).find((name) => extensions.has(name) && !extended.has(name));
for (let name = next(); name; name = next()) {
  extended.add(name);
  const parts = extensions.get(name).map((type) => schemas.of(type));
  schemas.named[name] = { anyOf: parts.sort((one, other) => richness(other) - richness(one)) };
}
for (const schema of Object.values(schemas.named)) {
  if (!schema.properties?.type?.enum || schema.properties.type.enum.length > 1) continue;
  schema.properties.type = { type: "string" };
  schema.required = (schema.required ?? []).filter((one) => one !== "type");
}

console.log(JSON.stringify({
  source: `npm ${PACKAGE} ${version} (Apache-2.0)`, base: "https://api.bitbucket.org/2.0", operations, schemas: schemas.named }));
