// A server with everything the official conformance suite asks for, written with the official SDK. It runs behind the
// gateway as a hosted server, so that all the suite sees is what the gateway passed on. It serves both eras; `--legacy`
// makes it answer `initialize` only. `--http PORT` serves it without a gateway: the control of the experiment.
import { createServer } from "node:http";

import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, ResourceTemplate, completable, createMcpHandler, fromJsonSchema } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { registerInputTools, states } from "./input-tools.mjs";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const MANY_KEYWORDS = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};
const HEADER_PARAMETER = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
  required: ["region"],
};

const text = (value) => ({ type: "text", text: value });
const image = () => ({ type: "image", data: PIXEL, mimeType: "image/png" });
const embedded = (uri, value = "This is an embedded resource content.") => ({
  type: "resource",
  resource: { uri, mimeType: "text/plain", text: value },
});

function registerTools(server) {
  const plain = (name, description, result) =>
    server.registerTool(name, { description }, async () => result);
  plain("test_simple_text", "Returns a text", { content: [text("This is a simple text response for testing.")] });
  plain("test_image_content", "Returns an image", { content: [image()] });
  plain("test_audio_content", "Returns a sound", { content: [{ type: "audio", data: SILENCE, mimeType: "audio/wav" }] });
  plain("test_embedded_resource", "Returns a resource", { content: [embedded("test://embedded-resource")] });
  plain("test_multiple_content_types", "Returns three kinds of content", {
    content: [text("Multiple content types test:"), image(), embedded("test://mixed-content-resource", '{"test":"data","value":123}')],
  });
  plain("test_error_handling", "Fails", {
    content: [text("This tool intentionally returns an error for testing")],
    isError: true,
  });

  server.registerTool("test_tool_with_progress", { description: "Reports progress" }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      await ctx.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    }
    return { content: [text("done")] };
  });
  const log = async (ctx) => {
    for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await ctx.mcpReq.log("info", message);
    }
    return { content: [text("logged")] };
  };
  server.registerTool("test_tool_with_logging", { description: "Writes three log messages" }, log);
  server.registerTool("test_logging_tool", { description: "Writes three log messages" }, log);
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const reply = await ctx.mcpReq.requestSampling({ messages: [{ role: "user", content: text(prompt) }], maxTokens: 100 });
      return { content: [text(`LLM response: ${reply.content.text ?? ""}`)] };
    },
  );
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Has a schema with many keywords", inputSchema: fromJsonSchema(MANY_KEYWORDS) },
    async () => ({ content: [text("ok")] }),
  );
  server.registerTool(
    "test_header_parameter",
    { description: "Has a parameter that travels in a header as well", inputSchema: fromJsonSchema(HEADER_PARAMETER) },
    async ({ region }) => ({ content: [text(`region: ${region}`)] }),
  );
  for (const kind of ["tool", "prompt"]) {
    server.registerTool(`test_trigger_${kind}_change`, { description: `Says that the ${kind}s changed` }, async () => {
      kind === "tool" ? server.sendToolListChanged() : server.sendPromptListChanged();
      return { content: [text("triggered")] };
    });
  }
}

function registerResources(server) {
  server.registerResource("static-text", "test://static-text", { description: "A text", mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: "This is the content of the static text resource." }],
  }));
  server.registerResource("static-binary", "test://static-binary", { description: "An image", mimeType: "image/png" }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType: "image/png", blob: PIXEL }],
  }));
  server.registerResource("watched", "test://watched-resource", { description: "A watched text", mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: "Watched resource content." }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource("template", template, { description: "Data by id", mimeType: "application/json" }, async (uri, { id }) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
  }));
}

function registerPrompts(server) {
  const user = (content) => ({ role: "user", content });
  server.registerPrompt("test_simple_prompt", { description: "A prompt" }, async () => ({
    messages: [user(text("This is a simple prompt for testing."))],
  }));
  const argsSchema = z.object({
    arg1: completable(z.string(), (value) => ["paris", "park", "party"].filter((word) => word.startsWith(value))),
    arg2: z.string(),
  });
  server.registerPrompt("test_prompt_with_arguments", { description: "A prompt with arguments", argsSchema }, async ({ arg1, arg2 }) => ({
    messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
  }));
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A prompt with a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri }) => ({
      messages: [user(embedded(resourceUri, "Embedded resource content for testing.")), user(text("Please process the embedded resource above."))],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "A prompt with an image" }, async () => ({
    messages: [user(image()), user(text("Please analyze the image above."))],
  }));
}

const CAPABILITIES = {
  logging: {},
  completions: {},
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
};

function build() {
  const server = new McpServer(
    { name: "sagemcp-conformance", version: "1.0.0" },
    { capabilities: CAPABILITIES, requestState: { verify: states.verify } },
  );
  registerTools(server);
  registerInputTools(server);
  registerResources(server);
  registerPrompts(server);
  return server;
}

const port = process.argv[process.argv.indexOf("--http") + 1];
if (process.argv.includes("--http")) {
  createServer(toNodeHandler(createMcpHandler(build))).listen(Number(port), "127.0.0.1");
} else if (process.argv.includes("--legacy")) {
  await build().connect(new StdioServerTransport());
} else {
  serveStdio(build);
}
