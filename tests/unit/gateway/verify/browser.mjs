// A browser that is just enough for the page's script: elements with text and data, files, and node's own WebCrypto.
// Standard input: the script, the page's elements, and what the reader does; standard output: what the page says then.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const { script, elements, file, dropped, without } = JSON.parse(readFileSync(0, 'utf8'));

class Element {
  constructor({ id, text, data, classes }) {
    Object.assign(this, { id, textContent: text, dataset: { ...data }, classes, files: [], listeners: {} });
    this.classList = { add: (name) => this.classes.push(name), remove: () => {} };
  }
  addEventListener(kind, listener) { (this.listeners[kind] ??= []).push(listener); }
  fire(kind, event = {}) { for (const listener of this.listeners[kind] ?? []) listener(event); }
}

const all = elements.map((each) => new Element(each));
const document = new Element({ id: '', text: '', data: {}, classes: [] });
document.getElementById = (id) => all.find((each) => each.id === id) ?? null;
document.querySelectorAll = (selector) => all.filter((each) => each.classes.includes(selector.slice(1)));

const subtle = {
  digest: crypto.subtle.digest.bind(crypto.subtle),
  verify: crypto.subtle.verify.bind(crypto.subtle),
  importKey: async (...given) => {
    if (without.includes('Ed25519')) throw new DOMException('Unrecognized name.', 'NotSupportedError');
    return crypto.subtle.importKey(...given);
  },
};
const globals = {
  document, atob, Blob, Response, TextEncoder, Uint8Array, ArrayBuffer, JSON,
  DecompressionStream: without.includes('DecompressionStream') ? undefined : DecompressionStream,
  crypto: without.includes('subtle') ? {} : { subtle },
};
vm.runInNewContext(script, globals);

if (file !== null) {
  const held = new Blob([Buffer.from(file, 'base64')]);
  if (without.includes('reading')) held.arrayBuffer = async () => { throw new Error('gone'); };
  if (dropped) {
    const event = { dataTransfer: { files: [held] }, prevented: false, preventDefault() { this.prevented = true; } };
    document.getElementById('drop').fire('drop', event);
    document.fire('drop', event);
    if (!event.prevented) throw new Error('the file replaces the page');
  } else {
    document.getElementById('file').files = [held];
    document.getElementById('file').fire('change');
  }
}

const waiting = () => all.some((each) => each.dataset.state === 'waiting');
const deadline = Date.now() + 10_000;
while (waiting() && Date.now() < deadline) await new Promise((turn) => { setTimeout(turn, 1); });
const said = all.filter((each) => 'state' in each.dataset).map((each) => [each.id, each.dataset.state]);
const texts = all.filter((each) => ['which', 'computed'].includes(each.id)).map((each) => [each.id, each.textContent]);
console.log(JSON.stringify(Object.fromEntries([...said, ...texts])));
