// Atlassian Document Format, from the JSON Schema in the package of Atlassian's editor. A builder that uses it pins that:
// `// npm: @atlaskit/adf-schema@57.7.22`.

import { createRequire } from "node:module";

// Its schemas by name. An oracle that refers to documents has them among its own.
export const { definitions: adf } = createRequire(import.meta.url)("@atlaskit/adf-schema/json-schema/v1/full.json");

// A document, and a text that holds one as JSON.
export const DOCUMENT = { $ref: "doc_node" };
export const DOCUMENT_TEXT = { type: "string", contentSchema: DOCUMENT };
