import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '../../src/config/light/environment.js';

/** The browser of this machine, on PATH; undefined where there is none. */
export function browserPath(): string | undefined {
  const folders = (processEnvironment()['PATH'] ?? '').split(':');
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}
