import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** One service of the compose file, as far as tests look at it. */
export interface ComposedService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly security_opt?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly privileged?: boolean;
  readonly pid?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

/** The compose file, merged and parsed. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposedService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** The folder with everything about containers. */
export const DOCKER_FOLDER = fileURLToPath(new URL('../../docker/', import.meta.url));

/** A file of that folder. */
export function dockerFile(name: string): string {
  return readFileSync(`${DOCKER_FOLDER}${name}`, 'utf8');
}

/** What `docker compose` would read. */
export function composeFile(): ComposeFile {
  return parse(dockerFile('compose.yaml'), { merge: true }) as ComposeFile;
}
