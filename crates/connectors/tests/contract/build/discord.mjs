// Discord, from discord-api-spec: types made of the OpenAPI description that Discord publishes. Its routes with bodies, queries
// and replies are one interface, by path and method.
//
// npm: discord-api-spec@10.0.266135
// npm: typescript@5.9.3

import { print } from "./openapi.mjs";
import { Typings, whole } from "./typescript.mjs";

const ROUTES = [
  ["get", "/channels/{channel_id}"],
  ["get", "/channels/{channel_id}/messages"],
  ["post", "/channels/{channel_id}/messages"],
  ["delete", "/channels/{channel_id}/messages/{message_id}"],
  ["patch", "/channels/{channel_id}/messages/{message_id}"],
  ["put", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"],
  ["post", "/channels/{channel_id}/messages/{message_id}/threads"],
  ["get", "/guilds/{guild_id}"],
  ["get", "/guilds/{guild_id}/channels"],
  ["get", "/guilds/{guild_id}/members"],
  ["get", "/guilds/{guild_id}/messages/search"],
  ["get", "/guilds/{guild_id}/roles"],
  ["get", "/guilds/{guild_id}/threads/active"],
  ["get", "/users/@me"],
  ["get", "/users/@me/guilds"],
];

const expressions = {};
for (const [method, path] of ROUTES) {
  const route = `Discord.Paths[${JSON.stringify(path)}][${JSON.stringify(method)}]`;
  Object.assign(expressions, {
    [`${method} ${path} query`]: `NonNullable<${route}["parameters"]["query"]>`,
    [`${method} ${path} body`]: `NonNullable<${route}["requestBody"]>`,
    [`${method} ${path} reply`]: `${route}["responses"] extends { "200": infer R } | { "201": infer R } ? R : never`,
  });
}
const types = new Typings({ Discord: "discord-api-spec/build/discord-api-spec.ts" }, expressions);
const has = (name) => Object.keys(types.schema(name)).length > 0;

const operations = ROUTES.map(([method, path]) => {
  const [query, body, reply] = ["query", "body", "reply"].map((part) => `${method} ${path} ${part}`);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, types: ["string"] }));
  return {
    id: `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    parameters: [...inPath, ...(has(query) ? types.parameters(query, "query") : [])],
    body: has(body) ? types.body(body) : undefined,
    reply: has(reply) ? { status: 200, contentType: "application/json", schema: types.schema(reply) } : { status: 204 },
  };
});

print(whole({
  source: "npm discord-api-spec 10.0.266135 (MIT), of discord/discord-api-spec, specs/openapi.json (MIT)",
  base: "https://discord.com/api/v10",
  operations,
  schemas: types.schemas,
}));
