import { dirname, join } from 'node:path';
import type { Config } from '../../config/index.js';
import type { Definitions } from '../../domain/index.js';
import { readDefinitionFile, type Warn } from './scan-files.js';

const LIMIT = 8 * 1024;

/** Instructions of the person's own for every agent: `AGENTS.md` beside the configuration; undefined = there are none. */
export async function readGuide(
  { userFile, home }: Pick<Config, 'userFile' | 'home'>,
  warn: Warn,
): Promise<Definitions['guide']> {
  const path = join(dirname(userFile), 'AGENTS.md');
  const file = await readDefinitionFile(path, { needsTrust: false, home, warn });
  if (file === undefined || file.text.trim() === '') return undefined;
  if (file.text.length > LIMIT) warn(`${path}: agents are told its first ${LIMIT} characters`);
  return { path: path.slice(-500), text: file.text.slice(0, LIMIT) };
}
