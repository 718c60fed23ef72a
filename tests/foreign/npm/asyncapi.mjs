// Parses an AsyncAPI document with AsyncAPI's own parser, and prints its diagnostics as JSON: node asyncapi.mjs FILE
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const { document, diagnostics } = await new asyncapi.Parser().parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify({ version: document?.version() ?? null, diagnostics: diagnostics.map((d) => d.message) }));
