import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Gateway } from '../../../../src/client/gateway.js';
import { loadConfig } from '../../../../src/config/load.js';
import { savedRuns } from '../../../../src/runs/results/command-stores.js';
import type { OpenGateway } from '../../../../src/runs/open-gateway.js';
import { carryOut, type CommandDesk } from '../../../../src/tui/work/carry-out.js';
import type { TuiOptions } from '../../../../src/tui/work/ports.js';
import { SessionDesk } from '../../../../src/tui/work/session-desk.js';
import { DEFAULT_KEYS } from '../../../../src/tui/state/keys.js';
import type { Message } from '../../../../src/tui/state/message.js';
import { editorWith } from '../../../../src/tui/state/editor.js';
import { openView } from '../../../../src/tui/state/view-state.js';
import { openingSession } from '../../../support/session-workflow.js';

/** A server that takes connections: whether there is one is looked at before anything is sent. */
async function listening(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const provider = (port: number): string =>
  `default_model = "double/one"\n[providers.double]\nwire = "openai-chat"\nbase_url = "http://127.0.0.1:${port}/v1"\nauth = "none"\n`;

/** A desk over a service that is made up; `isUp` says whether it can be reached. */
async function bench() {
  const home = mkdtempSync(join(tmpdir(), 'ct-desk-'));
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'ct-place-')));
  const file = join(home, 'config.toml');
  writeFileSync(file, provider(await listening()));
  const config = { ...(await loadConfig({ configFile: file, project: cwd })), home };
  const asked: unknown[] = [];
  const messages: Message[] = [];
  const state = {
    isUp: true,
    refusal: undefined as Error | undefined,
    /** What a message waits for before the service takes it. */
    held: Promise.resolve(),
  };
  const gateway = {
    say: async (input: unknown, request: unknown) => {
      asked.push(['say', input, request]);
      await state.held;
      if (state.refusal !== undefined) throw state.refusal;
      return { turn: 1, isKnown: false };
    },
    rewindSession: async (_input: unknown, request: unknown) => {
      asked.push(['rewind', request]);
      return 'the conversation is as behind prompt 0';
    },
    messageSubtask: async (...words: unknown[]) => {
      asked.push(['tell', ...words]);
      return 'T1 has no agent at this moment';
    },
    answerStory: async (...words: unknown[]) => {
      asked.push(['answer', ...words]);
      return 'told';
    },
    cancelRun: async (runId: string) => {
      asked.push(['cancel', runId]);
    },
    events: { read: async () => ({ events: [], nextOffset: 0, skipped: 0 }) },
    records: { read: async () => undefined },
    condition: async () => 'open',
  } as unknown as Gateway;
  const environment: Record<string, string | undefined> = { PATH: '/usr/bin:/bin' };
  const options: TuiOptions = {
    config,
    cwd,
    environment,
    stdin: new PassThrough(),
    stdout: Object.assign(new EventEmitter(), { write: () => true }),
    connect: async () => {
      if (!state.isUp) throw new Error('the service is away');
      const open: OpenGateway = {
        gateway,
        hasSearchAttributes: true,
        close: async () => undefined,
      };
      return open;
    },
    program: [],
  };
  const desk = new SessionDesk(options, (message) => messages.push(message));
  onTestFinished(() => desk.close());
  const written = { draft: '' };
  const commands: CommandDesk = {
    options,
    desk,
    keys: DEFAULT_KEYS,
    view: () => ({
      ...openView({ session: null, agent: 'chat', model: 'double/one' }),
      editor: editorWith(written.draft),
    }),
    take: (message) => messages.push(message),
    setTheme: () => undefined,
    follow: () => undefined,
    lend: (work) => work(),
    quit: () => asked.push('quit'),
  };
  return {
    config,
    cwd,
    desk,
    messages,
    asked,
    state,
    environment,
    written,
    run: (name: string, given = '') => carryOut(commands, name, given),
    shown: () => JSON.stringify(messages.filter(({ kind }) => kind === 'blocks')),
  };
}

describe('a desk', () => {
  it('begins a session with the first message, as a chat that may ask, and goes on in it', async () => {
    const { desk, asked, messages } = await bench();
    await desk.send('say hello', []);
    expect(asked).toMatchObject([
      ['say', { opening: { session: { access: 'chat' } } }, { questions: { unattended: 'deny' } }],
    ]);
    expect(messages.map(({ kind }) => kind)).toEqual(['sending', 'session', 'sent']);
    expect(desk.session).toMatch(/^[0-9a-z]{26}$/);
  });

  it('is not held up by a message that could not be sent, and knows no session then', async () => {
    const { desk, asked, state, messages } = await bench();
    state.isUp = false;
    await expect(desk.send('one', [])).rejects.toThrow('the service is away');
    state.isUp = true;
    state.refusal = new Error('too many');
    await expect(desk.send('two', [])).rejects.toThrow('too many');
    expect(desk.session).toBeNull();
    state.refusal = undefined;
    await desk.send('three', []);
    expect(asked).toHaveLength(2);
    const sent = messages.filter((message) => message.kind === 'sent');
    expect(sent.map(({ turn }) => turn)).toEqual([null, null, 1]);
  });

  it.each([false, true])(
    'says a message where it was written, though another session is shown by then (refused: %s)',
    async (isRefused) => {
      const { desk, asked, state, messages, config, cwd } = await bench();
      let release = (): void => undefined;
      state.held = new Promise<void>((open) => {
        release = open;
      });
      desk.choices.model = 'double/one';
      const first = desk.send('one', []);
      const second = desk.send('two', []);
      await vi.waitFor(() => expect(asked).toHaveLength(1), 20_000);
      const begun = desk.session ?? '';
      const record = openingSession({ folder: cwd }, { repository: cwd, runId: begun });
      if (!isRefused) await savedRuns(config).save(record);
      desk.leave();
      const third = desk.send('three', []);
      if (isRefused) state.refusal = new Error('too many');
      release();
      const ends = await Promise.allSettled([first, second, third]);
      expect(ends.map(({ status }) => status === 'rejected')).toEqual([
        isRefused,
        isRefused,
        isRefused,
      ]);
      const sessions = asked.map((words) => ((words as unknown[])[1] as { runId: string }).runId);
      // a session that was refused is begun once more by what waited behind it, and not shown
      expect(new Set(sessions).size).toBe(isRefused ? 3 : 2);
      expect(sessions[0]).toBe(begun);
      if (!isRefused) expect(sessions[1]).toBe(begun);
      const shown = messages.flatMap((message) =>
        message.kind === 'session' ? [message.session] : [],
      );
      expect(shown).toEqual([begun, null, sessions[2], ...(isRefused ? [null] : [])]);
      const sent = messages.flatMap((message) => (message.kind === 'sent' ? [message] : []));
      expect(sent.map(({ session }) => session)).toEqual(sessions);
      expect(desk.session).toBe(isRefused ? null : sessions[2]);
    },
  );

  it('shows the session that was chosen last, whichever can be read first', async () => {
    const { desk, cwd, config, messages } = await bench();
    const [first, last] = ['1', '2'].map((end) =>
      openingSession({ folder: cwd }, { repository: cwd, runId: `${'0'.repeat(25)}${end}` }),
    );
    if (first === undefined || last === undefined) throw new Error('two were made');
    await savedRuns(config).save(first);
    await savedRuns(config).save(last);
    const standstill = { kind: 'paused' as const, reason: 'by request', since: '', until: null };
    await Promise.all([desk.resume(first), desk.resume({ ...last, standstill })]);
    expect(desk.session).toBe(last.runId);
    const shown = messages.flatMap((message) =>
      message.kind === 'session' ? [message.session] : [],
    );
    expect(shown).toEqual([null, null, last.runId]);
    expect(messages).toContainEqual(expect.objectContaining({ pausedFor: 'by request' }));
  });

  it('refuses a file that is no text before anything is sent', async () => {
    const { desk, asked, cwd } = await bench();
    writeFileSync(join(cwd, 'picture.png'), Buffer.from([0x89, 0x50, 0]));
    await expect(desk.send('look @picture.png', ['picture.png'])).rejects.toMatchObject({
      code: 'ERR_SESSION_INPUT',
      message: 'picture.png: it is no text',
    });
    expect(asked).toEqual([]);
  });

  it('tells, stops and takes back in the session that it shows', async () => {
    const { desk, asked, config, cwd, shown } = await bench();
    const opening = openingSession({ folder: cwd }, { repository: cwd });
    const story = (status: string) =>
      ({
        story: {
          id: 'T1',
          title: 'say it',
          description: '',
          acceptanceCriteria: [],
          priority: 1,
          dependsOn: [],
          complexity: 1,
          passes: false,
          verificationSteps: [],
        },
        status,
        attempts: [],
        commit: null,
        reason: '',
      }) as never;
    const record = { ...opening, stories: [story('failed')] };
    await savedRuns(config).save(record);
    await desk.resume(record);
    await expect(desk.tell('x')).rejects.toMatchObject({
      code: 'ERR_STORY_NOT_RUNNING',
    });
    await expect(desk.undo()).rejects.toMatchObject({ code: 'ERR_SESSION_TURN' });
    const ask = { source: 'agent', story: 'T1', call: 'd1', text: 'May it?', isConsent: true };
    await desk.answer(ask, 'yes');
    // a log of an earlier build does not tell which
    await desk.answer({ ...ask, call: '' }, 'no');
    await savedRuns(config).save({ ...record, stories: [story('running')] });
    await desk.tell('look there');
    expect(shown()).toContain('T1 has no agent at this moment');
    await desk.interrupt();
    expect(asked).toEqual([
      ['answer', record.runId, 'T1', { text: 'yes', call: 'd1' }],
      ['answer', record.runId, 'T1', 'no'],
      ['tell', record.runId, 'T1', 'look there'],
      ['cancel', record.runId],
    ]);
    desk.leave();
    await expect(desk.interrupt()).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
  });
});

describe('a command of the screen', () => {
  it('that is unknown, or lacks its words, is refused', async () => {
    const { run } = await bench();
    await expect(run('explode')).rejects.toMatchObject({ code: 'ERR_SCREEN_COMMAND' });
    await expect(run('swarm')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(run('script')).rejects.toMatchObject({
      code: 'ERR_USAGE',
      hint: '/script NAME [JSON]',
    });
    await expect(run('model', 'no-slash')).rejects.toMatchObject({ exitCode: 2 });
    await expect(run('cost')).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    await expect(run('resume', 'unknown')).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    await expect(run('editor')).rejects.toMatchObject({ code: 'ERR_EDITOR' });
  });

  it('opens an editor over what is half written', async () => {
    const { run, environment, written, messages, cwd } = await bench();
    const editor = join(cwd, 'edit.sh');
    writeFileSync(editor, '#!/bin/sh\nprintf " and more" >> "$1"\n', { mode: 0o755 });
    environment['EDITOR'] = editor;
    written.draft = 'half';
    await run('editor');
    expect(messages).toEqual([{ kind: 'editor', text: 'half and more' }]);
  });

  it('shows help, chooses model, agent and theme, and lists sessions', async () => {
    const { run, shown, desk, asked, messages } = await bench();
    await run('help');
    expect(shown()).toContain('/sessions');
    expect(shown()).toContain('ctrl+c');
    await run('model', 'other/two');
    await run('agent', 'build');
    expect(desk.choices).toEqual({ model: 'other/two', agent: 'build' });
    await run('agent', 'chat');
    expect(desk.choices.agent).toBeUndefined();
    await run('model');
    await run('agent');
    await run('theme', 'blue');
    expect(shown()).toContain('themes: dark, light, none');
    await run('sessions');
    expect(shown()).toContain('no sessions here yet');
    await run('view');
    expect(messages.at(-1)).toMatchObject({ kind: 'typed' });
    await run('quit');
    expect(asked).toEqual(['quit']);
  });

  it('refuses to go on with the session of another place', async () => {
    const { run, config } = await bench();
    const record = openingSession();
    await savedRuns(config).save(record);
    await expect(run('resume', record.runId)).rejects.toMatchObject({
      code: 'ERR_SESSION_ELSEWHERE',
    });
  });
});
