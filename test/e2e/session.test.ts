import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useScriptedProject } from '../support/scripted-project.js';
import type { ModelTask, ScriptedReply } from '../support/scripted-model.js';
import { documentOf, say } from '../support/session-project.js';

let script: (task: ModelTask) => ScriptedReply | Promise<ScriptedReply>;
const scripted = useScriptedProject((task) => script(task));

const folder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'ct-session-')));
/** What the person said last. */
const said = ({ heard }: ModelTask): string =>
  heard.split('\n').find((line) => line.startsWith('say ')) ?? '';

/** Writes the word that it is told into a file of that name, then says so. */
const writing = (task: ModelTask): ScriptedReply => {
  const word = /say (\w+)/.exec(said(task))?.[1];
  if (word === undefined) return { content: `done: ${task.turn}` };
  const given = { path: `${word}.txt`, content: `${word}\n` };
  return { calls: [{ name: 'write_file', arguments: given }] };
};

interface SessionDocument {
  readonly session_id: string;
  readonly status: string;
  readonly branch: string | null;
  readonly base_commit: string | null;
  readonly turns_in_conversation: number;
  readonly fork_of: { readonly session_id: string; readonly turn: number } | null;
  readonly prompts: readonly {
    readonly turn: number;
    readonly prompt: string | null;
    readonly answer: string | null;
    readonly in_conversation: boolean;
    readonly commit: string | null;
    readonly git: { readonly branch: string; readonly dirty_files: number } | null;
  }[];
}

describe('a chat', () => {
  it('answers on standard output, and goes on where it ended with -c and -s', async () => {
    script = (task) => ({ content: `${task.turn}: you ${said(task)}` });
    const { project, model } = scripted;
    const place = folder();
    writeFileSync(join(place, 'notes.txt'), 'the secret word is heron\n');
    const first = await project.run(place, 'run', 'say hello', '-f', 'notes.txt');
    expect(first).toMatchObject({ code: 0, stdout: '0: you say hello\n' });
    expect(model.requests.at(-1)?.shown).toContain('the secret word is heron');
    const second = await say(project, place, '-c', 'say again');
    expect(second).toMatchObject({
      code: 0,
      document: { text: '1: you say again', turn: 2, status: 'unverified', model_calls: 1 },
    });
    const id = second.document.session_id;
    const third = await say(project, place, '-s', id, 'say once more');
    expect(third.document).toMatchObject({ text: '2: you say once more', turn: 3 });
    // the model was shown what was said before
    expect(model.requests.at(-1)?.shown).toContain('say hello');
    const shown = await project.run(place, 'runs', 'show', id);
    expect(shown.stdout).toContain('say hello');
    const listed = await project.run(place, 'session', 'list');
    expect(listed.stdout).toMatch(new RegExp(`${id} .* 3 +chat +waits +say hello`));
  });

  it('prints what happens as documents, one a line, with the answer last', async () => {
    script = () => ({ content: 'an answer\u001b[2J' });
    const { project } = scripted;
    const { stdout, code } = await project.run(folder(), 'run', 'say lines', '--format', 'jsonl');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string });
    expect(code).toBe(0);
    expect(lines.find(({ type }) => type === 'story.start')).toMatchObject({ text: 'say lines' });
    // while it is made, beside the event log
    const deltas = lines.filter(({ type }) => type === 'delta.text');
    expect(deltas.map(({ text }) => text).join('')).toBe('an answer\u001b[2J');
    expect(lines.at(-1)).toMatchObject({ type: 'answer', text: 'an answer\u001b[2J' });
    expect(stdout).not.toContain('\u001b');
  });

  it('refuses what cannot be sent before anything is paid', async () => {
    script = () => ({ content: 'paid' });
    const { project, model } = scripted;
    const place = folder();
    writeFileSync(join(place, 'picture.bin'), Buffer.from([0, 1, 2]));
    const before = model.requests.length;
    const unknown = '01hx3v6m2q8w0c5r7t9y1z3b5d';
    const tries: readonly (readonly [readonly string[], string])[] = [
      [['run'], 'ERR_USAGE'],
      [['run', '-c', 'say x'], 'ERR_SESSION_UNKNOWN'],
      [['run', '-s', unknown, 'say x'], 'ERR_SESSION_UNKNOWN'],
      [['run', '-s', '../../etc/passwd', 'say x'], 'ERR_SESSION_UNKNOWN'],
      [['run', '-c', '-s', unknown, 'say x'], 'ERR_USAGE'],
      [['run', 'say x', '-f', 'absent.txt'], 'ERR_SESSION_INPUT'],
      [['run', 'say x', '-f', 'picture.bin'], 'ERR_SESSION_INPUT'],
      [['run', '--agent', 'build', 'say x'], 'ERR_SESSION_NEEDS_REPOSITORY'],
      [['session', 'show', unknown], 'ERR_SESSION_UNKNOWN'],
      [['session', 'delete', unknown], 'ERR_SESSION_UNKNOWN'],
    ];
    for (const [words, code] of tries) {
      const result = await project.run(place, ...words);
      expect([words.join(' '), result.code, result.stderr]).toEqual([
        words.join(' '),
        2,
        expect.stringContaining(`error[${code}]`),
      ]);
    }
    expect(model.requests.length).toBe(before);
  });

  it('is exported, and goes on after it was imported elsewhere', async () => {
    script = (task) => ({ content: `<script>alert(1)</script> \u202e ${said(task)}` });
    const { project, model } = scripted;
    const [place, other] = [folder(), folder()];
    await say(project, place, 'say "first" <b>');
    await say(project, place, '-c', 'say second');
    const html = await project.run(place, 'session', 'export', '--format', 'html');
    expect(html.stdout).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.stdout).not.toMatch(/<script|\u202e/);
    const markdown = await project.run(place, 'session', 'export');
    expect(markdown.stdout).toContain('> say second');
    const file = join(other, 'session.json');
    await project.run(place, 'session', 'export', '--format', 'json', '-o', file);
    const again = await project.run(place, 'session', 'export', '-o', file);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('ERR_OUTPUT_FILE') });
    const imported = await project.run(other, 'session', 'import', 'session.json', '--json');
    const { session_id: id } = documentOf<{ session_id: string; turns: number }>(imported);
    const third = await say(project, other, '-s', id, 'say third');
    expect(third.document).toMatchObject({ status: 'unverified', turn: 3 });
    expect(model.requests.at(-1)?.shown).toContain('say "first" <b>');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"turn": 2', '"turn": "two"'));
    const corrupt = await project.run(other, 'session', 'import', 'session.json');
    expect(corrupt.code).toBe(2);
    expect(corrupt.stderr).toMatch(/ERR_SESSION_EXPORT.*\n.*line \d+, turns\.1\.turn/);
  });
});

describe('a session with an agent', () => {
  it('changes files of its own, warns when the repository moved, and is merged', async () => {
    script = writing;
    const { project } = scripted;
    const repository = project.repository({ stories: [] });
    const first = await say(project, repository, '--agent', 'build', 'say one');
    expect(first).toMatchObject({
      code: 0,
      document: { text: 'done: 1', changed_files: ['one.txt'] },
    });
    const id = first.document.session_id;
    expect(existsSync(join(repository, 'one.txt'))).toBe(false);
    expect(project.git(repository, 'status', '--porcelain')).toBe('');
    writeFileSync(join(repository, 'README.md'), '# moved\n');
    project.git(repository, 'commit', '-qam', 'moved');
    writeFileSync(join(repository, 'draft.txt'), 'draft\n');
    const second = await say(project, repository, '-c', 'say two');
    expect(second.stderr).toMatch(/HEAD of the repository moved from \w{10} to \w{10}/);
    expect(second.stderr).toContain('(0 files then, 1 file now)');
    const shown = documentOf<SessionDocument>(
      await project.run(repository, 'session', 'show', '--json'),
    );
    expect(shown.prompts.map(({ git }) => git)).toEqual([
      expect.objectContaining({ branch: 'main', dirty_files: 0 }),
      expect.objectContaining({ branch: 'main', dirty_files: 1 }),
    ]);
    expect(project.git(repository, 'show', `${shown.branch ?? ''}:two.txt`)).toBe('two');
    const diff = await project.run(repository, 'session', 'diff', id);
    expect(diff.stdout).toContain('+two');
    const elsewhere = await project.run(project.repository({ stories: [] }), 'run', '-s', id, 'x');
    expect(elsewhere).toMatchObject({ code: 2 });
    expect(elsewhere.stderr).toContain('ERR_SESSION_ELSEWHERE');
    const other = await project.run(repository, 'run', '-s', id, '--agent', 'plan', 'x');
    expect(other.stderr).toContain('ERR_SESSION_AGENT');
    const merged = await project.run(repository, 'session', 'merge', id);
    expect(merged).toMatchObject({ code: 0 });
    expect(readFileSync(join(repository, 'two.txt'), 'utf8')).toBe('two\n');
    expect(readFileSync(join(repository, 'README.md'), 'utf8')).toBe('# moved\n');
  });

  it('is taken back and copied with its files, and deleted', async () => {
    script = writing;
    const { project, model } = scripted;
    const repository = project.repository({ stories: [] });
    const { document } = await say(project, repository, '--agent', 'build', 'say first');
    const id = document.session_id;
    await say(project, repository, '-s', id, 'say second');
    const forked = await project.run(repository, 'session', 'fork', id, '--at', '1', '--json');
    const copy = documentOf<{ session_id: string }>(forked).session_id;
    const rewound = await project.run(repository, 'session', 'rewind', id, '--to', '1', '--files');
    expect(rewound).toMatchObject({ code: 0, stdout: 'the files are as behind prompt 1\n' });
    const read = async (session: string): Promise<SessionDocument> =>
      documentOf(await project.run(repository, 'session', 'show', session, '--json'));
    expect((await read(id)).turns_in_conversation).toBe(2);
    script = () => ({ content: 'looked' });
    await say(project, repository, '-s', id, 'say third');
    expect(model.requests.at(-1)?.shown).toContain('took the files back');
    // the copy has the files and the conversation of the first prompt, and goes its own way
    script = writing;
    await say(project, repository, '-s', copy, 'say other');
    expect(model.requests.at(-1)?.shown).not.toContain('say second');
    const other = await read(copy);
    expect(other).toMatchObject({ fork_of: { session_id: id, turn: 1 }, turns_in_conversation: 2 });
    const log = project.git(repository, 'log', '--format=%s', `main..${other.branch ?? ''}`);
    expect(log.split('\n')).toEqual(['T2: say other', 'T1: say first']);
    await project.run(repository, 'session', 'rewind', id, '--to', '1', '--conversation');
    expect((await read(id)).turns_in_conversation).toBe(1);
    const wrong = await project.run(repository, 'session', 'rewind', id, '--to', '2', '--both');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('ERR_SESSION_TURN') });
    const { branch } = await read(id);
    const deleted = await project.run(repository, 'session', 'delete', id);
    expect(deleted).toMatchObject({ code: 0 });
    expect(project.git(repository, 'branch', '--list', branch ?? 'none')).toBe('');
    const gone = await project.run(repository, 'session', 'show', id);
    expect(gone.stderr).toContain('ERR_SESSION_UNKNOWN');
    expect((await read(copy)).prompts.length).toBe(2);
  });

  it('is not merged past a red check, also where the branch has not moved', async () => {
    script = writing;
    const { project } = scripted;
    const manifest = JSON.stringify({ name: 'demo', scripts: { test: 'test ! -e one.txt' } });
    const repository = project.repository({ stories: [], files: { 'package.json': manifest } });
    const { document } = await say(project, repository, '--agent', 'build', 'say one');
    const before = project.git(repository, 'rev-parse', 'main');
    const merged = await project.run(repository, 'session', 'merge', document.session_id);
    expect(merged.code).toBe(1);
    expect(`${merged.stdout}${merged.stderr}`).toContain('npm test');
    expect(project.git(repository, 'rev-parse', 'main')).toBe(before);
  });

  it('tells of files that may not land, keeps them, and the next agent knows', async () => {
    // whole it would be taken out of what the model says
    const command = `printf 'ghp_%s%s%s\\n' ${Array(3).fill('a1B2a1B2a1B2').join(' ')} > key.ts`;
    script = ({ turn }) => {
      if (turn > 0) return { content: turn === 1 ? 'the key is there' : 'looked' };
      return { calls: [{ name: 'bash', arguments: { command } }] };
    };
    const { project, model } = scripted;
    const repository = project.repository({ stories: [] });
    const first = await say(project, repository, '--agent', 'build', 'say keys');
    expect(first).toMatchObject({
      code: 1,
      document: { text: 'the key is there', status: 'failed', commit: null },
    });
    expect(first.stderr).toMatch(/failed: .*key\.ts.*what it changed is on session\//s);
    const kept = /what it changed is on (\S+)/.exec(first.document.reason)?.[1] ?? '';
    expect(project.git(repository, 'show', '--name-only', '--format=', kept)).toBe('key.ts');
    const second = await say(project, repository, '-c', 'say more');
    expect(second).toMatchObject({ code: 0, document: { text: 'looked' } });
    expect(model.requests.at(-1)?.shown).toContain('What you changed at prompt 1 is not among');
    // it goes with the session
    await project.run(repository, 'session', 'delete', first.document.session_id);
    expect(project.git(repository, 'branch', '--list', kept)).toBe('');
  });
});
