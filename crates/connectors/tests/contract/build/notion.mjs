// Notion, from the typings of its own @notionhq/client: parameters and reply of each endpoint, and which of the parameters go into
// the path, the query and the body.
//
// npm: @notionhq/client@5.26.0
// npm: typescript@5.9.3

import { createRequire } from "node:module";
import { print } from "./openapi.mjs";
import { Typings, whole } from "./typescript.mjs";

// Each endpoint: its name in the client, and its name in the typings.
const ENDPOINTS = {
  search: "Search",
  getDatabase: "GetDatabase",
  getDataSource: "GetDataSource",
  queryDataSource: "QueryDataSource",
  getPage: "GetPage",
  getPageMarkdown: "GetPageMarkdown",
  updatePageMarkdown: "UpdatePageMarkdown",
  createPage: "CreatePage",
  updatePage: "UpdatePage",
  getBlock: "GetBlock",
  listBlockChildren: "ListBlockChildren",
};
const VERSION = "2026-03-11";

const client = createRequire(import.meta.url)("@notionhq/client/build/src/api-endpoints.js");
const types = new Typings(
  { Notion: "@notionhq/client/build/src/api-endpoints.d.ts" },
  Object.fromEntries(Object.values(ENDPOINTS).flatMap((name) => ["Parameters", "Response"].map((part) => [name + part, `Notion.${name}${part}`]))),
);

// What a connection may not see whole comes as an id alone. The whole form is put first, which made replies take.
function reply(schema) {
  const fields = (variant) => Object.keys(types.resolve(variant).properties ?? {}).length;
  return schema.oneOf ? { ...schema, oneOf: schema.oneOf.toSorted((one, other) => fields(other) - fields(one)) } : schema;
}

const operations = Object.entries(ENDPOINTS).map(([endpoint, name]) => {
  const { method, path, pathParams, queryParams, bodyParams } = client[endpoint];
  const parameters = `${name}Parameters`;
  const named = Object.fromEntries(pathParams.map((parameter) => [parameter, `{${parameter}}`]));
  return {
    id: endpoint,
    method: method.toUpperCase(),
    path: `/${path(named)}`,
    parameters: [
      { name: "Notion-Version", in: "header", required: true, types: ["string"], enum: [VERSION] },
      ...types.parameters(parameters, "path", pathParams),
      ...types.parameters(parameters, "query", queryParams),
    ],
    body: bodyParams.length ? types.body(parameters, "application/json", [...pathParams, ...queryParams]) : undefined,
    reply: { status: 200, contentType: "application/json", schema: reply(types.schema(`${name}Response`)) },
  };
});

print(whole({
  source: "npm @notionhq/client 5.26.0, typings (MIT)",
  base: "https://api.notion.com/v1",
  operations,
  schemas: types.schemas,
}, ["number", "lat", "lon"]));
