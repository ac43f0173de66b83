/** What a key does. */
export const SCREEN_ACTIONS = [
  'submit',
  'newline',
  'steer',
  'interrupt',
  'quit',
  'close',
  'complete',
  'palette',
  'help',
  'board',
  'output',
  'history-back',
  'history-forward',
  'history-search',
  'up',
  'down',
  'left',
  'right',
  'word-left',
  'word-right',
  'line-start',
  'line-end',
  'delete-left',
  'delete-right',
  'delete-word',
  'delete-to-start',
  'delete-to-end',
] as const;

/** See {@link SCREEN_ACTIONS}. */
export type ScreenAction = (typeof SCREEN_ACTIONS)[number];

/** What a piece of text is, as far as its colour goes. */
export const SCREEN_ROLES = [
  'prompt',
  'heading',
  'code',
  'quote',
  'link',
  'strong',
  'emphasis',
  'good',
  'bad',
  'warning',
  'faint',
  'accent',
  'added',
  'removed',
] as const;

/** See {@link SCREEN_ROLES}. */
export type ScreenRole = (typeof SCREEN_ROLES)[number];

/** Names of the themes of a screen. */
export const SCREEN_THEMES = ['dark', 'light', 'none'] as const;

/** See {@link SCREEN_THEMES}. */
export type ScreenThemeName = (typeof SCREEN_THEMES)[number];
