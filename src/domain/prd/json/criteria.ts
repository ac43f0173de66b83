import type { Story } from '../../run/story.js';
import { commandLineOf } from '../command-criterion.js';
import { fieldOf, fieldsOf, isFields, type Fields } from './keys.js';
import { textsOf } from './texts.js';

/** The names of what must hold, as plain keys, in the order in which a story lists them. */
export const CRITERIA_KEYS = [
  'acceptance',
  'acceptancecriteria',
  'acceptancecriterion',
  'acceptancetests',
  'acceptancescenarios',
  'criteria',
  'donecriteria',
  'donewhen',
  'definitionofdone',
  'dod',
  'successcriteria',
  'exitcriteria',
  'completioncriteria',
  'conditions',
  'requirements',
  'verification',
  'verificationcriteria',
  'validation',
  'validationcriteria',
  'expectedbehavior',
  'expectedbehaviour',
  'expectedresult',
  'expectedresults',
  'expectations',
];
const COMMAND_KEYS = ['testcommand', 'command', 'verifycommand', 'checkcommand', 'cmd', 'run'];

/** What must hold for an item, as sentences, and the commands that stand beside single criteria. */
export interface ItemCriteria {
  readonly texts: readonly string[];
  readonly steps: Story['verificationSteps'];
}

/** Every criterion under every name; objects give their text, and their command as a step of verification. */
export function criteriaOf(item: Fields, extra: readonly string[]): ItemCriteria {
  const fields = fieldsOf(item, [...CRITERIA_KEYS, ...extra]);
  return {
    texts: fields.flatMap(({ value }) => textsOf(value)),
    steps: fields.flatMap(({ value }) => commandsOf(value)),
  };
}

function commandsOf(value: unknown): Story['verificationSteps'] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.filter(isFields).flatMap((entry) => {
    const command = fieldOf(entry, COMMAND_KEYS)?.value;
    const line = typeof command === 'string' ? commandLineOf(command) : undefined;
    return line === undefined ? [] : [shellStep(line)];
  });
}

/** A step that must exit with 0. */
export function shellStep(command: string): Story['verificationSteps'][number] {
  return { type: 'shell', command, expectOutputContains: [], expectFilesGlob: [] };
}
