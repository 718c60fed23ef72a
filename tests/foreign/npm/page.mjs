// A page of another origin, in headless Chromium: uploads a photo and a signature, records a handover, and sees the photo.
// node page.mjs GATEWAY TOKEN PACKAGE PHOTO SIGNATURE
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const [gateway, token, packageCode, photoFile, signatureFile, port] = process.argv.slice(2);
const files = Object.fromEntries(
  [["photo", photoFile], ["signature", signatureFile]].map(([name, file]) => [name, readFileSync(file).toString("base64")]),
);
const site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>Page</title>"));
await new Promise((resolve) => site.listen(Number(port), "127.0.0.1", resolve));
const browser = await puppeteer.launch({
  args: [...chromium.args, "--no-sandbox"],
  executablePath: await chromium.executablePath(),
  headless: "shell",
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  console.log(JSON.stringify(await page.evaluate(inPage, gateway, token, packageCode, files)));
} finally {
  await browser.close();
  site.close();
}

// Runs in the page.
async function inPage(gateway, token, packageCode, files) {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  async function graphql(query, variables) {
    const answer = await fetch(`${gateway}/graphql`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", traceparent },
      body: JSON.stringify({ query, variables }),
    });
    const body = await answer.json();
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  }

  async function upload(purpose, filename, contentType, base64) {
    const content = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { createUpload } = await graphql(
      `mutation($input: CreateUploadInput!) {
        createUpload(input: $input) { upload { id url method headers { name value } } userErrors { code message } }
      }`,
      { input: { purpose, filename, contentType, size: content.length, sha256 } },
    );
    if (createUpload.userErrors.length) throw new Error(JSON.stringify(createUpload.userErrors));
    const { id, url, method, headers } = createUpload.upload;
    const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    const sent = await fetch(url, { method, headers: { ...given, traceparent }, body: content });
    if (!sent.ok) throw new Error(`upload: ${sent.status} ${await sent.text()}`);
    return id;
  }

  const { viewer } = await graphql(`{ viewer { assignments(first: 1) { nodes { entitlements(status: PENDING, first: 1) { nodes {
    id items { sku quantity } recipient { location { latitude longitude } } } } } } } }`);
  const due = viewer.assignments.nodes[0].entitlements.nodes[0];
  const photoId = await upload("EVIDENCE_PHOTO", "photo.jpg", "image/jpeg", files.photo);
  const signatureId = await upload("SIGNATURE", "signature.png", "image/png", files.signature);
  const { recordHandover } = await graphql(
    `mutation($input: RecordHandoverInput!) {
      recordHandover(input: $input) { handover { id status photo { url sha256 } } userErrors { code field message } }
    }`,
    {
      input: {
        clientId: crypto.randomUUID(), entitlementId: due.id, packageCode, items: due.items,
        receivedBy: { kind: "RECIPIENT" }, occurredAt: new Date().toISOString(), photoId, signatureId,
        location: { ...due.recipient.location, accuracy: 8, mocked: false },
      },
    },
  );
  if (recordHandover.userErrors.length) throw new Error(JSON.stringify(recordHandover.userErrors));
  const image = new Image();
  image.src = recordHandover.handover.photo.url;
  await image.decode();
  return { origin: location.origin, status: recordHandover.handover.status, width: image.naturalWidth };
}
