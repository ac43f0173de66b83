import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { MOST_SKILLS, skillSchema, type Skill } from '../../domain/index.js';
import { readFrontMatter } from './front-matter.js';
import type { DefinitionFile, Warn } from './scan-files.js';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const MOST_DEPTH = 3;

/**
 * The skill of a SKILL.md; undefined, with a warning, for one without a description or with a head that cannot be read. A bad name is only
 * warned of. `repository` = where agents find its folder; absent = nowhere.
 */
export async function readSkillFile(
  { path, text }: DefinitionFile,
  folder: string,
  { repository, warn }: { readonly repository: string | undefined; readonly warn: Warn },
): Promise<Skill | undefined> {
  const head = readFrontMatter(text);
  if ('problem' in head) {
    warn(`${path}:${head.line}: skill not used: ${head.problem}`);
    return undefined;
  }
  const { fields, body, lineOf } = head;
  const description = typeof fields['description'] === 'string' ? fields['description'].trim() : '';
  if (description === '') {
    warn(`${path}:${lineOf('description')}: skill not used: it has no description`);
    return undefined;
  }
  const name = plainName(fields['name'] ?? basename(folder));
  if (!NAME.test(name) || name !== basename(folder))
    warn(
      `${path}:${lineOf('name')}: its name should be that of its folder, in small letters, digits and -`,
    );
  if (body.length > MOST_SKILLS.body) {
    warn(`${path}: skill not used: its text has more than ${MOST_SKILLS.body} characters`);
    return undefined;
  }
  return skillSchema.parse({
    name,
    description: description.slice(0, MOST_SKILLS.description),
    source: path.slice(-1000),
    ...(repository === undefined ? {} : { folder: relative(repository, folder) }),
    body,
    files: await filesBeside(folder),
  });
}

/** It stands in a tag and in a line. */
function plainName(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : 'skill';
  return text.replaceAll(/[^\w.-]+/g, '-').slice(0, 100) || 'skill';
}

/** Files of the folder but SKILL.md, the first ones, sorted; no link is followed and none is read. */
async function filesBeside(folder: string): Promise<string[]> {
  const found: string[] = [];
  const open = [{ path: folder, depth: 0 }];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const entries = await readdir(next.path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(next.path, entry.name);
      if (entry.isDirectory() && next.depth < MOST_DEPTH)
        open.push({ path, depth: next.depth + 1 });
      const name = relative(folder, path);
      const isListed = entry.isFile() && name !== 'SKILL.md' && !/[\p{Cc}]/u.test(name);
      if (isListed && name.length <= 500) found.push(name);
    }
    if (found.length >= MOST_SKILLS.files) break;
  }
  return found.slice(0, MOST_SKILLS.files);
}
