// npm: @coderabbitai/bitbucket@1.1.4
// npm: typescript@5.9.3
//
// Bitbucket Cloud, from @coderabbitai/bitbucket: declarations that openapi-typescript has made of Bitbucket's own OpenAPI
// description. They say nothing of scopes.

import { Declarations } from "./declarations.mjs";

const types = new Declarations("@coderabbitai/bitbucket/dist/cloud/openapi/openapi-typescript.d.ts", "paths");
const { ts, checker } = types;
const schemaOf = (type) => types.convert(type, []);

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

const at = (type, ...names) => types.at(type, ...names);
const members = (type) => (type ? checker.getPropertiesOfType(type) : []);

/** The scope that an operation needs, which the declarations leave out: `security` in https://api.bitbucket.org/swagger.json. */
const scope = (verb, path) => {
  if (path.includes("/pullrequests")) return verb === "post" && path.endsWith("/pullrequests") ? "pullrequest:write" : "pullrequest";
  if (path.includes("/pipelines")) return "pipeline";
  return path.startsWith("/repositories") ? "repository" : "account";
};

/** The parameters of pages. Which one it is need not be a number: lists of commits say it as a text. */
const page = (path) => [
  { name: "page", in: "query", types: [path.includes("/commits") ? "string" : "integer"] },
  { name: "pagelen", in: "query", types: ["integer"], minimum: 1, maximum: path.endsWith("/pullrequests") ? 50 : 100 },
];

const components = at(types.type("components"), "schemas");
types.call(components);

// Schemas that others extend and that have values of their own.
const OWN_VALUES = new Set(["base_commit", "comment", "commit", "object", "ref"]);

// Which schemas extend which: they leave its `type` out.
const extensions = new Map();
for (const symbol of members(components)) {
  const type = checker.getTypeOfSymbol(symbol);
  const parts = (type.isIntersection() ? type.types : []).filter((part) => part.aliasSymbol?.name === "Omit");
  for (const parent of parts.map((part) => types.given.get(part.aliasTypeArguments[0])).filter(Boolean)) {
    extensions.set(parent, [...(extensions.get(parent) ?? []), type]);
  }
}

const paths = types.type("paths");
const operations = OPERATIONS.map(([verb, path, redirected]) => {
  const operation = at(paths, path, verb);
  if (!operation) throw new Error(`${verb} ${path}: not in the package`);
  const query = members(at(operation, "parameters", "query")).map((symbol) =>
    types.parameter(symbol.name, schemaOf(checker.getTypeOfSymbol(symbol)), !(symbol.flags & ts.SymbolFlags.Optional)));
  const described = { id: `${verb} ${path}`, method: verb.toUpperCase(), path: path.replace("{path}", "{+path}"), scopes: [[scope(verb, path)]] };
  described.deprecated = checker.getPropertyOfType(at(paths, path), verb).getJsDocTags(checker).some((tag) => tag.name === "deprecated");
  const body = at(operation, "requestBody", "content", "application/json");
  if (body) described.body = { contentType: ["application/json"], schema: schemaOf(body) };
  const replies = redirected ? at(paths, redirected, verb, "responses") : at(operation, "responses");
  const status = members(replies).map((symbol) => symbol.name).find((name) => /^2\d\d$/.test(name));
  const json = status && members(at(replies, status, "content")).find((symbol) => symbol.name === "application/json");
  described.reply = json
    ? { status: Number(status), schema: schemaOf(checker.getTypeOfSymbol(json)) }
    : { status: 200, contentType: "text/plain", examples: { text: "one line\nanother\n" } };
  // A page answers how many it holds and which it is: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination
  const paged = described.reply.schema?.$ref?.startsWith("paginated_");
  const others = query.filter((one) => one.name !== "page" && one.name !== "pagelen");
  // A minus sign in front turns the order round: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#sorting-query-results
  const sort = others.find((one) => one.name === "sort");
  if (sort?.enum) sort.enum = sort.enum.flatMap((field) => [field, `-${field}`]);
  described.parameters = paged ? [...others, ...page(path)] : others;
  return described;
});

// What the text of the operation names besides, and its schema leaves open.
const created = operations.find((one) => one.method === "POST" && one.path.endsWith("/pullrequests"));
created.body.schema = { allOf: [created.body.schema, { type: "object", properties: { description: { type: "string" } } }] };

// The package is older than this operation: https://developer.atlassian.com/cloud/bitbucket/changelog/#CHANGE-3022
const workspace = { type: "object", properties: { type: { type: "string" }, uuid: { type: "string" }, slug: { type: "string" } } };
operations.push({
  id: "get /user/workspaces",
  method: "GET",
  path: "/user/workspaces",
  scopes: [[scope("get", "/user/workspaces")]],
  parameters: [...page("/user/workspaces"), { name: "sort", in: "query", types: ["string"] }, { name: "administrator", in: "query", types: ["boolean"] }],
  reply: { status: 200, schema: { type: "object", properties: {
    ...types.schemas.paginated_workspace_memberships.properties,
    values: { type: "array", items: { type: "object", properties: { type: { type: "string" }, administrator: { type: "boolean" }, workspace } } },
  } } },
});

// A value of a schema may be of one that extends it, such as a state that is completed. Those that say most come first.
const richness = ({ $ref }) => Object.keys(types.schemas[$ref].properties ?? {}).length;
const extended = new Set(OWN_VALUES);
const next = () => Object.keys(types.schemas).find((name) => extensions.has(name) && !extended.has(name));
for (let name = next(); name; name = next()) {
  extended.add(name);
  const parts = extensions.get(name).map((type) => schemaOf(type));
  types.schemas[name] = { anyOf: parts.sort((one, other) => richness(other) - richness(one)) };
}
// The declarations make a schema's name the only value of its `type`, which the values of those that extend it break.
for (const schema of Object.values(types.schemas)) {
  if (!schema.properties?.type?.enum || schema.properties.type.enum.length > 1) continue;
  schema.properties.type = { type: "string" };
  schema.required = (schema.required ?? []).filter((one) => one !== "type");
}

console.log(JSON.stringify({
  source: "npm @coderabbitai/bitbucket 1.1.4 (Apache-2.0)", base: "https://api.bitbucket.org/2.0", operations, schemas: types.schemas }));
