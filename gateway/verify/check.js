// Checks in the reader's browser what the page says, from what stands on the page and nothing else. The words are in the
// page: here only the outcome of a check is set (yes, no, or unknown where the browser lacks what it takes).
(() => {
  'use strict';

  const element = (id) => document.getElementById(id);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const base64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const tell = (id, state) => { element(id).dataset.state = state; };

  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };

  // A browser that lacks something says nothing of the log. Whatever else goes wrong is the fault of what it was given.
  class Unable extends Error {}
  const able = () => {
    if (!crypto.subtle) throw new Unable('no WebCrypto');
    return crypto.subtle;
  };
  const sha256 = async (...parts) => new Uint8Array(await able().digest('SHA-256', joined(...parts)));

  const verify = async (key, signature, message) => {
    const held = await able().importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
    return able().verify({ name: 'Ed25519' }, held, signature, message);
  };
  // Asked with a signature that is known to be valid (RFC 8032 section 7.1, TEST 1).
  const knowsEd25519 = async () => {
    const key = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
    const signature = '5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==';
    try {
      return await verify(base64(key), base64(signature), utf8(''));
    } catch {
      return false;
    }
  };

  // RFC 6962 section 2.1: a leaf and a node are hashed with different first bytes.
  const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
  const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

  // RFC 9162 section 2.1.3.2: the root that the path leads to, or null where it does not fit the tree. Numbers may pass
  // 2^31, so there are no bit operations.
  const rootOf = async (index, size, leaf, path) => {
    let [fn, sn, r] = [index, size - 1, leaf];
    if (!(index >= 0 && index < size)) return null;
    for (const p of path) {
      if (sn === 0) return null;
      if (fn % 2 === 1 || fn === sn) {
        r = await nodeHash(p, r);
        while (fn !== 0 && fn % 2 === 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
      } else {
        r = await nodeHash(r, p);
      }
      [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    }
    return sn === 0 ? r : null;
  };

  // C2SP tlog-proof: a header, the index, the path; an empty line; the checkpoint, which is a signed note.
  const readProof = (text) => {
    const end = text.indexOf('\n\n');
    const [header, index, ...path] = text.slice(0, end).split('\n');
    if (end < 0 || header !== 'c2sp.org/tlog-proof@v1' || !/^index \d+$/.test(index)) throw new Error('no proof');
    return { index: Number(index.slice(6)), path: path.map(base64), note: text.slice(end + 2) };
  };

  // C2SP signed-note and tlog-checkpoint: the signed text, with what it says, and the signature lines.
  const readNote = (note) => {
    const end = note.lastIndexOf('\n\n');
    const text = note.slice(0, end + 1);
    const [origin, size, root] = text.split('\n');
    const signatures = note.slice(end + 2).trimEnd().split('\n').map((line) => {
      const [dash, name, data] = line.split(' ');
      if (dash !== '\u2014') throw new Error('no signature');
      return { name, data: base64(data) };
    });
    return { text, origin, size: Number(size), root: base64(root), signatures };
  };

  // The kinds of keys: signed-note, tlog-cosignature.
  const [LOG, WITNESS] = [1, 4];

  // C2SP signed-note: a verifier key is a name, a key id that follows from the rest, and the base64 of the kind and the key.
  const readVerifier = async (text) => {
    const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
    const key = base64(encoded);
    const named = hex((await sha256(utf8(`${name}\n`), key)).slice(0, 4));
    if (id !== named) throw new Error('no key');
    return { name, id, kind: key[0], key: key.slice(1) };
  };
  const readVerifiers = async (texts, kind) => {
    const verifiers = await Promise.all(texts.map(readVerifier));
    if (verifiers.some((each) => each.kind !== kind)) throw new Error('no key of this kind');
    return verifiers;
  };

  // What this key has signed on the note, if it has: never twice. A witness (C2SP tlog-cosignature) signs the time that it
  // puts before its signature, and the text.
  const signaturesBy = ({ name, id, kind, key }, note) => {
    const lines = note.signatures.filter((each) => each.name === name && hex(each.data.slice(0, 4)) === id);
    if (lines.length > 1) throw new Error('signed twice');
    return lines.map(({ data }) => {
      if (kind === LOG) return { key, signature: data.slice(4), message: note.text };
      const view = new DataView(data.slice(4, 12).buffer);
      const time = view.getUint32(0) * 4294967296 + view.getUint32(4);
      return { key, signature: data.slice(12), message: `cosignature/v1\ntime ${time}\n${note.text}` };
    });
  };

  const allHold = async (signatures) => {
    if (signatures.some(({ signature }) => signature.length !== 64)) return false;
    if (!await knowsEd25519()) throw new Unable('no Ed25519');
    for (const { key, signature, message } of signatures) {
      if (!await verify(key, signature, utf8(message))) return false;
    }
    return true;
  };

  // All that stands on the page, read. What cannot be read is no proof.
  const readPage = () => {
    const entry = element('entry').textContent;
    const proof = readProof(element('proof').textContent);
    return {
      entry: utf8(entry),
      said: JSON.parse(entry),
      seal: element('seal') && element('seal').textContent,
      sealed: element('seal') && JSON.parse(element('seal').textContent),
      known: all('.known'),
      proof,
      note: readNote(proof.note),
      keys: all('.key').map((each) => each.textContent),
      witnesses: all('.witness').map((each) => each.textContent),
    };
  };

  const checks = {
    // The entry is about this thing and holds its file's hash, or the hash of the seal that holds its files' hashes.
    agrees: async ({ said, seal, sealed, known }) => {
      const about = [said.subject, ...said.concerns].some((each) => each.id === element('check').dataset.id);
      if (!known.length) return about;
      if (!seal) return about && said.after === `sha256:${known[0].textContent}`;
      const whole = known.every((each) => sealed[each.dataset.part] === each.textContent);
      return about && whole && said.after === `sha256:${hex(await sha256(utf8(seal)))}`;
    },
    included: async ({ entry, proof, note }) => {
      const root = await rootOf(proof.index, note.size, await leafHash(entry), proof.path);
      return root !== null && hex(root) === hex(note.root);
    },
    // While the log changes its key, two are its own; one that signed is enough, and none has signed wrongly.
    signed: async ({ note, keys }) => {
      const own = (await readVerifiers(keys, LOG)).filter((key) => key.name === note.origin);
      const signatures = own.flatMap((key) => signaturesBy(key, note));
      return signatures.length > 0 && allHold(signatures);
    },
    // Whoever is named as a witness has signed, and is not the log itself.
    witnessed: async ({ note, witnesses }) => {
      const others = (await readVerifiers(witnesses, WITNESS)).filter((key) => key.name !== note.origin);
      const signatures = others.flatMap((key) => signaturesBy(key, note));
      return signatures.length > 0 && signatures.length === witnesses.length && allHold(signatures);
    },
  };

  const outcome = async (check, page) => {
    try {
      return (await check(page)) ? 'yes' : 'no';
    } catch (error) {
      return error instanceof Unable ? 'unknown' : 'no';
    }
  };

  const checkLog = async () => {
    const asked = Object.keys(checks).filter(element);
    let page;
    try {
      page = readPage();
    } catch {
      asked.forEach((id) => tell(id, 'no'));
      return;
    }
    for (const id of asked) tell(id, await outcome(checks[id], page));
  };

  // A list is on record as it is before it is packed, and is stored packed: both are looked at.
  const unpacked = async (content) => {
    const packed = content[0] === 0x1f && content[1] === 0x8b;
    if (!packed || typeof DecompressionStream === 'undefined') return null;
    try {
      const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream('gzip'));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    } catch {
      return null;
    }
  };

  let latest = 0;
  const checkFile = async (file) => {
    const turn = ++latest;
    const show = (state, computed, which) => {
      if (turn !== latest) return;
      element('computed').textContent = computed;
      element('which').textContent = which;
      tell('told', state);
    };
    show('waiting', '', '');
    try {
      const content = new Uint8Array(await file.arrayBuffer());
      const computed = hex(await sha256(content));
      const inside = await unpacked(content);
      const found = [computed, inside && hex(await sha256(inside))];
      const match = all('.known').find((each) => found.includes(each.textContent));
      show(match ? 'yes' : 'no', match ? match.textContent : computed, match ? match.dataset.name : '');
    } catch {
      show('unknown', '', '');
    }
  };

  const takeFiles = () => {
    const [field, drop] = [element('file'), element('drop')];
    field.addEventListener('change', () => { if (field.files.length) checkFile(field.files[0]); });
    // A file that is dropped beside the field must not replace the page.
    for (const kind of ['dragover', 'drop']) document.addEventListener(kind, (event) => event.preventDefault());
    drop.addEventListener('dragover', () => drop.classList.add('over'));
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      drop.classList.remove('over');
      if (event.dataTransfer.files.length) checkFile(event.dataTransfer.files[0]);
    });
  };

  // Without a script there is nothing to choose and nothing to wait for.
  for (const id of ['drop', 'checks']) if (element(id)) element(id).hidden = false;
  if (element('file')) takeFiles();
  if (element('proof')) checkLog();
})();
