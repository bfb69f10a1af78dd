// Slack, from the typings of @slack/web-api: arguments and replies of each method. They tell no scopes; those are here, from
// the page of each method at docs.slack.dev/reference/methods.
//
// npm: @slack/web-api@8.2.0
// npm: typescript@5.9.3

import { print } from "./openapi.mjs";
import { Typings, whole } from "./typescript.mjs";

const READ_MESSAGES = ["channels:history", "groups:history", "im:history", "mpim:history"];
const READ_CHANNELS = ["channels:read", "groups:read", "im:read", "mpim:read"];

// Each method: how it is called, its name in the typings, and its scopes. Of those with several, each is for a kind of channel.
const METHODS = {
  "auth.test": ["GET", "AuthTest", []],
  "chat.postMessage": ["POST", "ChatPostMessage", ["chat:write"]],
  "conversations.history": ["GET", "ConversationsHistory", READ_MESSAGES],
  "conversations.info": ["GET", "ConversationsInfo", READ_CHANNELS],
  "conversations.list": ["GET", "ConversationsList", READ_CHANNELS],
  "conversations.replies": ["GET", "ConversationsReplies", READ_MESSAGES],
  "reactions.add": ["POST", "ReactionsAdd", ["reactions:write"]],
  "reactions.remove": ["POST", "ReactionsRemove", ["reactions:write"]],
  "search.messages": ["GET", "SearchMessages", ["search:read"]],
  "team.info": ["GET", "TeamInfo", ["team:read"]],
  "users.info": ["GET", "UsersInfo", ["users:read"]],
  "users.list": ["GET", "UsersList", ["users:read"]],
  "users.lookupByEmail": ["GET", "UsersLookupByEmail", ["users:read.email"]],
};

// The credential may be an argument too; here it is a header.
const TOKEN = "token";

const types = new Typings(
  { Slack: "@slack/web-api/dist/index.d.ts" },
  Object.fromEntries(Object.values(METHODS).flatMap(([, name]) => [
    [`${name}Arguments`, `NonNullable<Slack.${name}Arguments>`],
    [`${name}Response`, `Slack.${name}Response`],
  ])),
);

// What is taken in several forms (a text, blocks, attachments) may be mixed, so they are one.
function body(taken, fields) {
  const { properties, required = [] } = types.fields(taken);
  const kept = Object.fromEntries(fields.map((field) => [field, properties[field]]));
  return {
    contentType: ["application/json", "application/x-www-form-urlencoded"],
    schema: { type: "object", properties: kept, required: required.filter((field) => field !== TOKEN) },
  };
}

const operations = Object.entries(METHODS).map(([method, [verb, name, scopes]]) => {
  const taken = `${name}Arguments`;
  const fields = types.names(taken).filter((field) => field !== TOKEN);
  return {
    id: method,
    method: verb,
    path: `/${method}`,
    scopes: scopes.length ? [scopes] : [],
    parameters: verb === "GET" ? types.parameters(taken, "query", fields) : [],
    body: verb === "GET" ? undefined : body(taken, fields),
    reply: { status: 200, contentType: "application/json", schema: types.schema(`${name}Response`) },
  };
});

print(whole({
  source: "npm @slack/web-api 8.2.0, typings (MIT); scopes: docs.slack.dev/reference/methods",
  base: "https://slack.com/api",
  operations,
  schemas: types.schemas,
}));
