// Turns an SDK that Stainless has made of a vendor's OpenAPI description into an oracle: verbs and paths from the code, types
// of what goes there and back from the typings. Builders pin the SDK and the compiler (`// npm: typescript@5.9.3`).
//
//   oracle({
//     source, base, package: "openai", folder: "resources/admin/organization",
//     page: { first_id: {...} },                    // what a list says besides its `data`
//     operations: [
//       ["get", "/organization/users", "users/users", { query: "UserListParams", list: "OrganizationUser" }],
//       ["post", "/organization/users/{user_id}", "users/users", { body: "UserUpdateParams", reply: "OrganizationUser" }],
//     ],
//   });
//
// The third element is the module of the SDK that sends it; one that does not is an error. A type is one of that module, or
// an expression in which `$` stands for the module. `change` corrects an operation.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { print } from "./openapi.mjs";
import { Typings } from "./typescript.mjs";

const require = createRequire(import.meta.url);
const unnamed = (path) => path.replace(/\{\w+\}/g, "{}");

// What a module sends, as `get /organization/users/{}`.
function sent(file) {
  const calls = readFileSync(require.resolve(file), "utf8").matchAll(/_client\s*\.(get|post|delete|getAPIList)\(\s*(?:\(0, path_1\.path\)\s*)?(['"`])(.*?)\2/g);
  return new Set([...calls].map(([, verb, , path]) => `${verb === "getAPIList" ? "get" : verb} ${path.replace(/\$\{[^}]*\}/g, "{}")}`));
}

export function oracle({ source, base, package: name, folder, page, operations }) {
  const alias = (module) => `M_${module.replace(/\W/g, "_")}`;
  const modules = Object.fromEntries(operations.map(([, , module]) => [alias(module), `${name}/${folder}/${module}.d.ts`]));
  const expression = (module, type) => (type.includes("$") ? type.replaceAll("$", alias(module)) : `${alias(module)}.${type}`);
  const typed = operations.flatMap(([, , module, { query, body, reply, list }]) => [query, body, reply, list].filter(Boolean).map((type) => [`${module} ${type}`, expression(module, type)]));
  const types = new Typings(modules, Object.fromEntries(typed));
  const described = operations.map(([method, path, module, { query, body, reply, list, change }]) => {
    if (!sent(`${name}/${folder}/${module}.js`).has(`${method} ${unnamed(path)}`)) throw new Error(`${module} of ${name} does not send ${method} ${path}`);
    const item = list && { type: "object", required: ["data"], properties: { data: { type: "array", items: types.schema(`${module} ${list}`) }, ...page } };
    const operation = {
      id: `${method} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: [
        ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, types: ["string"] })),
        ...(query ? types.parameters(`${module} ${query}`, "query") : []),
      ],
      body: body && types.body(`${module} ${body}`),
      reply: { status: 200, contentType: "application/json", schema: item ?? types.schema(`${module} ${reply}`), examples: {} },
    };
    change?.(operation);
    return operation;
  });
  print({ source, base, operations: described, schemas: types.schemas });
}
