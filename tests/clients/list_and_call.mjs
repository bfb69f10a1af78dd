// Lists an endpoint's tools and calls one with the official TypeScript SDK; prints what it saw as JSON.
//
// usage: SAGEMCP_KEY=... NODE_PREFIX=... list_and_call.mjs URL auto|legacy|2026-07-28 TOOL ARGUMENTS
// NODE_PREFIX is the folder that holds node_modules.

import { createRequire } from "node:module";
import { join } from "node:path";

const { Client, StreamableHTTPClientTransport } = createRequire(join(process.env.NODE_PREFIX, "package.json"))(
  "@modelcontextprotocol/client",
);

const [url, word, tool, args] = process.argv.slice(2);
const mode = word === "auto" || word === "legacy" ? word : { pin: word };

const client = new Client({ name: "sagemcp-tests", version: "1.0.0" }, { versionNegotiation: { mode } });
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${process.env.SAGEMCP_KEY}` } },
});
await client.connect(transport);

const tools = [];
let cursor;
do {
  const page = await client.listTools({ cursor });
  tools.push(...page.tools.map(({ name }) => name));
  cursor = page.nextCursor;
} while (cursor);
const result = await client.callTool({ name: tool, arguments: JSON.parse(args) });

console.log(
  JSON.stringify({
    protocolVersion: client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion()?.name ?? null,
    tools,
    result,
  }),
);
await client.close();
