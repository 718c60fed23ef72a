// A browser that is just enough for the page's script: elements with text and data, files, and node's own WebCrypto.
// A line of standard input: the script, the page's elements, and what the reader does; of standard output: what the page
// says in the end.
import { createInterface } from 'node:readline';
import vm from 'node:vm';

class Element {
  constructor({ id, text, data, classes }) {
    Object.assign(this, { id, textContent: text, dataset: { ...data }, classes, files: [], listeners: {} });
    this.classList = { add: (name) => this.classes.push(name), remove: () => {} };
  }
  addEventListener(kind, listener) { (this.listeners[kind] ??= []).push(listener); }
  fire(kind, event = {}) { for (const listener of this.listeners[kind] ?? []) listener(event); }
}

const pageOf = (all) => {
  const document = new Element({ id: '', text: '', data: {}, classes: [] });
  document.getElementById = (id) => all.find((each) => each.id === id) ?? null;
  document.querySelectorAll = (selector) => all.filter((each) => each.classes.includes(selector.slice(1)));
  return document;
};

const globalsOf = (document, without) => {
  const subtle = {
    digest: crypto.subtle.digest.bind(crypto.subtle),
    verify: crypto.subtle.verify.bind(crypto.subtle),
    importKey: async (...given) => {
      if (without.includes('Ed25519')) throw new DOMException('Unrecognized name.', 'NotSupportedError');
      return crypto.subtle.importKey(...given);
    },
  };
  return {
    document, atob, Blob, Response, TextEncoder, Uint8Array,
    DecompressionStream: without.includes('DecompressionStream') ? undefined : DecompressionStream,
    crypto: without.includes('subtle') ? {} : { subtle },
  };
};

const give = (document, content, { dropped, without }) => {
  const file = new Blob([content]);
  if (without.includes('reading')) file.arrayBuffer = async () => { throw new Error('gone'); };
  if (!dropped) {
    document.getElementById('file').files = [file];
    document.getElementById('file').fire('change');
    return;
  }
  const event = { dataTransfer: { files: [file] }, prevented: false, preventDefault() { this.prevented = true; } };
  document.getElementById('drop').fire('drop', event);
  document.fire('drop', event);
  if (!event.prevented) throw new Error('the file replaces the page');
};

const settled = async (all) => {
  const deadline = Date.now() + 10_000;
  while (all.some((each) => each.dataset.state === 'waiting') && Date.now() < deadline) {
    await new Promise((turn) => { setTimeout(turn, 1); });
  }
};

const visit = async ({ script, elements, file, ...how }) => {
  const all = elements.map((each) => new Element(each));
  const document = pageOf(all);
  vm.runInNewContext(script, globalsOf(document, how.without));
  if (file !== null) give(document, Buffer.from(file, 'base64'), how);
  await settled(all);
  const said = all.filter((each) => 'state' in each.dataset).map((each) => [each.id, each.dataset.state]);
  const texts = all.filter((each) => ['which', 'computed'].includes(each.id)).map((each) => [each.id, each.textContent]);
  return Object.fromEntries([...said, ...texts]);
};

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await visit(JSON.parse(line))));
}
