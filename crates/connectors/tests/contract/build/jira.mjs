// Jira Cloud, from the zod schemas of jira.js: the platform's API and the Agile API. They tell no scopes, and nothing of the fields
// of an issue; those are here, from the page of each operation at developer.atlassian.com/cloud/jira. Texts are documents.
//
// npm: jira.js@6.2.0
// npm: @atlaskit/adf-schema@57.7.22

import { DOCUMENT, adf } from "./adf.mjs";
import { print } from "./openapi.mjs";
import { whole } from "./typescript.mjs";
import { Client } from "./zod.mjs";

const READ = [["read:jira-work"]];
const WRITE = [["write:jira-work"]];
const USER = [["read:jira-user"]];

const platform = await Client.load("jira.js/dist/cloud");
const agile = await Client.load("jira.js/dist/agile");

const operations = [
  ...Object.entries({
    searchAndReconsileIssuesUsingJql: READ,
    getIssue: READ,
    createIssue: WRITE,
    editIssue: WRITE,
    doTransition: WRITE,
    getTransitions: READ,
    assignIssue: WRITE,
    addComment: WRITE,
    getComments: READ,
    searchProjects: READ,
    getProject: READ,
    findUsers: USER,
    getCurrentUser: USER,
    getProjectVersionsPaginated: READ,
    getVersion: READ,
  }).map(([name, scopes]) => platform.operation(name, { scopes })),
  ...Object.entries({
    getAllBoards: [["read:board-scope:jira-software", "read:project:jira"]],
    getBoard: [["read:board-scope:jira-software", "read:issue-details:jira"]],
    getAllSprints: [["read:sprint:jira-software"]],
    getSprint: [["read:sprint:jira-software"]],
    getIssuesForSprint: [["read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"]],
  }).map(([name, scopes]) => agile.operation(name, { scopes })),
];

const TEXT = { type: "string" };
const named = (...keys) => ({ type: "object", properties: Object.fromEntries(keys.map((key) => [key, TEXT])) });
// Those that every project may have; others are its own.
const FIELDS = {
  type: "object",
  properties: {
    project: named("id", "key"),
    summary: TEXT,
    issuetype: named("id", "name"),
    description: DOCUMENT,
    environment: DOCUMENT,
    assignee: named("id", "accountId"),
    priority: named("id", "name"),
    labels: { type: "array", items: TEXT },
    parent: named("id", "key"),
  },
  additionalProperties: true,
};
const COMMENT = { type: "object", required: ["body"], properties: { body: DOCUMENT }, additionalProperties: true };
const ADDED = { type: "array", items: { type: "object", properties: { add: COMMENT } } };
const UPDATE = { type: "object", properties: { comment: ADDED }, additionalProperties: true };
const OWN = {
  createIssue: { fields: FIELDS },
  editIssue: { fields: FIELDS },
  doTransition: { fields: FIELDS, update: UPDATE },
  addComment: { body: DOCUMENT },
};
for (const { id, body } of operations) Object.assign(body?.schema.properties ?? {}, OWN[id]);

print(whole({
  source: "npm jira.js 6.2.0, zod schemas (MIT); @atlaskit/adf-schema 57.7.22 (Apache-2.0); scopes and fields: developer.atlassian.com/cloud/jira",
  base: "https://api.atlassian.com/ex/jira/{cloud_id}",
  operations,
  schemas: { ...platform.schemas, ...agile.schemas, ...adf },
}));
