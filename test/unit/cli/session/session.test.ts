import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addChangeCommands } from '../../../../src/cli/session/change-commands.js';
import { chosenSession } from '../../../../src/cli/session/chosen-session.js';
import { addFileCommands } from '../../../../src/cli/session/file-commands.js';
import { addReadingCommands, saidIn } from '../../../../src/cli/session/reading-commands.js';
import { addRunCommand } from '../../../../src/cli/session/run.js';
import { sendPrompt } from '../../../../src/cli/session/send-prompt.js';
import { addSessionCommand } from '../../../../src/cli/session/session.js';
import { commandBench } from '../../../support/command-bench.js';

const UNKNOWN = '01hx3v6m2q8w0c5r7t9y1z3b5d';
const HOSTILE = 'x\u001b[2J\u202e<script>';
/** What a terminal or a reader would obey. */
const OBEYED = ['\u001b', '\u202e'];
const AT = '2026-01-02T03:04:05.000Z';

const exported = (turns: readonly object[]): string =>
  JSON.stringify({
    format: 'codetether-session',
    version: 1,
    session_id: UNKNOWN,
    title: HOSTILE,
    agent: 'chat',
    started_at: AT,
    turns,
  });
const turn = (number: number): object => ({
  turn: number,
  at: AT,
  model: 'fake/one',
  prompt: `question ${number} ${HOSTILE}`,
  answer: `answer ${number} ${HOSTILE}`,
});

/** A bench with one session of three prompts, imported. */
async function withImported() {
  const bench = await commandBench((program) => {
    addRunCommand(program);
    addSessionCommand(program);
  });
  await writeFile(join(bench.folder, 's.json'), exported([turn(1), turn(2), turn(3)]));
  const { out } = await bench.run('session', 'import', 's.json', '--json');
  return { ...bench, id: (JSON.parse(out) as { session_id: string }).session_id };
}

describe('codetether run and session', () => {
  it('are made of parts that each have their commands', () => {
    for (const part of [addChangeCommands, addFileCommands, addReadingCommands])
      expect(part).toHaveLength(1);
    expect([chosenSession, saidIn, sendPrompt].map((part) => part.length)).toEqual([2, 2, 3]);
  });

  it.each([
    ['no message', ['run'], 'ERR_USAGE'],
    ['an empty message', ['run', ' \n'], 'ERR_USAGE'],
    ['a message without end', ['run', 'x'.repeat(70_000)], 'ERR_SESSION_INPUT'],
    ['two sessions', ['run', '-c', '-s', UNKNOWN, 'x'], 'ERR_USAGE'],
    ['a session that nobody knows', ['run', '-s', UNKNOWN, 'x'], 'ERR_SESSION_UNKNOWN'],
    ['no session to go on with', ['run', '-c', 'x'], 'ERR_SESSION_UNKNOWN'],
    ['a file that is not there', ['run', 'x', '-f', 'gone'], 'ERR_SESSION_INPUT'],
    ['a folder as a file', ['run', 'x', '-f', '.'], 'ERR_SESSION_INPUT'],
    ['a binary file', ['run', 'x', '-f', 'binary'], 'ERR_SESSION_INPUT'],
    ['a file in another encoding', ['run', 'x', '-f', 'latin'], 'ERR_SESSION_INPUT'],
    ['a file without end', ['run', 'x', '-f', 'large'], 'ERR_SESSION_INPUT'],
    ['too much together', ['run', 'x', '-f', 'a', 'a', 'a'], 'ERR_SESSION_INPUT'],
    [
      'an agent without a repository',
      ['run', 'x', '--agent', 'build'],
      'ERR_SESSION_NEEDS_REPOSITORY',
    ],
    ['a model that is none', ['run', 'x', '-m', 'nonsense'], 'ERR_MODEL_REFERENCE_INVALID'],
    ['no session to show', ['session', 'show'], 'ERR_SESSION_UNKNOWN'],
    ['no session to copy', ['session', 'fork', UNKNOWN], 'ERR_SESSION_UNKNOWN'],
    ['a name that is a path', ['session', 'show', '../../x'], 'ERR_SESSION_UNKNOWN'],
    ['no file to import', ['session', 'import', 'gone'], 'ERR_SESSION_EXPORT'],
    ['a file that is no JSON', ['session', 'import', 'a'], 'ERR_JSON_INVALID'],
  ])('with %s are refused before anything is paid', async (_name, words, code) => {
    const bench = await commandBench((program) => {
      addRunCommand(program);
      addSessionCommand(program);
    });
    await writeFile(join(bench.folder, 'binary'), Buffer.from([1, 0, 2]));
    await writeFile(join(bench.folder, 'latin'), Buffer.from([0x66, 0xfc, 0x72]));
    await writeFile(join(bench.folder, 'large'), 'x'.repeat(200_000));
    await writeFile(join(bench.folder, 'a'), 'x'.repeat(100_000));
    const { code: exit, err } = await bench.run(...words);
    expect([exit, err]).toEqual([2, expect.stringContaining(`error[${code}]`)]);
  });

  it('list, show and export what was said; nothing in it is obeyed', async () => {
    const { run, id, folder } = await withImported();
    const listed = await run('session', 'list');
    expect(listed.out).toContain(id);
    const { sessions } = JSON.parse((await run('session', 'list', '--json')).out) as {
      sessions: { session_id: string; turns: number; agent: string }[];
    };
    expect(sessions).toEqual([
      expect.objectContaining({ session_id: id, turns: 3, agent: 'chat' }),
    ]);
    const shown = await run('session', 'show');
    expect(shown.out).toContain('> question 2');
    for (const { out } of [listed, shown])
      expect(OBEYED.filter((sign) => out.includes(sign))).toEqual([]);
    const { out } = await run('session', 'show', id, '--json');
    const document = JSON.parse(out) as { prompts: { answer: string; in_conversation: boolean }[] };
    expect(document.prompts.map(({ answer }) => answer)).toEqual(
      [1, 2, 3].map((number) => `answer ${number} ${HOSTILE}`),
    );
    expect(
      (await run('session', 'export', id, '--format', 'html', '-o', join(folder, 's.html'))).code,
    ).toBe(0);
    const page = await readFile(join(folder, 's.html'), 'utf8');
    expect(page).toContain('answer 3 x\ufffd[2J\\u{202e}&lt;script&gt;');
    expect([...OBEYED, '<script', 'http:', 'https:'].filter((sign) => page.includes(sign))).toEqual(
      [],
    );
    const markdown = await run('session', 'export');
    expect(markdown.out).toContain('## 3. 2026-01-02 03:04:05 UTC');
    expect((await run('session', 'export', id, '-o', join(folder, 's.html'))).code).toBe(2);
  });

  it('import what was exported, with the same words', async () => {
    const { run, id, folder } = await withImported();
    await run('session', 'export', id, '--format', 'json', '-o', join(folder, 'again.json'));
    const text = await readFile(join(folder, 'again.json'), 'utf8');
    expect((JSON.parse(text) as { turns: object[] }).turns).toEqual([
      expect.objectContaining(turn(1)),
      expect.objectContaining(turn(2)),
      expect.objectContaining(turn(3)),
    ]);
    const { out } = await run('session', 'import', 'again.json');
    expect(out).toContain('3 prompts; go on with: codetether run -s ');
  });

  it('copy a session behind one of its prompts, and delete it', async () => {
    const { run, id } = await withImported();
    const { out } = await run('session', 'fork', id, '--at', '2', '--json');
    const fork = JSON.parse(out) as { session_id: string; turn: number };
    expect(fork).toMatchObject({ fork_of: id, turn: 2 });
    const shown = JSON.parse((await run('session', 'show', fork.session_id, '--json')).out) as {
      prompts: object[];
      fork_of: object;
    };
    expect([shown.prompts.length, shown.fork_of]).toEqual([2, { session_id: id, turn: 2 }]);
    const wrong = await run('session', 'fork', id, '--at', '4');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('ERR_SESSION_TURN')]);
    expect((await run('session', 'fork', id, '--at', 'x')).code).toBe(2);
    expect((await run('session', 'delete', id)).out).toBe(`${id} is deleted\n`);
    expect((await run('session', 'show', id)).err).toContain('ERR_SESSION_UNKNOWN');
    expect((await run('session', 'show', fork.session_id)).code).toBe(0);
  });

  it('take back only one part at a time', async () => {
    const { run, id } = await withImported();
    const both = await run('session', 'rewind', id, '--to', '1', '--files', '--conversation');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('ERR_USAGE')]);
    expect((await run('session', 'rewind', id)).code).toBe(2);
  });
});
