import { checkCommands, firstLine, orderChecks } from '../fields.js';
import type { Prd } from '../prd.js';
import { fieldOf, fieldsOf, isFields, plainKey, type Field, type Fields } from './keys.js';
import { labelled, textsOf } from './texts.js';
import type { ItemRemark } from './item-remark.js';
import { valueAt, type StoryListKind, type StoryListLayout } from './story-list.js';

const NAME_KEYS = ['project', 'projectname', 'name'];
const FEATURE_KEYS = ['feature', 'featurename'];
const BRANCH_KEYS = ['branchname', 'branch'];
const CHECK_KEYS = ['qualitychecks', 'qualitygates', 'checks'];
const REQUIREMENT_KEYS = ['technicalrequirements', 'technicalnotes', 'constraints'];
/** What holds for all stories, under its own name. */
const RULE_KEYS = [
  'definitionofdone',
  'acceptancecriteria',
  'successcriteria',
  'nonfunctionalrequirements',
  'requirements',
  'goals',
  'nongoals',
  'outofscope',
  'rules',
  'guidelines',
  'conventions',
  'notes',
];

/** What a document says besides its stories. */
export type PrdFrame = Pick<
  Prd,
  'project' | 'feature' | 'branchName' | 'technicalRequirements' | 'qualityChecks'
> & { readonly problems: readonly ItemRemark[] };

/** Reads project, feature, branch, requirements and checks; what the document does not name is empty. Never throws. */
export function readFrame(value: unknown, layout: StoryListLayout): PrdFrame {
  const frame = frameFields(value, layout);
  const problems: ItemRemark[] = [];
  const text = (names: readonly string[]): string => {
    const field = fieldOf(frame, names);
    if (field === undefined) return '';
    if (typeof field.value === 'string') return field.value.trim();
    if (!isFields(field.value)) problems.push({ path: [field.key], message: 'must be a string' });
    return nameOf(field.value);
  };
  const project = firstOf([
    text(NAME_KEYS),
    nameOf(frame['meta']),
    nameOf(frame['metadata']),
    firstLine(textsOf(frame['title'])[0] ?? '', 200),
  ]);
  const about = textsOf(fieldOf(frame, ['description'])?.value)[0] ?? '';
  const checks = readChecks(frame);
  return {
    project,
    feature: firstOf([text(FEATURE_KEYS), firstLine(about, 200), text(['name']), project]),
    branchName: text(BRANCH_KEYS),
    technicalRequirements: [
      ...fieldsOf(frame, REQUIREMENT_KEYS).flatMap((field) => requirements(field)),
      ...fieldsOf(frame, RULE_KEYS).map(({ key, value: rules }) => labelled(key, rules)),
    ].filter((requirement) => requirement !== ''),
    qualityChecks: orderChecks(checks.commands),
    problems: [...problems, ...checks.problems],
  };
}

/** The fields around the list; those of a wrapper count before the ones around it. */
function frameFields(value: unknown, layout: StoryListLayout): Fields {
  const root = isFields(value) ? value : {};
  const inner = valueAt(value, layout.lists[0]?.slice(0, 1) ?? []);
  return isFields(inner) ? { ...root, ...inner } : root;
}

function firstOf(texts: readonly string[]): string {
  return texts.find((text) => text !== '') ?? '';
}

/** codetether's requirements are one by one; notes and constraints of ralph-tui are one text each. */
function requirements({ key, value }: Field): string[] {
  const texts = textsOf(value);
  return plainKey(key) === 'constraints' ? (texts.length === 0 ? [] : [texts.join('; ')]) : texts;
}

function nameOf(value: unknown): string {
  const name = isFields(value)
    ? fieldOf(value, ['projectname', 'name', 'title'])?.value
    : undefined;
  return typeof name === 'string' ? name.trim() : '';
}

function readChecks(frame: Fields): {
  readonly commands: Record<string, string | null>;
  readonly problems: readonly ItemRemark[];
} {
  const commands: Record<string, string | null> = {};
  const problems: ItemRemark[] = [];
  for (const { key, value } of fieldsOf(frame, CHECK_KEYS)) {
    if (Array.isArray(value)) {
      for (const [name, command] of listedChecks(value)) commands[name] = command;
      continue;
    }
    const parsed = checkCommands.safeParse(value);
    if (parsed.success) Object.assign(commands, parsed.data);
    else
      problems.push(
        ...parsed.error.issues.map((issue) => ({
          path: [key, ...issue.path.filter((part) => typeof part !== 'symbol')],
          message: issue.message,
        })),
      );
  }
  return { commands, problems };
}

/** `[{name, command}]`, or command lines. */
function listedChecks(list: readonly unknown[]): [string, string][] {
  return list.flatMap((entry, index): [string, string][] => {
    if (typeof entry === 'string') return [[`check ${index + 1}`, entry]];
    const command = isFields(entry) ? fieldOf(entry, ['command', 'run', 'cmd'])?.value : undefined;
    const name = isFields(entry) ? fieldOf(entry, ['name', 'id', 'title'])?.value : undefined;
    return typeof command === 'string'
      ? [[typeof name === 'string' && name !== '' ? name : `check ${index + 1}`, command]]
      : [];
  });
}

/** The name of a format whose documents need not name a project. */
export const NAMELESS: Readonly<Record<StoryListKind, string>> = {
  user_stories: '',
  userStories: '',
  features: 'feature list',
  'feature-array': 'feature list',
  tasks: 'tasks',
  'task-master': 'tasks',
};
