import { z } from 'zod';

/** Bounds of skills. */
export const MOST_SKILLS = { count: 100, body: 64 * 1024, files: 50, description: 1024 } as const;

/** Instructions for one kind of work, which an agent takes up when it needs them: a folder with SKILL.md. */
export const skillSchema = z.object({
  name: z.string().min(1).max(100),
  description: z.string().min(1).max(MOST_SKILLS.description),
  /** Path of its SKILL.md, for people. */
  source: z.string().max(1000),
  /** Folder as agents name it, relative to the repository; absent = it lies where they cannot read. */
  folder: z.string().max(1000).optional(),
  body: z.string().max(MOST_SKILLS.body),
  /** Files beside it, relative to its folder; the first ones. */
  files: z.array(z.string().max(500)).max(MOST_SKILLS.files),
});

/** See {@link skillSchema}. */
export type Skill = z.infer<typeof skillSchema>;

/** Characters of one line of the catalogue: at most 100 tokens. */
const LINE_LIMIT = 380;
const TAG = 'skill_content';

/** The skills that an agent may take up, a line each; empty when there are none. Pure. */
export function skillCatalogue(skills: readonly Pick<Skill, 'name' | 'description'>[]): string {
  return skills
    .map(({ name, description }) => cut(`- ${name}: ${description.replaceAll(/\s+/g, ' ').trim()}`))
    .join('\n');
}

function cut(line: string): string {
  return line.length <= LINE_LIMIT ? line : `${line.slice(0, LINE_LIMIT - 1)}…`;
}

/** A skill as an agent gets it: its body in a tag, with the files beside it. Pure. */
export function skillText({ name, body, folder, files }: Skill): string {
  const listed =
    files.length === 0
      ? []
      : folder === undefined
        ? [`Files beside it, which you cannot read here: ${files.join(', ')}`]
        : [
            `Its folder is ${folder}. Files in it, to read when needed:`,
            ...files.map((file) => `- ${folder}/${file}`),
          ];
  const inner = body.trim().replaceAll(`</${TAG}`, `< /${TAG}`);
  return [`<${TAG} name="${name}">`, inner, ...listed, `</${TAG}>`].join('\n');
}

/** A text of a skill as {@link skillText} writes it, with its place. */
export interface SkillBlock {
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

const OPEN = `<${TAG} name="`;
const CLOSE = `\n</${TAG}>`;

/** The texts of skills in a text, in order. Pure, and linear in it. */
export function skillBlocks(text: string): SkillBlock[] {
  const found: SkillBlock[] = [];
  for (let at = text.indexOf(OPEN); at !== -1;) {
    const end = text.indexOf(CLOSE, at);
    if (end === -1) break;
    const stop = end + CLOSE.length;
    const quote = text.indexOf('"', at + OPEN.length);
    const name = quote === -1 ? '' : text.slice(at + OPEN.length, Math.min(quote, end));
    if (name !== '' && !name.includes('\n')) found.push({ name, text: text.slice(at, stop), at });
    at = text.indexOf(OPEN, stop);
  }
  return found;
}

/** A text without those of skills. Pure. */
export function withoutSkillBlocks(text: string): string {
  let rest = '';
  let from = 0;
  for (const block of skillBlocks(text)) {
    rest += text.slice(from, block.at);
    from = block.at + block.text.length;
  }
  return rest + text.slice(from);
}
