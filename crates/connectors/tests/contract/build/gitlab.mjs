// npm: @gitbeaker/core@43.8.0
// npm: typescript@5.9.3
//
// GitLab, from @gitbeaker/core. Each operation names the method of the package that sends it: the method is called, which
// gives verb and path, and its declaration says what it takes and answers.

import { Declarations } from "./declarations.mjs";

const gitlab = await import("@gitbeaker/core");
const types = new Declarations("@gitbeaker/core/dist/index.d.ts", "ProjectSchema", ["duration", "queued_duration"]);
const { ts, checker } = types;
const schemaOf = (type) => types.convert(type, []);

// Class and method, how many arguments stand before the options, and options that choose the path.
const METHODS = [
  ["Projects", "all", 0],
  ["Projects", "show", 1],
  ["ProjectMembers", "all", 1, { includeInherited: true }],
  ["Groups", "all", 0],
  ["Users", "all", 0],
  ["MergeRequests", "all", 0, { projectId: "{projectId}" }],
  ["MergeRequests", "show", 2],
  ["MergeRequests", "create", 4],
  ["MergeRequests", "allDiffs", 2],
  ["MergeRequestDiscussions", "all", 2],
  ["MergeRequestNotes", "create", 3],
  ["Issues", "all", 0, { projectId: "{projectId}" }],
  ["Issues", "show", 1, { projectId: "{projectId}" }],
  ["Issues", "create", 2],
  ["Issues", "edit", 2],
  ["ProjectMilestones", "all", 1],
  ["ProjectLabels", "all", 1],
  ["Pipelines", "all", 1],
  ["Pipelines", "show", 2],
  ["Pipelines", "retry", 2],
  ["Jobs", "all", 1, { pipelineId: "{pipelineId}" }],
  ["Jobs", "showLog", 2],
  ["Branches", "all", 1],
  ["Commits", "all", 1],
  ["Repositories", "allRepositoryTrees", 1],
  ["RepositoryFiles", "showRaw", 3],
];

// Options of the package rather than of GitLab, and those that chose the path.
const OWN = new Set(["projectId", "groupId", "pipelineId", "includeInherited", "sudo", "showExpanded", "maxPages", "pagination"]);

/** The name that goes over the wire. */
const wire = (name) => name.replace(/IId\b/, "Iid").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Verb and path of a method, and which of its arguments the path holds. */
async function sent(className, method, names, options) {
  let seen;
  const note = (verb) => (path) => {
    seen = { verb, path };
    throw new Error("noted");
  };
  const requester = Object.fromEntries(["get", "post", "put", "delete", "patch"].map((verb) => [verb, note(verb)]));
  const service = new gitlab[className]({ host: "https://gitlab.com", token: "none", requesterFn: () => requester });
  try {
    await service[method](...names.map((name) => `{${name}}`), ...(options ? [options] : []));
  } catch (error) {
    if (!seen) throw error;
  }
  const prefix = new URL(service.url).pathname.replace("/api/v4", "");
  const path = `${prefix}/${decodeURIComponent(seen.path)}`.replace(/^\/+/, "/");
  return { method: seen.verb.toUpperCase(), path };
}

/** The declarations of a method, the most general one last. */
function declarations(className, method) {
  const symbol = checker.getPropertyOfType(types.type(className), method);
  return symbol.declarations.filter((one) => ts.isMethodDeclaration(one) || ts.isMethodSignature(one));
}

/** The type of what comes back: the first argument of GitlabAPIResponse in the promise. */
function answered(declaration) {
  const response = declaration.type.typeArguments[0];
  if (response.typeName?.getText() !== "GitlabAPIResponse") throw new Error(`${declaration.name.getText()}: ${response.getText()}`);
  return checker.getTypeFromTypeNode(response.typeArguments[0]);
}

/** The options of a declaration, as properties with schemas. */
function options(declaration, count) {
  const parameterNode = declaration.parameters[count];
  if (!parameterNode) return {};
  const type = checker.getNonNullableType(checker.getTypeAtLocation(parameterNode));
  const found = {};
  const parts = type.isIntersection() ? type.types : [type];
  for (const part of parts) {
    const branches = part.isUnion() ? part.types : [part];
    for (const symbol of branches.flatMap((branch) => checker.getPropertiesOfType(branch))) {
      if (!OWN.has(symbol.name)) found[wire(symbol.name)] = schemaOf(checker.getTypeOfSymbol(symbol));
    }
  }
  return found;
}

// Every list has pages, and at most this many on one: https://docs.gitlab.com/api/rest/#pagination
const page = [
  { name: "page", in: "query", types: ["integer"], minimum: 1 },
  { name: "per_page", in: "query", types: ["integer"], minimum: 1, maximum: 100 },
];

const operations = [];
for (const [className, method, count, chosen] of METHODS) {
  const all = declarations(className, method);
  const last = all.at(-1);
  const names = last.parameters.slice(0, count).map((one) => one.name.getText());
  const { method: verb, path } = await sent(className, method, names, chosen);
  const required = names.filter((name) => !path.includes(`{${name}}`));
  const more = Object.assign({}, ...all.map((one) => options(one, count)));
  const fields = Object.fromEntries(required.map((name) => {
    const node = last.parameters[names.indexOf(name)];
    return [wire(name), schemaOf(checker.getTypeAtLocation(node))];
  }));
  // Of several answers the one of the first declaration has most: `withCounts` adds the counts of labels.
  const reply = schemaOf(answered(className === "ProjectLabels" ? all[0] : last));
  const text = verb === "GET" && /\/(raw|trace)$/.test(path);
  // https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
  const scopes = verb === "GET" ? [["read_api"], ["api"]] : [["api"]];
  const operation = { id: `${className}.${method}`, method: verb, path: wire(path), scopes };
  if (verb === "GET") {
    const pages = reply.type === "array" ? page : [];
    const others = Object.entries({ ...more, ...fields }).filter(([name]) => !pages.some((one) => one.name === name));
    operation.parameters = [...others.map(([name, schema]) => types.parameter(name, schema)), ...pages];
  } else if (required.length + Object.keys(more).length > 0) {
    operation.body = { contentType: ["application/json"], optional: required.length === 0, schema: {
      type: "object", properties: { ...more, ...fields }, required: required.map(wire) } };
  }
  operation.reply = text
    ? { status: 200, contentType: "text/plain", examples: { text: "one line\nanother\n" } }
    : { status: verb === "POST" ? 201 : 200, schema: reply };
  operations.push(operation);
}

// The notes in the discussions of a merge request are those that adding one to a discussion answers with.
types.schemas.DiscussionSchema.properties.notes.items = schemaOf(
  answered(declarations("MergeRequestDiscussions", "addNote").at(-1)));

console.log(JSON.stringify({
  source: "npm @gitbeaker/core 43.8.0 (MIT)", base: "https://gitlab.com/api/v4", operations, schemas: types.schemas }));
