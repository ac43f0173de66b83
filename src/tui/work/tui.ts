import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULTS } from '../../contracts/light/index.js';
import { formatModelReference, InvalidInputError, type ExitCode } from '../../domain/index.js';
import type { SessionRecord } from '../../runs/index.js';
import { readKeys } from '../screen/keyboard.js';
import { Screen } from '../screen/screen.js';
import { themeOf } from '../screen/theme.js';
import { filesIn } from '../state/commands.js';
import { keysWith, type Action } from '../state/keys.js';
import type { Effect, Message } from '../state/message.js';
import { openView, type Block, type Menu } from '../state/view-state.js';
import { note } from '../state/work.js';
import { carryOut, elsewhere, type CommandDesk } from './carry-out.js';
import { attachedOutput, runShell } from './person-programs.js';
import type { TuiOptions } from './ports.js';
import { followOnScreen } from './runs.js';
import { entriesOf, menuOf } from './search.js';
import { SessionDesk } from './session-desk.js';

/** What a terminal is told before and after: pastes come with marks around them. */
const PASTE = { on: '\u001b[?2004h', off: '\u001b[?2004l' };
/** Signals by which others end the screen; what is at work goes on. */
const LEAVING = ['SIGTERM', 'SIGHUP'] as const;

/** A terminal UI that is open. */
export interface OpenTui {
  /** Resolves once it has been left. */
  readonly ended: Promise<ExitCode>;
}

/** Opens the screen. Throws `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ELSEWHERE` before anything is drawn. */
export async function openTui(options: TuiOptions): Promise<OpenTui> {
  const { config, session } = options;
  const known = session === undefined ? undefined : await sessionHere(session, options);
  const isPlain = (options.environment['NO_COLOR'] ?? '') !== '';
  const theme = themeOf({ ...config.tui, isPlain });
  const keys = keysWith(config.tui.keys);
  const model =
    known === undefined
      ? (config.defaultModel?.reference ?? DEFAULTS.model)
      : formatModelReference(known.options.model);
  const tui = new Tui(options, keys);
  const screen = await Screen.open(openView({ session: null, agent: 'chat', model }), {
    stdout: options.stdout,
    keys,
    theme,
    onEffect: (effect) => tui.handle(effect),
  });
  return { ended: tui.run(screen, known) };
}

async function sessionHere(id: string, { config, cwd }: TuiOptions): Promise<SessionRecord> {
  const { findSession, isOf, sessionPlace } = await import('../../runs/index.js');
  const record = await findSession(config, id);
  if (isOf(record, await sessionPlace(cwd))) return record;
  throw elsewhere(record);
}

/** A screen with everything behind it. */
class Tui {
  private readonly options: TuiOptions;
  private readonly desk: SessionDesk;
  private readonly keys: Readonly<Record<string, Action>>;
  private screen: Screen | undefined;
  private releaseKeys: (() => void) | undefined;
  private readonly leaving = new AbortController();
  /** Programs of the person, and what ends them all. */
  private readonly shells = new Set<Promise<unknown>>();
  private stopping = new AbortController();
  private files: Promise<readonly string[]> | undefined;

  constructor(options: TuiOptions, keys: Readonly<Record<string, Action>>) {
    this.options = options;
    this.keys = keys;
    this.desk = new SessionDesk(options, (message) => this.screen?.take(message));
  }

  /** Works until the person leaves. */
  async run(screen: Screen, known: SessionRecord | undefined): Promise<ExitCode> {
    this.screen = screen;
    const { stdout } = this.options;
    const leave = (): void => this.leaving.abort();
    for (const signal of LEAVING) process.once(signal, leave);
    this.readKeyboard();
    try {
      screen.take({ kind: 'blocks', blocks: [note('/help lists commands and keys')] });
      if (known !== undefined)
        await this.desk.resume(known).catch((error: unknown) => this.desk.fail(error));
      await new Promise<void>((left) => {
        if (this.leaving.signal.aborted) left();
        this.leaving.signal.addEventListener('abort', () => left());
      });
    } finally {
      for (const signal of LEAVING) process.removeListener(signal, leave);
      this.releaseKeys?.();
      this.stopShells();
      await Promise.allSettled(this.shells);
      await screen.close();
      const { session } = this.desk;
      stdout.write(
        `${PASTE.off}${session === null ? '' : `go on with: codetether tui --session ${session}\n`}`,
      );
      await this.desk.close();
    }
    return 0;
  }

  private readKeyboard(): void {
    this.options.stdout.write(PASTE.on);
    this.releaseKeys = readKeys(this.options.stdin, (typed) => this.screen?.type(typed));
  }

  /** Carries out what a person wants; what goes wrong is shown. */
  handle(effect: Effect): void {
    const { session } = this.desk;
    this.carry(effect).catch((error: unknown) => {
      this.desk.fail(error);
      // a question whose answer was refused is over
      const isAsked = !(error instanceof InvalidInputError) && session === this.desk.session;
      const unsaid = unsaidOf(effect, isAsked);
      if (unsaid !== undefined) this.screen?.take(unsaid);
    });
  }

  private async carry(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'send':
        return this.send(effect);
      case 'steer':
        return this.desk.tell(effect.text);
      case 'answer':
        return this.desk.answer(effect.ask, effect.text);
      case 'command':
        return carryOut(this.commands(), effect.name, effect.given);
      case 'shell':
        return this.shell(effect.command);
      case 'search':
        return this.search(effect.menu, effect.words);
      case 'interrupt':
        return this.interrupt();
      case 'stop-shell':
        return this.stopShells();
      case 'quit':
        return this.leaving.abort();
    }
  }

  private send({ text, attached }: Extract<Effect, { readonly kind: 'send' }>): Promise<void> {
    const { cwd } = this.options;
    const files = filesIn(text).filter((path) => isFile(resolve(cwd, path)));
    return this.desk.send([text, ...attached].join('\n\n'), files);
  }

  private async interrupt(): Promise<void> {
    try {
      await this.desk.interrupt();
    } catch (error) {
      this.screen?.take({ kind: 'interrupted' });
      throw error;
    }
  }

  private async shell(command: string): Promise<void> {
    this.screen?.take({ kind: 'blocks', blocks: [{ kind: 'prompt', text: `!${command}` }] });
    const running = runShell(command, this.options, this.stopping.signal);
    this.shells.add(running);
    const end = await running.finally(() => {
      this.shells.delete(running);
      this.screen?.take({ kind: 'shell-end' });
    });
    const failed = end.code === 0 ? [] : [note(`exit ${end.code ?? 'by a signal'}`, 'bad')];
    const output = end.output.trim() === '' ? [] : [{ kind: 'output', text: end.output } as const];
    this.screen?.take({ kind: 'blocks', blocks: [...output, ...failed] });
    this.screen?.take({ kind: 'attached', text: attachedOutput(command, end) });
  }

  private stopShells(): void {
    this.stopping.abort();
    this.stopping = new AbortController();
  }

  private async search(kind: Menu['kind'], words: string): Promise<void> {
    if (kind === 'history') {
      const said = [...new Set((this.screen?.view.history ?? []).toReversed())];
      this.screen?.take({ kind: 'menu', menu: menuOf('history', entriesOf(said), words) });
      return;
    }
    const { placeFiles } = await import('../../runs/index.js');
    this.files ??= placeFiles(this.options.cwd);
    const files = await this.files;
    // what was typed meanwhile asks again
    this.screen?.take({ kind: 'menu', menu: menuOf('files', entriesOf(files), words) });
  }

  private commands(): CommandDesk {
    return {
      options: this.options,
      desk: this.desk,
      keys: this.keys,
      view: () => this.view(),
      take: (message) => this.screen?.take(message),
      setTheme: (theme) => this.screen?.setTheme(theme),
      follow: (ids) => this.follow(ids),
      lend: (work) => this.lend(work),
      quit: () => this.leaving.abort(),
    };
  }

  private view() {
    const { screen } = this;
    return screen === undefined ? openView({ session: null, agent: '', model: '' }) : screen.view;
  }

  private follow(ids: { readonly runId: string; readonly workflowId: string }): void {
    const { screen, desk } = this;
    if (screen === undefined) return;
    const shown = {
      get colours() {
        return screen.colours;
      },
      showBoard: (board: readonly string[]) => screen.showBoard(board),
      showBlocks: (blocks: readonly Block[]) => screen.take({ kind: 'blocks', blocks }),
    };
    desk
      .open()
      .then((open) => followOnScreen(open, ids, { screen: shown, signal: this.leaving.signal }))
      .catch((error: unknown) => desk.fail(error));
  }

  /** Lends the terminal to a program of the person. */
  private async lend<Result>(work: () => Promise<Result>): Promise<Result> {
    this.releaseKeys?.();
    this.screen?.pause();
    try {
      return await work();
    } finally {
      this.readKeyboard();
      this.screen?.resume();
    }
  }
}

/** What is not lost of what could not be said. */
function unsaidOf(effect: Effect, isAsked: boolean): Message | undefined {
  const kind = 'unsaid';
  switch (effect.kind) {
    case 'send':
      return { kind, text: effect.text, attached: effect.attached };
    case 'steer':
      return { kind, text: effect.text };
    case 'answer':
      return { kind, text: effect.text, ask: isAsked ? effect.ask : undefined };
    default:
      return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
