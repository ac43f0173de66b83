import { SCREEN_ROLES, type ScreenRole, type ScreenThemeName } from '../../domain/index.js';

/** What a piece of text is, as far as its colour goes. */
export type Role = ScreenRole;

/** Parameters of SGR by role; empty = as it is. */
export type Theme = Readonly<Record<Role, string>>;

const DARK: Theme = {
  prompt: '1;36',
  heading: '1;36',
  code: '33',
  quote: '2',
  link: '4;36',
  strong: '1',
  emphasis: '3',
  good: '32',
  bad: '31',
  warning: '33',
  faint: '2',
  accent: '36',
  added: '32',
  removed: '31',
};

/** For light backgrounds: yellow and bright cyan cannot be read there. */
const LIGHT: Theme = {
  ...DARK,
  prompt: '1;34',
  heading: '1;34',
  code: '35',
  link: '4;34',
  warning: '35',
  accent: '34',
};

const NONE: Theme = Object.fromEntries(SCREEN_ROLES.map((role) => [role, ''])) as Theme;

/** The themes that are there without any configuration. */
export const THEMES: Readonly<Record<ScreenThemeName, Theme>> = {
  dark: DARK,
  light: LIGHT,
  none: NONE,
};

/** True for the name of a theme. Pure. */
export function isThemeName(name: string): name is ScreenThemeName {
  return Object.hasOwn(THEMES, name);
}

/** What of the configuration and the environment decides about colours. */
export interface ColourChoice {
  readonly theme: ScreenThemeName | null;
  readonly colours: Readonly<Partial<Record<Role, string>>>;
  /** Somebody wants no colours in any program (no-color.org). */
  readonly isPlain: boolean;
}

/** The theme that is chosen, with colours of a person's own. Pure. */
export function themeOf({ theme, colours, isPlain }: ColourChoice): Theme {
  return isPlain ? NONE : { ...THEMES[theme ?? 'dark'], ...colours };
}

/** Text in the colours of a role, line by line, so that no colour reaches beyond its line. Pure. */
export function paint(theme: Theme, role: Role, text: string): string {
  const code = theme[role];
  if (code === '' || text === '') return text;
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `\u001b[${code}m${line}\u001b[0m`))
    .join('\n');
}
