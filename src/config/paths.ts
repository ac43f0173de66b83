import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { InvalidInputError } from '../domain/light/index.js';
import type { EnvironmentVariables } from './light/environment.js';

const APPLICATION = 'codetether-agent';

/** Folders outside the project, absolute. */
export interface UserFolders {
  /** All state: `CODETETHER_HOME`, else the XDG data folder. */
  readonly home: string;
  /** Downloaded programs: the XDG cache folder. */
  readonly cache: string;
  /** The user's configuration file, whether it exists or not. */
  readonly userFile: string;
}

/** Resolves the folders by the XDG rules; relative XDG values are ignored, as the specification demands. */
export function userFolders(environment: EnvironmentVariables): UserFolders {
  const person = environment['HOME'] ?? homedir();
  const xdg = (name: string, fallback: string): string => {
    const value = environment[name];
    return value !== undefined && isAbsolute(value) ? value : join(person, fallback);
  };
  const home = environment['CODETETHER_HOME'];
  if (home === '') {
    throw new InvalidInputError('ERR_CONFIG_HOME_EMPTY', {
      message: 'CODETETHER_HOME is set but empty',
      hint: 'unset it, or give it the absolute path of a folder',
    });
  }
  return {
    home:
      home === undefined ? join(xdg('XDG_DATA_HOME', '.local/share'), APPLICATION) : resolve(home),
    cache: join(xdg('XDG_CACHE_HOME', '.cache'), APPLICATION),
    userFile: join(xdg('XDG_CONFIG_HOME', '.config'), APPLICATION, 'config.toml'),
  };
}
