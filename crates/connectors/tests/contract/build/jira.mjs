// Jira Cloud, from the zod schemas of jira.js: the platform's API and the Agile API. They tell no scopes; those are here, from
// the page of each operation at developer.atlassian.com/cloud/jira.
//
// npm: jira.js@6.2.0

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

print(whole({
  source: "npm jira.js 6.2.0, zod schemas (MIT); scopes: developer.atlassian.com/cloud/jira",
  base: "https://api.atlassian.com/ex/jira/{cloud_id}",
  operations,
  schemas: { ...platform.schemas, ...agile.schemas },
}));
