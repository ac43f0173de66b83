import { describe, expect, it } from 'vitest';
import {
  callItemsSchema,
  completionSchema,
  hoverSchema,
  locationsSchema,
  parseSymbols,
  workspaceEditSchema,
} from '../../../../src/tools/lsp/server/protocol-shapes.js';
import { ServerNotes } from '../../../../src/tools/lsp/server/server-notes.js';
import {
  bounded,
  createLineReader,
  nameOf,
  pathOf,
  showCalls,
  showLocations,
  showOutline,
  showSymbols,
} from '../../../../src/tools/lsp/show-results.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const range = { start: { line: 0, character: 2 }, end: { line: 0, character: 3 } };

describe('what a server answers', () => {
  it('is read in every form of the protocol, and without what is none', () => {
    const location = { uri: 'file:///a.ts', range };
    expect(locationsSchema.parse(null)).toEqual([]);
    expect(locationsSchema.parse(location)).toEqual([location]);
    expect(
      locationsSchema.parse([
        location,
        7,
        { targetUri: 'file:///b.ts', targetSelectionRange: range },
      ]),
    ).toEqual([location, { uri: 'file:///b.ts', range }]);
    expect(hoverSchema.parse({ contents: ['a', { language: 'ts', value: 'b' }] })).toBe('a\n\nb');
    expect(hoverSchema.parse({ contents: { kind: 'markdown', value: 'c' } })).toBe('c');
    expect(hoverSchema.parse(null)).toBe('');
    expect(completionSchema.parse({ items: [{ label: 'x' }, {}] })).toEqual([{ label: 'x' }]);
    expect(completionSchema.parse(null)).toEqual([]);
    expect(
      callItemsSchema.parse([{ name: 'f', uri: 'u', selectionRange: range, data: 1 }]),
    ).toEqual([{ name: 'f', uri: 'u', selectionRange: range, data: 1 }]);
    expect(
      workspaceEditSchema.safeParse({ documentChanges: [{ kind: 'create', uri: 'x' }] }).success,
    ).toBe(false);
    expect(locationsSchema.safeParse('no').success).toBe(false);
  });

  it('is bounded in depth and number', () => {
    let deep: object = { name: 'leaf', selectionRange: range };
    for (let depth = 0; depth < 100; depth += 1)
      deep = { name: `n${depth}`, selectionRange: range, children: [deep] };
    expect(JSON.stringify(parseSymbols([deep])).match(/"name"/g)).toHaveLength(8);
    const many = Array.from({ length: 9000 }, () => ({ uri: 'file:///a', range }));
    expect(locationsSchema.parse(many)).toHaveLength(5000);
    expect(parseSymbols('x')).toEqual([]);
  });
});

describe('the results of a question', () => {
  it('name places with the line that stands there, each once, at most a hundred', async () => {
    const { workspace } = await workspaceFixture({ 'src/a.ts': 'one\n  two\u0007\n' });
    const options = { workdir: workspace.root, reader: createLineReader(workspace.root) };
    const uri = `file://${workspace.root}/src/a.ts`;
    const second = { uri, range: { start: { line: 1, character: 2 }, end: range.end } };
    expect(await showLocations([second, second, { uri: 'jar:x!y', range }], options)).toMatch(
      /^src\/a\.ts:2:3: two.{0,4}\njar:x!y:1:3:$/,
    );
    const many = Array.from({ length: 300 }, (_, line) => ({
      uri,
      range: { ...range, start: { line, character: 0 } },
    }));
    expect((await showLocations(many, options)).split('\n').at(-1)).toBe('(the first 100 of 300)');
    const item = { name: 'f', uri, selectionRange: range };
    expect(await showCalls([item], options)).toBe('f src/a.ts:1:3: one');
  });

  it('show symbols as a tree or as places', () => {
    const symbols = parseSymbols([
      {
        name: 'Shape',
        kind: 5,
        selectionRange: range,
        children: [{ name: 'area', kind: 6, detail: '(): number', selectionRange: range }],
      },
      { name: 'x', kind: 99, location: { uri: 'file:///w/a.ts', range }, containerName: 'Box' },
    ]);
    expect(showOutline(symbols)).toBe('1: class Shape\n  1: method area (): number\n1: symbol x');
    expect(showSymbols(symbols.slice(1), '/w')).toBe('a.ts:1: symbol x in Box');
  });

  it('have names that cannot lead anywhere', () => {
    expect(pathOf('file:///a%20b')).toBe('/a b');
    expect(pathOf('file://host/%00')).toBeUndefined();
    expect(pathOf('http://x')).toBeUndefined();
    expect(nameOf('untitled:\nx', '/w')).not.toContain('\n');
    expect(bounded(Array.from({ length: 500 }, String), 500)).toContain('(the first 400 of 500)');
  });
});

describe('what a server says by itself', () => {
  it('is waited for while it works, and no longer', async () => {
    const handlers = new Map<string, (params: unknown) => unknown>();
    const notes = new ServerNotes();
    let unknown: () => unknown = () => undefined;
    notes.listen(
      {
        onNotification: (method: string, handler: (params: unknown) => unknown) =>
          handlers.set(method, handler),
        onRequest: (method: string | (() => unknown), handler: (params: unknown) => unknown) => {
          if (typeof method === 'string') handlers.set(method, handler);
          else unknown = method;
        },
      } as never,
      { configuration: { a: { b: 1 } } } as never,
    );
    const say = (method: string, params: unknown): unknown => handlers.get(method)?.(params);
    await notes.settled(60_000);
    say('$/progress', { token: 1, value: { kind: 'begin' } });
    let isSettled = false;
    const settled = notes.settled(60_000).then(() => {
      isSettled = true;
    });
    say('$/progress', { token: 2, value: { kind: 'end' } });
    say('$/progress', 'nonsense');
    await Promise.resolve();
    expect(isSettled).toBe(false);
    say('$/progress', { token: 1, value: { kind: 'end' } });
    await settled;
    await notes.settled(60_000, true);
    expect(unknown()).toBeNull();
    expect(
      say('workspace/configuration', { items: [{ section: 'a' }, { section: 'c' }, {}] }),
    ).toEqual([{ b: 1 }, null, null]);
    expect(say('workspace/configuration', 7)).toEqual([]);
    expect(say('workspace/applyEdit', {})).toEqual({ applied: false });
    say('client/registerCapability', { registrations: [{ method: 'textDocument/diagnostic' }] });
    expect([...notes.offered]).toEqual(['textDocument/diagnostic']);
    const heard: unknown[] = [];
    const leave = notes.onPublication((publication) => heard.push(publication));
    say('textDocument/publishDiagnostics', {
      uri: 'u',
      version: 3,
      diagnostics: [{ message: 'm' }],
    });
    say('textDocument/publishDiagnostics', { uri: 7 });
    leave();
    say('textDocument/publishDiagnostics', { uri: 'u', diagnostics: [] });
    expect(heard).toEqual([{ uri: 'u', version: 3, diagnostics: [] }]);
  });
});
