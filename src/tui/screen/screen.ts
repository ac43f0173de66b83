import type { Action, Typed } from '../state/keys.js';
import type { Effect, Message } from '../state/message.js';
import { reduce } from '../state/reduce.js';
import { standingOf, type ViewState } from '../state/view-state.js';
import { blockLines } from './blocks.js';
import { createFrames, type Frames } from './frames.js';
import { liveLines } from './live.js';
import { loadInk } from './load-ink.js';
import { EndlessTerminal, sizeOf, type TerminalStream } from './terminal.js';
import type { Theme } from './theme.js';

/** What a {@link Screen} is made of. */
export interface ScreenOptions {
  readonly stdout: TerminalStream;
  readonly keys: Readonly<Record<string, Action>>;
  readonly theme: Theme;
  readonly onEffect: (effect: Effect) => void;
}

/** Seconds on the clock of what is at work, and the mark that turns, once in a while without any event. */
const TICK_MS = 500;

type Ink = Awaited<ReturnType<typeof loadInk>>;

/** Holds the state, and draws it as often as it may. */
export class Screen {
  private readonly options: ScreenOptions;
  private readonly ink: Ink;
  private readonly terminal: EndlessTerminal;
  private readonly instance: ReturnType<Ink['render']>;
  private readonly frames: Frames;
  private readonly ticking: NodeJS.Timeout;
  private state: ViewState;
  private theme: Theme;
  private board: readonly string[] = [];
  private batch = 0;
  private isPaused = false;

  private constructor(ink: Ink, state: ViewState, options: ScreenOptions) {
    this.ink = ink;
    this.options = options;
    this.state = state;
    this.theme = options.theme;
    this.terminal = new EndlessTerminal(options.stdout);
    // before ink hears of it: what it draws again has the new width then
    options.stdout.prependListener('resize', this.onResize);
    const stdout = this.terminal.forInk();
    this.instance = ink.render(this.frame(), {
      stdout,
      stderr: stdout,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    this.frames = createFrames(() => this.draw());
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    this.ticking.unref();
  }

  /** A screen that shows `state`. */
  static async open(state: ViewState, options: ScreenOptions): Promise<Screen> {
    return new Screen(await loadInk(), state, options);
  }

  /** How it stands. */
  get view(): ViewState {
    return this.state;
  }

  /** Takes in what a person typed. */
  type(typed: Typed): void {
    this.take({ kind: 'typed', typed });
  }

  /** Takes in what happened. */
  take(message: Message): void {
    const { state, effects } = reduce(this.state, message, this.options.keys);
    if (state !== this.state) {
      this.state = state;
      this.frames.request(message.kind === 'typed' || message.kind === 'menu' ? 'key' : 'work');
    }
    for (const effect of effects) this.options.onEffect(effect);
  }

  /** Shows the run that is followed; none = no run is. */
  showBoard(board: readonly string[]): void {
    this.board = board;
    this.frames.request('work');
  }

  /** Colours from now on. */
  setTheme(theme: Theme): void {
    this.theme = theme;
    this.frames.request('key');
  }

  /** The colours of this moment. */
  get colours(): Theme {
    return this.theme;
  }

  /** Draws nothing while another program has the terminal. */
  pause(): void {
    this.isPaused = true;
  }

  /** Draws again. */
  resume(): void {
    this.isPaused = false;
    this.frames.request('key');
  }

  /** Draws what is still to be drawn and gives the terminal back. */
  async close(): Promise<void> {
    clearInterval(this.ticking);
    this.frames.request('key');
    this.frames.end();
    this.options.stdout.removeListener('resize', this.onResize);
    const exited = this.instance.waitUntilExit();
    this.instance.unmount();
    await exited;
    this.terminal.release();
  }

  private readonly onResize = (): void => {
    if (!this.isPaused) this.instance.rerender(this.frame());
  };

  private tick(): void {
    const { work } = this.state;
    if (standingOf(this.state) === 'idle' && work.tools.length === 0) return;
    this.frames.request('work');
  }

  private draw(): void {
    if (this.isPaused) return;
    const { out, isOutputShown } = this.state;
    const style = { theme: this.theme, isOutputShown };
    const lasting = out.flatMap((block) => blockLines(block, style));
    if (out.length > 0) {
      this.batch += 1;
      this.state = reduce(
        this.state,
        { kind: 'written', count: out.length },
        this.options.keys,
      ).state;
    }
    this.instance.rerender(this.frame(lasting));
  }

  private frame(lasting: readonly string[] = []) {
    const { createElement, FrameView } = this.ink;
    const { columns, rows } = sizeOf(this.options.stdout);
    const { theme, board, batch } = this;
    const live = liveLines(this.state, { columns, rows, theme, board, now: new Date() });
    return createElement(FrameView, { batch, lasting, live });
  }
}
