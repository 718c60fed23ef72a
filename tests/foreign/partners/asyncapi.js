// Prints what the official parser of AsyncAPI says about a document, as JSON: node asyncapi.js FILE
// The parser does not compare the examples of version 3 with their schemas, so ajv does it here.

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const told = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("/"), severity }));
const operations = (document?.allOperations().all() ?? []).map((each) => [each.id(), each.action()]);
const ajv = new Ajv({ strict: false, validateFormats: false });
const examples = { count: 0, misfits: [] };
for (const message of document?.allMessages().all() ?? []) {
  for (const example of message.examples().all()) {
    for (const [schema, value] of [[message.payload(), example.payload()], [message.headers(), example.headers()]]) {
      examples.count += 1;
      if (!ajv.validate(schema.json(), value)) examples.misfits.push([message.id(), ajv.errorsText()]);
    }
  }
}
console.log(JSON.stringify({ version: document?.version(), diagnostics: told, operations, examples }));
