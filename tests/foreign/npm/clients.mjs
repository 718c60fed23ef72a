// Subscribes with the clients that pages use: graphql-ws and graphql-sse. Prints what it saw as JSON.
//   node clients.mjs URL SUPERVISOR RECIPIENT SHORT AREA
// SUPERVISOR, RECIPIENT and SHORT are tokens; SHORT, also a supervisor's, expires soon.
import { randomUUID } from "node:crypto";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const [url, supervisor, recipient, short, area] = process.argv.slice(2);
const seen = {};
const query = "subscription { caseUpdated { id status } }";

async function graphql(token, document, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: document, variables }),
  });
  return response.json();
}

async function complain() {
  const answer = await graphql(
    recipient,
    "mutation($input: FileComplaintInput!) { fileComplaint(input: $input) { case { id } userErrors { code } } }",
    { input: { clientId: randomUUID(), kind: "CONDUCT", text: "Petugas tidak datang.", area } },
  );
  return answer.data.fileComplaint.case.id;
}

// The result about a case, among those that come before it; complaints are filed until one is seen.
async function firstOf(results) {
  let found;
  const reading = (async () => {
    for await (const result of results) {
      found = result;
      break;
    }
  })();
  while (!found) {
    await complain();
    await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 1000))]);
  }
  await reading;
  return found;
}

function wsClient(token, more) {
  return createWsClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${typeof token === "function" ? token() : token}` }),
    ...more,
  });
}

// 1. Both transports bring a change to both people.
const ws = wsClient(supervisor);
seen.ws = await firstOf(ws.iterate({ query }));
const sse = createSseClient({ url, headers: { authorization: `Bearer ${recipient}` } });
seen.sse = await firstOf(sse.iterate({ query }));

// 2. Errors reach the client in its own form.
seen.wsRefused = await new Promise((resolve) =>
  ws.subscribe({ query: "subscription { nothing }" }, { next() {}, complete() {}, error: resolve }),
);
seen.sseRefused = await new Promise((resolve) =>
  sse.subscribe({ query: "subscription { nothing }" }, { next: resolve, complete() {}, error: resolve }),
);

// 3. A token that is not accepted ends it for good; the client does not try again.
let attempts = 0;
const stranger = wsClient(() => (attempts++, "nonsense"));
const end = await new Promise((resolve) =>
  stranger.subscribe({ query }, { next() {}, complete() {}, error: resolve }),
);
seen.stranger = { code: end.code, reason: String(end.reason), attempts };

// 4. A token that expires meanwhile: the client comes back by itself, with the new token.
const tokens = [short, supervisor];
const closed = [];
const renewing = wsClient(() => tokens.shift() ?? supervisor, {
  on: { closed: (event) => closed.push([event.code, String(event.reason)]) },
});
const renewed = renewing.iterate({ query });
const waiting = renewed.next();
while (!closed.length) await new Promise((resolve) => setTimeout(resolve, 50));
let back;
waiting.then((result) => (back = result.value));
while (!back) {
  await complain();
  await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 1000))]);
}
seen.renewed = { closed: closed[0], data: back.data };

await Promise.all([ws.dispose(), renewing.dispose(), stranger.dispose()]);
sse.dispose();
console.log(JSON.stringify(seen));
process.exit(0);
