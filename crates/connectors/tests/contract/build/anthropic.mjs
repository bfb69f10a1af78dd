// npm: @anthropic-ai/sdk@1.13.0
// npm: typescript@5.9.3
//
// Anthropic's Admin API, from Anthropic's SDK. Its reports of usage and cost are not in there; facts/anthropic_reports.json
// has them.

import { oracle } from "./stainless.mjs";

const ORGANIZATION = "/v1/organizations";
// The type is in another module.
const MEMBER = "$.WorkspaceMembersPage['data'][number]";
const WORKSPACE = `${ORGANIZATION}/workspaces/{workspace_id}`;

oracle({
  source: "npm @anthropic-ai/sdk 1.13.0, resources/organization (MIT)",
  base: "https://api.anthropic.com",
  package: "@anthropic-ai/sdk",
  folder: "resources/organization",
  page: { has_more: { type: "boolean" }, first_id: { type: "string", nullable: true }, last_id: { type: "string", nullable: true } },
  operations: [
    ["get", `${ORGANIZATION}/me`, "organization", { reply: "OrganizationInfo" }],
    ["get", `${ORGANIZATION}/users`, "users", { query: "UserListParams", list: "OrganizationUser" }],
    ["post", `${ORGANIZATION}/users/{user_id}`, "users", { body: "UserUpdateParams", reply: "OrganizationUser" }],
    ["delete", `${ORGANIZATION}/users/{user_id}`, "users", { reply: "UserRemoveResponse" }],
    ["get", `${ORGANIZATION}/invites`, "invites", { query: "InviteListParams", list: "OrganizationInvite" }],
    ["post", `${ORGANIZATION}/invites`, "invites", { body: "InviteCreateParams", reply: "OrganizationInvite" }],
    ["delete", `${ORGANIZATION}/invites/{invite_id}`, "invites", { reply: "InviteDeleteResponse" }],
    ["get", `${ORGANIZATION}/workspaces`, "workspaces/workspaces", { query: "WorkspaceListParams", list: "Workspace" }],
    ["post", `${ORGANIZATION}/workspaces`, "workspaces/workspaces", { body: "WorkspaceCreateParams", reply: "Workspace" }],
    ["get", WORKSPACE, "workspaces/workspaces", { reply: "Workspace" }],
    ["get", `${WORKSPACE}/members`, "workspaces/members", { query: "MemberListParams", list: MEMBER }],
    ["post", `${WORKSPACE}/members`, "workspaces/members", { body: "MemberAddParams", reply: MEMBER }],
    ["get", `${ORGANIZATION}/api_keys`, "api-keys", { query: "APIKeyListParams", list: "APIKey" }],
    ["post", `${ORGANIZATION}/api_keys/{api_key_id}`, "api-keys", { body: "APIKeyUpdateParams", reply: "APIKey" }],
  ],
});
