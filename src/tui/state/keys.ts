import type { ScreenAction } from '../../domain/index.js';

/** What a key does. */
export type Action = ScreenAction;

/** A key as people write it: `enter`, `ctrl+c`, `alt+enter`, `f2`. */
export type KeyName = string;

/** The keys that are bound without any configuration; several may do the same. */
export const DEFAULT_KEYS: Readonly<Record<KeyName, Action>> = {
  enter: 'submit',
  'alt+enter': 'newline',
  'ctrl+j': 'newline',
  'alt+s': 'steer',
  'ctrl+c': 'interrupt',
  'ctrl+q': 'quit',
  'ctrl+d': 'quit',
  escape: 'close',
  tab: 'complete',
  'ctrl+p': 'palette',
  f1: 'help',
  f2: 'board',
  'ctrl+s': 'board',
  'ctrl+o': 'output',
  'ctrl+up': 'history-back',
  'ctrl+down': 'history-forward',
  'ctrl+r': 'history-search',
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  'ctrl+left': 'word-left',
  'ctrl+right': 'word-right',
  'alt+b': 'word-left',
  'alt+f': 'word-right',
  home: 'line-start',
  'ctrl+a': 'line-start',
  end: 'line-end',
  'ctrl+e': 'line-end',
  backspace: 'delete-left',
  'ctrl+h': 'delete-left',
  delete: 'delete-right',
  'ctrl+w': 'delete-word',
  'alt+backspace': 'delete-word',
  'ctrl+u': 'delete-to-start',
  'ctrl+k': 'delete-to-end',
};

/** The keys that count: those of the configuration first, where `none` takes a key away. Pure. */
export function keysWith(
  own: Readonly<Record<KeyName, Action | 'none'>>,
): Readonly<Record<KeyName, Action>> {
  const keys: Record<KeyName, Action> = { ...DEFAULT_KEYS };
  for (const [name, action] of Object.entries(own)) {
    if (action === 'none') delete keys[name];
    else keys[name] = action;
  }
  return keys;
}

/** What came from the keyboard: a key with a name, or text that was typed or pasted. */
export type Typed =
  | { readonly kind: 'key'; readonly name: KeyName }
  | { readonly kind: 'text'; readonly text: string; readonly isPaste: boolean };

/** A key as Node's own reader of keys tells it. */
export interface PressedKey {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

/** What Node calls the line feed of ctrl+j, and the key that we call enter. */
const RENAMED: Readonly<Record<string, string>> = { enter: 'ctrl+j', return: 'enter' };

/** The name of a key that is none of the text; undefined for text. Pure. */
export function keyName(text: string | undefined, key: PressedKey): KeyName | undefined {
  const { name } = key;
  if (name === undefined || name === '') return undefined;
  if (key.ctrl !== true && key.meta !== true && isPrintable(text)) return undefined;
  // the escape key comes as a key with alt
  if (name === 'escape') return name;
  return `${modifiers(key)}${RENAMED[name] ?? name}`;
}

function modifiers({ ctrl, meta }: PressedKey): string {
  return `${ctrl === true ? 'ctrl+' : ''}${meta === true ? 'alt+' : ''}`;
}

function isPrintable(text = ''): boolean {
  return text !== '' && !/^\p{Cc}/u.test(text);
}
