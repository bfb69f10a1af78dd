// npm: @octokit/openapi@23.0.2
//
// Copilot in GitHub's own OpenAPI descriptions, as published on npm. The audit log is in that of Enterprise Cloud only.

import { createRequire } from "node:module";
import { oracle } from "./openapi.mjs";

const require = createRequire(import.meta.url);
const api = require("@octokit/openapi/generated/api.github.com.json");
const cloud = require("@octokit/openapi/generated/ghec.json");
const AUDIT_LOG = "/orgs/{org}/audit-log";
api.paths[AUDIT_LOG] = cloud.paths[AUDIT_LOG];
for (const kind of ["parameters", "schemas", "examples"]) {
  api.components[kind] = { ...cloud.components[kind], ...api.components[kind] };
}

// Scopes are told in prose: "need either the `a` or `b` scopes", "need the `a` scope".
function scopes(operation, described) {
  const prose = described.description.match(/personal access tokens \(classic\) need [^.]*? scopes?\b/)?.[0] ?? "";
  const named = [...prose.matchAll(/`([^`]+)`/g)].map(([, scope]) => [scope]);
  if (operation.path !== AUDIT_LOG && !named.length) throw new Error(`${operation.id} names no scope`);
  operation.scopes = operation.path === AUDIT_LOG ? [["read:audit_log"]] : named;
}

// The links of the examples lead to example.com, where no report is.
function change(operation, described) {
  scopes(operation, described);
  if (operation.path.includes("/reports/")) operation.reply.examples = {};
}

oracle(api, {
  source: "npm @octokit/openapi 23.0.2, generated/api.github.com.json and generated/ghec.json (MIT)",
  change,
  operations: [
    ["get", "/orgs/{org}/copilot/billing"],
    ["get", "/orgs/{org}/copilot/billing/seats"],
    ["post", "/orgs/{org}/copilot/billing/selected_users"],
    ["delete", "/orgs/{org}/copilot/billing/selected_users"],
    ["get", "/orgs/{org}/copilot/content_exclusion"],
    ["get", "/orgs/{org}/copilot/metrics/reports/organization-1-day"],
    ["get", "/orgs/{org}/copilot/metrics/reports/organization-28-day/latest"],
    ["get", "/orgs/{org}/copilot/metrics/reports/users-1-day"],
    ["get", "/orgs/{org}/members/{username}/copilot"],
    ["get", AUDIT_LOG],
  ],
});
