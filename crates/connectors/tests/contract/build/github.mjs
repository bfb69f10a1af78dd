// npm: @octokit/openapi@23.0.2
//
// GitHub's own OpenAPI description, as published on npm.

import { createRequire } from "node:module";
import { oracle } from "./openapi.mjs";

const api = createRequire(import.meta.url)("@octokit/openapi/generated/api.github.com.json");

// A path within a repository takes slashes.
const contents = api.paths["/repos/{owner}/{repo}/contents/{path}"];
api.paths["/repos/{owner}/{repo}/contents/{+path}"] = contents;

// Which payload an event has follows from its type, which the description says in prose: an event of each kind.
const event = api.components.schemas.event;
api.components.schemas.event = {
  oneOf: event.properties.payload.oneOf.map((payload) => {
    const name = payload.$ref.split("/").at(-1);
    const type = name.split("-").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
    return { ...event, properties: { ...event.properties, type: { type: "string", const: type }, payload } };
  }),
};

// The example of a file says "encoded content ..." where base64 belongs.
function encoded(operation) {
  for (const example of Object.values(operation.reply.examples)) {
    if (example?.encoding === "base64") example.content = "IyBIZWxs\nbyB3b3JsZAo=\n";
  }
}

oracle(api, {
  source: "npm @octokit/openapi 23.0.2, generated/api.github.com.json (MIT)",
  change: encoded,
  operations: [
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
    ["get", "/repos/{owner}/{repo}/contents/{+path}"],
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
  ],
});
