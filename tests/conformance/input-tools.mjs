// Tools and a prompt that ask the client for something before they answer: by `input_required` results in the modern era,
// by requests of the server in the legacy one.
import { acceptedContent, createRequestStateCodec, inputRequired, inputResponse } from "@modelcontextprotocol/server";
import { z } from "zod";

const text = (value) => ({ content: [{ type: "text", text: value }] });
const form = (message, properties, required = Object.keys(properties)) =>
  inputRequired.elicit({ message, requestedSchema: { type: "object", properties, required } });
const name = () => form("What is your name?", { name: { type: "string" } });
// Signs the state that a client carries for us; the SDK checks it before a handler runs.
export const states = createRequestStateCodec({ key: crypto.getRandomValues(new Uint8Array(32)), ttlSeconds: 600 });
const sampling = (question) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: question } }], maxTokens: 100 });
const ask = async (state, inputRequests) => inputRequired({ inputRequests, requestState: await states.mint(state) });

export function registerInputTools(server) {
  const tool = (suffix, description, handler) =>
    server.registerTool(`test_input_required_result_${suffix}`, { description }, async (ctx) => handler(ctx.mcpReq));

  tool("elicitation", "Asks for a name", ({ inputResponses }) => {
    const answer = acceptedContent(inputResponses, "user_name", z.object({ name: z.string() }));
    return answer ? text(`Hello, ${answer.name}!`) : inputRequired({ inputRequests: { user_name: name() } });
  });
  tool("sampling", "Asks the client's model", ({ inputResponses }) => {
    const answer = inputResponse(inputResponses, "capital_question");
    if (answer.kind === "sampling") return text(`Model said: ${answer.result.content.text ?? ""}`);
    return inputRequired({ inputRequests: { capital_question: sampling("What is the capital of France?") } });
  });
  tool("list_roots", "Asks for the client's roots", ({ inputResponses }) => {
    const answer = inputResponse(inputResponses, "client_roots");
    if (answer.kind === "roots") return text(`Roots: ${answer.roots.map((root) => root.uri).join(", ")}`);
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });
  registerStateTools(tool);
  tool("multiple_inputs", "Asks for three things at once", ({ inputResponses }) => {
    const all = ["user_name", "greeting", "client_roots"].every((key) => inputResponse(inputResponses, key).kind !== "missing");
    if (all) return text("all inputs received");
    const inputRequests = { user_name: name(), greeting: sampling("Write a greeting."), client_roots: inputRequired.listRoots() };
    return ask({ step: 1 }, inputRequests);
  });
  tool("capabilities", "Asks only for what the client can give", ({ inputResponses, envelope, _meta }) => {
    const capabilities = (envelope ?? _meta)?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
    if (Object.keys(inputResponses ?? {}).length > 0) return text("capabilities respected");
    const inputRequests = {};
    if (capabilities.elicitation) inputRequests.user_name = name();
    if (capabilities.sampling) inputRequests.greeting = sampling("Write a greeting.");
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text("nothing to ask for");
  });
  // The SDK refuses with −32021 what the client has not declared.
  server.registerTool("test_missing_capability", { description: "Needs the client's model" }, async () =>
    inputRequired({ inputRequests: { question: sampling("Are you there?") } }),
  );
  server.registerTool("test_streaming_elicitation", { description: "Asks for a confirmation" }, async (ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, "confirm");
    return answer ? text("confirmed") : inputRequired({ inputRequests: { confirm: form("Go on?", { ok: { type: "boolean" } }) } });
  });
  server.registerPrompt("test_input_required_result_prompt", { description: "Asks for context" }, async (ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, "user_context");
    if (!answer) return inputRequired({ inputRequests: { user_context: form("Which context?", { context: { type: "string" } }) } });
    return { messages: [{ role: "user", content: { type: "text", text: `Context: ${answer.context}` } }] };
  });
  registerPushTools(server);
}

function registerStateTools(tool) {
  const confirm = () => form("Please confirm", { ok: { type: "boolean" } });

  for (const suffix of ["request_state", "tampered_state"]) {
    tool(suffix, "Carries state across a round trip", (request) =>
      request.requestState() === undefined ? ask({ step: 1 }, { confirm: confirm() }) : text("state-ok"),
    );
  }
  tool("multi_round", "Asks twice", (request) => {
    const step = request.requestState()?.step ?? 0;
    if (step === 0) return ask({ step: 1 }, { step1: form("Step 1", { name: { type: "string" } }) });
    if (step === 1) return ask({ step: 2 }, { step2: form("Step 2", { color: { type: "string" } }) });
    return text("both rounds done");
  });
}

// The legacy era: the server asks on the stream of the call.
function registerPushTools(server) {
  const push = (toolName, description, requestedSchema, inputSchema) =>
    server.registerTool(toolName, { description, inputSchema }, async (args, ctx) => {
      const context = ctx ?? args;
      const message = args.message ?? "Please review the form";
      const answer = await context.mcpReq.elicitInput({ mode: "form", message, requestedSchema });
      return text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`);
    });
  push(
    "test_elicitation",
    "Asks for a user's data",
    { type: "object", properties: { username: { type: "string" }, email: { type: "string" } }, required: ["username", "email"] },
    z.object({ message: z.string() }),
  );
  push("test_elicitation_sep1034_defaults", "Asks with defaults", {
    type: "object",
    properties: {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    },
  });
  const titled = ["value1", "value2", "value3"].map((value, index) => ({ const: value, title: `Option ${index + 1}` }));
  push("test_elicitation_sep1330_enums", "Asks with every kind of choice", {
    type: "object",
    properties: {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: { type: "string", oneOf: titled },
      legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
      untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
      titledMulti: { type: "array", items: { anyOf: titled } },
    },
  });
}
