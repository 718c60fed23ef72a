// Prints what the official parser of AsyncAPI says about a document, as JSON: node asyncapi.js FILE

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const told = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("/"), severity }));
const operations = (document?.allOperations().all() ?? []).map((each) => [each.id(), each.action()]);
console.log(JSON.stringify({ version: document?.version(), diagnostics: told, operations }));
