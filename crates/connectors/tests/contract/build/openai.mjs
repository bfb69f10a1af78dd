// npm: openai@6.49.0
// npm: typescript@5.9.3
//
// OpenAI's administration API, from OpenAI's SDK.

import { oracle } from "./stainless.mjs";

const ORGANIZATION = "/organization";
const PROJECT = `${ORGANIZATION}/projects/{project_id}`;

// A report's type lists the results of all kinds of reports; one report has one kind.
function usage(report, kind) {
  const whole = `$.Usage${report}Response`;
  const bucket = `Omit<${whole}.Data, "results"> & { results: Array<${whole}.Data.${kind}> }`;
  return { query: `Usage${report}Params`, reply: `Omit<${whole}, "data"> & { data: Array<${bucket}> }` };
}

// What the SDK writes with brackets: lists, and the bounds of times.
function bracketed(operation) {
  const bounds = ["gt", "gte", "lt", "lte"].map((bound) => ({ name: `effective_at[${bound}]`, in: "query", types: ["integer"] }));
  operation.parameters = operation.parameters
    .filter(({ name }) => name !== "effective_at")
    .map((parameter) => (parameter.types.includes("array") ? { ...parameter, name: `${parameter.name}[]`, enum: undefined } : parameter))
    .concat(bounds);
}

oracle({
  source: "npm openai 6.49.0, resources/admin/organization (Apache-2.0)",
  base: "https://api.openai.com/v1",
  package: "openai",
  folder: "resources/admin/organization",
  page: { object: { type: "string" }, has_more: { type: "boolean" }, first_id: { type: "string", nullable: true }, last_id: { type: "string", nullable: true } },
  operations: [
    ["get", `${ORGANIZATION}/usage/completions`, "usage", usage("Completions", "OrganizationUsageCompletionsResult")],
    ["get", `${ORGANIZATION}/usage/embeddings`, "usage", usage("Embeddings", "OrganizationUsageEmbeddingsResult")],
    ["get", `${ORGANIZATION}/usage/code_interpreter_sessions`, "usage", usage("CodeInterpreterSessions", "OrganizationUsageCodeInterpreterSessionsResult")],
    ["get", `${ORGANIZATION}/costs`, "usage", usage("Costs", "OrganizationCostsResult")],
    ["get", `${ORGANIZATION}/users`, "users/users", { query: "UserListParams", list: "OrganizationUser" }],
    ["post", `${ORGANIZATION}/users/{user_id}`, "users/users", { body: "UserUpdateParams", reply: "OrganizationUser" }],
    ["delete", `${ORGANIZATION}/users/{user_id}`, "users/users", { reply: "UserDeleteResponse" }],
    ["get", `${ORGANIZATION}/invites`, "invites", { query: "InviteListParams", list: "Invite" }],
    ["post", `${ORGANIZATION}/invites`, "invites", { body: "InviteCreateParams", reply: "Invite" }],
    ["get", `${ORGANIZATION}/projects`, "projects/projects", { query: "ProjectListParams", list: "Project" }],
    ["post", `${ORGANIZATION}/projects`, "projects/projects", { body: "ProjectCreateParams", reply: "Project" }],
    ["get", PROJECT, "projects/projects", { reply: "Project" }],
    ["get", `${PROJECT}/api_keys`, "projects/api-keys", { query: "APIKeyListParams", list: "ProjectAPIKey" }],
    ["get", `${PROJECT}/service_accounts`, "projects/service-accounts/service-accounts", { query: "ServiceAccountListParams", list: "ProjectServiceAccount" }],
    ["get", `${ORGANIZATION}/audit_logs`, "audit-logs", { query: "AuditLogListParams", list: "AuditLogListResponse", change: bracketed }],
  ],
});
