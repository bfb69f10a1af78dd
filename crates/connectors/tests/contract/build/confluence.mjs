// Confluence Cloud, from the zod schemas of confluence.js: API v2, and of v1 the search and the writing of labels. They tell no
// scopes; those are here, from the page of each operation at developer.atlassian.com/cloud/confluence.
//
// npm: confluence.js@3.2.0
// npm: @atlaskit/adf-schema@57.7.22

import { DOCUMENT_TEXT, adf } from "./adf.mjs";
import { print } from "./openapi.mjs";
import { whole } from "./typescript.mjs";
import { Client } from "./zod.mjs";

const v1 = await Client.load("confluence.js/dist/v1");
const v2 = await Client.load("confluence.js/dist/v2");

const TEXT = { type: "string" };
const written = (representation, value) => ({
  type: "object",
  required: ["representation", "value"],
  properties: { representation: { type: "string", enum: [representation] }, value },
});
const BODY = { oneOf: [written("storage", TEXT), written("atlas_doc_format", DOCUMENT_TEXT), written("wiki", TEXT)] };

// The package takes any body for a page. These are the fields that the pages of the two operations list:
// developer.atlassian.com/cloud/confluence/rest/v2/api-group-page
const CREATED = {
  type: "object",
  required: ["spaceId"],
  properties: {
    spaceId: TEXT,
    status: { type: "string", enum: ["current", "draft"] },
    title: TEXT,
    parentId: TEXT,
    subtype: { type: "string", enum: ["live"] },
    body: BODY,
  },
};
const UPDATED = {
  type: "object",
  required: ["id", "status", "title", "body", "version"],
  properties: {
    id: TEXT,
    status: { type: "string", enum: ["current", "draft"] },
    title: TEXT,
    spaceId: {},
    parentId: {},
    ownerId: {},
    body: BODY,
    version: { type: "object", properties: { number: { type: "integer" }, message: TEXT } },
  },
};

const body = (schema) => ({ contentType: "application/json", optional: false, schema });

const LIMIT = { minimum: 1, maximum: 250 };

const operations = [
  ...Object.entries({
    getSpaces: { scopes: [["read:space:confluence"]] },
    getSpaceById: { scopes: [["read:space:confluence"]] },
    getPages: { scopes: [["read:page:confluence"]] },
    getPageById: { scopes: [["read:page:confluence"]] },
    createPage: { scopes: [["write:page:confluence"]], body: body(CREATED) },
    updatePage: { scopes: [["write:page:confluence"]], body: body(UPDATED) },
    deletePage: { scopes: [["delete:page:confluence"]] },
    getPageDirectChildren: { scopes: [["read:hierarchical-content:confluence"]] },
    getPageFooterComments: { scopes: [["read:comment:confluence"]] },
    createFooterComment: { scopes: [["write:comment:confluence"]] },
    getPageLabels: { scopes: [["read:page:confluence"]] },
    getPageVersions: { scopes: [["read:page:confluence"]] },
    getPageAttachments: { scopes: [["read:attachment:confluence"]] },
  }).map(([name, given]) => v2.operation(name, given)),
  ...Object.entries({
    searchByCQL: [["search:confluence"]],
    addLabelsToContent: [["write:confluence-content"]],
  }).map(([name, scopes]) => v1.operation(name, { scopes })),
];

for (const { id, body, parameters } of operations) {
  if (id === "createFooterComment") body.schema.properties.body = BODY;
  // API v2 gives this many results at once.
  if (id in v2.functions) Object.assign(parameters.find(({ name }) => name === "limit") ?? {}, LIMIT);
}

print(whole({
  source: "npm confluence.js 3.2.0, zod schemas (MIT); @atlaskit/adf-schema 57.7.22 (Apache-2.0); scopes and bodies of pages: developer.atlassian.com/cloud/confluence",
  base: "https://api.atlassian.com/ex/confluence/{cloud_id}",
  operations,
  schemas: { ...v1.schemas, ...v2.schemas, ...adf },
}));
