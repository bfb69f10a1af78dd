// Derives github.json, the fixture of the contract test, from GitHub's own OpenAPI description as published on npm:
//
//   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
//   node extract-github.mjs package/generated/api.github.com.json > github.json
//
// Kept: of each operation that a tool uses its parameters, body fields, reply schema and reply examples, without prose.

import { readFileSync } from "node:fs";

const OPERATIONS = [
  ["get", "/user"],
  ["get", "/user/orgs"],
  ["get", "/user/repos"],
  ["get", "/users/{username}"],
  ["get", "/users/{username}/events"],
  ["get", "/users/{username}/repos"],
  ["get", "/search/issues"],
  ["get", "/search/repositories"],
  ["get", "/search/users"],
  ["get", "/repos/{owner}/{repo}"],
  ["get", "/repos/{owner}/{repo}/actions/runs"],
  ["get", "/repos/{owner}/{repo}/actions/runs/{run_id}"],
  ["get", "/repos/{owner}/{repo}/actions/workflows"],
  ["get", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs"],
  ["get", "/repos/{owner}/{repo}/branches"],
  ["get", "/repos/{owner}/{repo}/branches/{branch}"],
  ["get", "/repos/{owner}/{repo}/commits"],
  ["get", "/repos/{owner}/{repo}/commits/{ref}"],
  ["get", "/repos/{owner}/{repo}/compare/{basehead}"],
  ["get", "/repos/{owner}/{repo}/contents/{path}"],
  ["get", "/repos/{owner}/{repo}/contributors"],
  ["post", "/repos/{owner}/{repo}/issues"],
  ["get", "/repos/{owner}/{repo}/issues/{issue_number}"],
  ["patch", "/repos/{owner}/{repo}/issues/{issue_number}"],
  ["get", "/repos/{owner}/{repo}/languages"],
  ["get", "/repos/{owner}/{repo}/pulls"],
  ["get", "/repos/{owner}/{repo}/releases"],
  ["get", "/repos/{owner}/{repo}/releases/latest"],
  ["get", "/repos/{owner}/{repo}/releases/tags/{tag}"],
  ["get", "/repos/{owner}/{repo}/releases/{release_id}"],
];

const api = JSON.parse(readFileSync(process.argv[2], "utf8"));
const schemas = {};

function resolve(node) {
  while (node && node.$ref) {
    node = node.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/")], api);
  }
  return node;
}

// A schema without prose. Schemas of its components are collected once and referred to by name.
function schema(node) {
  if (node.$ref) {
    const name = node.$ref.split("/").at(-1);
    if (!(name in schemas)) {
      schemas[name] = null;
      schemas[name] = schema(resolve(node));
    }
    return { $ref: name };
  }
  const kept = {};
  for (const key of ["type", "nullable", "enum", "required"]) {
    if (node[key] !== undefined && !(key === "enum" && node.enum.length > 30)) kept[key] = node[key];
  }
  if (node.additionalProperties && typeof node.additionalProperties === "object") {
    kept.additionalProperties = schema(node.additionalProperties);
  } else if (node.additionalProperties !== undefined) {
    kept.additionalProperties = node.additionalProperties;
  }
  if (node.properties) {
    kept.properties = Object.fromEntries(Object.entries(node.properties).map(([name, value]) => [name, schema(value)]));
  }
  if (node.items) kept.items = schema(node.items);
  for (const key of ["allOf", "anyOf", "oneOf"]) if (node[key]) kept[key] = node[key].map(schema);
  return kept;
}

// The kind of a parameter or field: its type and, where it is closed, its values.
function kind(node) {
  node = resolve(node);
  const one = node.oneOf ?? node.anyOf;
  const types = one ? one.map((part) => resolve(part).type ?? "object") : [node.type ?? "object"];
  const kept = { types: [...new Set(types)] };
  if (node.enum && !one) kept.enum = node.enum;
  if (node.maximum !== undefined) kept.maximum = node.maximum;
  return kept;
}

// The value of an example, which may lead to another example.
function example(node) {
  const { value } = resolve(node);
  return value?.$ref ? example(value) : value;
}

function examples(content) {
  const named = content.examples ? Object.entries(content.examples) : content.example ? [["default", { value: content.example }]] : [];
  return Object.fromEntries(named.map(([name, value]) => [name, example(value)]));
}

// Lists of examples are cut: two elements show as much as thirty. An element of "..." stands for what an example leaves
// out.
function cut(value) {
  if (Array.isArray(value)) return value.filter((part) => part !== "...").slice(0, 2).map(cut);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cut(part)]));
  return value;
}

function operation([method, path]) {
  const item = api.paths[path];
  const described = item[method];
  const parameters = [...(item.parameters ?? []), ...(described.parameters ?? [])].map(resolve);
  const body = described.requestBody?.content["application/json"];
  const fields = body ? resolve(body.schema) : undefined;
  const status = ["200", "201"].find((status) => described.responses[status]);
  const reply = resolve(described.responses[status]);
  const type = Object.keys(reply.content).find((type) => type.startsWith("application/json")) ?? Object.keys(reply.content)[0];
  return {
    id: described.operationId,
    method: method.toUpperCase(),
    path,
    deprecated: described.deprecated === true,
    parameters: parameters.map(({ name, in: place, required, schema }) => ({ name, in: place, required: required === true, ...kind(schema) })),
    body: fields && {
      required: fields.required ?? [],
      fields: Object.fromEntries(Object.entries(fields.properties).map(([name, value]) => [name, kind(value)])),
    },
    reply: {
      status: Number(status),
      schema: schema(reply.content[type].schema),
      examples: cut(examples(reply.content[type])),
    },
  };
}

const operations = OPERATIONS.map(operation);
console.log(JSON.stringify({ source: "npm @octokit/openapi 23.0.2, generated/api.github.com.json (MIT)", operations, schemas }));
