import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { z } from 'zod';
import { readBoundedBytes } from '../../platform/light/index.js';

/** A file of a repository that is used when the person trusts it, and what it is. */
export interface DefinitionToTrust {
  readonly path: string;
  readonly sha256: string;
  readonly kind: 'agent' | 'skill' | 'hooks';
  /** For whoever decides: every command of hooks, the beginning of anything else. What is left out is counted. */
  readonly shown: readonly { readonly key: string; readonly value: string }[];
}

const LARGEST_FILE = 128 * 1024;
/** Characters of a text that are shown; of a command as many as one that is run may have. */
const SHOWN = { text: 400, command: 4000, event: 60 } as const;
const SKILL_FOLDERS = ['.codetether/skills', '.agents/skills', '.claude/skills'];
const HOOK_FILES = ['.claude/settings.json', '.codex/hooks.json'];

/** What a file is that lies where agents, skills or hooks of other agents are looked for; undefined for any other. Pure. */
export function definitionKind(path: string): DefinitionToTrust['kind'] | undefined {
  const slashed = path.split(sep).join('/');
  if (basename(path) === 'SKILL.md') return 'skill';
  if (slashed.endsWith('.md') && dirname(slashed).endsWith('.claude/agents')) return 'agent';
  return HOOK_FILES.some((name) => slashed.endsWith(name)) ? 'hooks' : undefined;
}

/** Such files of a folder, sorted within their kind; skills one or two folders deep, others are named one by one. */
export async function definitionFiles(folder: string): Promise<string[]> {
  const agents = await names(join(folder, '.claude/agents'), (name) => name.endsWith('.md'));
  const skills: string[] = [];
  for (const place of SKILL_FOLDERS.map((name) => join(folder, name))) {
    for (const first of await names(place, () => true)) {
      skills.push(join(first, 'SKILL.md'));
      for (const second of await names(first, () => true)) skills.push(join(second, 'SKILL.md'));
    }
  }
  return [...agents, ...skills, ...HOOK_FILES.map((name) => join(folder, name))];
}

/** A definition as it is now; undefined for what is no readable file of one. */
export async function readDefinition(path: string): Promise<DefinitionToTrust | undefined> {
  const kind = definitionKind(path);
  if (kind === undefined) return undefined;
  const bytes = await readBoundedBytes(path, LARGEST_FILE).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8');
  // settings of another agent are only of interest for the commands in them
  if (kind === 'hooks' && !text.includes('"hooks"')) return undefined;
  const commands = kind === 'hooks' ? hookCommands(text) : [];
  const shown = commands.length > 0 ? commands : [{ key: kind, value: cutText(text, SHOWN.text) }];
  return { path, sha256: digestOf(bytes), kind, shown };
}

/** Commands that other agents' settings hold, in the order of the file, whether there is such a moment here or not. */
function hookCommands(text: string): DefinitionToTrust['shown'] {
  const document = settingsSchema.safeParse(jsonOf(text));
  return Object.entries(document.data?.hooks ?? {}).flatMap(([event, groups]) =>
    groups.flatMap(({ hooks }) =>
      hooks.flatMap(({ command }) =>
        typeof command === 'string'
          ? [
              {
                key: `hooks.${cutText(event, SHOWN.event)}`,
                value: cutText(command, SHOWN.command),
              },
            ]
          : [],
      ),
    ),
  );
}

const settingsSchema = z.object({
  hooks: z.record(
    z.string(),
    z
      .array(
        z
          .object({
            hooks: z.array(z.object({ command: z.unknown() }).catch({ command: null })).catch([]),
          })
          .catch({ hooks: [] }),
      )
      .catch([]),
  ),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function cutText(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text.slice(0, limit)}… (${text.length - limit} more characters that are not shown)`;
}

/** SHA-256 of a file as it is now; null when it is gone, undefined when it cannot be read. */
export async function digestOfFile(path: string): Promise<string | null | undefined> {
  try {
    return digestOf(await readBoundedBytes(path, 1024 * 1024));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : undefined;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function names(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found
    .filter(isWanted)
    .toSorted()
    .slice(0, 200)
    .map((name) => join(folder, name));
}
