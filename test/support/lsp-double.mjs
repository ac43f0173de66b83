// A language server for tests: each line with BAD is an error that names the rest of the line. It lies, stalls, floods and dies as it is told.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const options = {
  // how findings come: 'pull', or published with 'right', 'none', 'wrong' (never told) or 'current' (of the newest text) versions
  findings: 'pull',
  // of each answer and publication, one after the other, in milliseconds
  delays: [0],
  // before each publication one about the text before it
  isStale: false,
  // publishes the findings of a text again and again, so many milliseconds apart; 0 = once
  againMs: 0,
  // what it does at the nth change of a text
  at: 0,
  fault: '',
  ...JSON.parse(process.argv[2] ?? '{}'),
};

const documents = new Map();
const earlier = new Map();
let turn = 0;
let changes = 0;
const watched = [];

const write = (message) => {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
};
const nextDelay = () => options.delays[turn++ % options.delays.length];
const later = (work) => {
  const ms = nextDelay();
  if (ms === 0) work();
  else setTimeout(() => work(), ms);
};

function findingsOf(text) {
  return text.split('\n').flatMap((line, at) => {
    const range = { start: { line: at, character: 0 }, end: { line: at, character: line.length } };
    const [, word] = /BAD (.*)$/.exec(line) ?? [];
    if (word !== undefined)
      return [{ range, severity: 1, source: 'double', code: 7, message: `bad ${word}` }];
    return /\)\]\}>/.test(line) ? [{ range, severity: 1, message: 'no such word' }] : [];
  });
}

const FAULTS = {
  crash: () => process.exit(3),
  hang: () => {
    process.stdin.removeAllListeners('data');
    process.stdin.pause();
    setInterval(() => undefined, 1000);
  },
  flood: () => {
    const line = { method: 'window/logMessage', params: { type: 3, message: 'x'.repeat(1000) } };
    const more = () => {
      for (let count = 0; count < 500; count += 1) write(line);
      setImmediate(more);
    };
    more();
  },
  garbage: () => process.stdout.write('hello, this is no message\n'.repeat(1000)),
  length: () => process.stdout.write('Content-Length: 5\r\n\r\n{"jsonrpc":"2.0"}'),
  huge: () => process.stdout.write(`Content-Length: ${10 ** 12}\r\n\r\n{`),
  memory: () => {
    globalThis.held = [];
    setInterval(() => globalThis.held.push(Buffer.alloc(64 * 1024 * 1024, 1)), 5);
  },
};

function told(uri, version, text) {
  const before = documents.get(uri);
  if (before !== undefined) earlier.set(uri, before);
  documents.set(uri, { version, text });
  changes += 1;
  if (options.fault !== '' && changes === options.at) FAULTS[options.fault]();
  if (options.findings !== 'pull') publish(uri);
}

function publish(uri) {
  const told = documents.get(uri);
  const before = earlier.get(uri) ?? told;
  later(() => {
    const current = documents.get(uri)?.version;
    const versionOf = { right: told.version, none: undefined, wrong: told.version + 1000, current };
    const send = (text, version) =>
      write({
        method: 'textDocument/publishDiagnostics',
        params: {
          uri,
          diagnostics: findingsOf(text),
          ...(version === undefined ? {} : { version }),
        },
      });
    if (options.isStale)
      send(
        before.text,
        options.findings === 'right' ? before.version : versionOf[options.findings],
      );
    send(told.text, versionOf[options.findings]);
    if (options.againMs > 0)
      setInterval(() => send(told.text, versionOf[options.findings]), options.againMs);
  });
}

/** Every place of the word at a position, in all open texts and files that were told to be watched. */
function placesOf(word) {
  return [...documents].flatMap(([uri, { text }]) =>
    text.split('\n').flatMap((line, at) =>
      [...line.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].map(({ index }) => ({
        uri,
        range: {
          start: { line: at, character: index },
          end: { line: at, character: index + word.length },
        },
      })),
    ),
  );
}

function wordAt({ textDocument: { uri }, position: { line, character } }) {
  const text = documents.get(uri)?.text.split('\n')[line] ?? '';
  const start = /\w*$/.exec(text.slice(0, character))?.[0] ?? '';
  return start + (/^\w*/.exec(text.slice(character))?.[0] ?? '');
}

function rename(params) {
  const changed = {};
  const files = options.renames ?? [];
  for (const uri of files)
    if (!documents.has(uri))
      documents.set(uri, { version: 0, text: readFileSync(fileURLToPath(uri), 'utf8') });
  for (const { uri, range } of placesOf(wordAt(params)))
    (changed[uri] ??= []).push({ range, newText: params.newName });
  return options.edit ?? { changes: changed };
}

const ANSWERS = {
  initialize: () => ({
    capabilities: {
      textDocumentSync: 1,
      ...(options.findings === 'pull' ? { diagnosticProvider: {} } : {}),
      ...options.capabilities,
    },
  }),
  shutdown: () => null,
  'textDocument/diagnostic': ({ textDocument: { uri } }) => ({
    kind: 'full',
    items: findingsOf(documents.get(uri)?.text ?? ''),
  }),
  'textDocument/definition': (params) => placesOf(wordAt(params)).slice(0, 1),
  'textDocument/references': (params) => placesOf(wordAt(params)),
  'textDocument/hover': (params) => ({
    contents: { kind: 'plaintext', value: `word ${wordAt(params)}` },
  }),
  'textDocument/rename': rename,
  'workspace/symbol': () =>
    watched.map(({ uri, type }) => ({ name: `event ${type}`, kind: 12, location: { uri } })),
  ...Object.fromEntries(
    Object.entries(options.answers ?? {}).map(([method, answer]) => [method, () => answer]),
  ),
};

function take({ id, method, params }) {
  if (method === 'textDocument/didOpen')
    told(params.textDocument.uri, params.textDocument.version, params.textDocument.text);
  if (method === 'textDocument/didChange')
    told(params.textDocument.uri, params.textDocument.version, params.contentChanges[0].text);
  if (method === 'textDocument/didClose') documents.delete(params.textDocument.uri);
  if (method === 'workspace/didChangeWatchedFiles') watched.push(...params.changes);
  if (method === 'exit') process.exit(0);
  if (id === undefined || method === undefined) return;
  if ((options.silent ?? []).includes(method)) return;
  const answer = ANSWERS[method];
  const respond = () =>
    answer === undefined
      ? write({ id, error: { code: -32601, message: 'not offered' } })
      : write({ id, result: answer(params) });
  if (method === 'initialize' || method === 'shutdown') respond();
  else later(respond);
}

let held = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  for (;;) {
    const end = held.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(held.toString('latin1', 0, end))?.[1]);
    if (held.length < end + 4 + length) return;
    const body = held.toString('utf8', end + 4, end + 4 + length);
    held = held.subarray(end + 4 + length);
    take(JSON.parse(body));
  }
});
process.stdin.on('end', () => process.exit(0));
if (options.fault !== '' && options.at === 0) FAULTS[options.fault]();
