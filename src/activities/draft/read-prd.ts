import type { DraftPrdInput } from '../../contracts/index.js';
import {
  branchSlug,
  CodetetherError,
  describeLocation,
  parsePrd,
  plannedOrder,
  PrdInvalidError,
  renderPrd,
  type Prd,
} from '../../domain/index.js';
import { parseJsonDocument } from '../../platform/index.js';
import type { ReadDraft } from '../model/draft.js';
import { jsonPart } from '../model/json-answer.js';

const NAME = 'draft';
/** More problems help nobody, and they travel in a history. */
const PROBLEM_LIMIT = 30;

/**
 * The PRD that a model's answer holds, in codetether's format, with every story open. Project, feature and known checks of
 * the request win over what the model says. Never throws.
 */
export function readDraft(
  answer: string,
  request: { readonly input: DraftPrdInput; readonly createdAt: string },
): ReadDraft {
  try {
    const document = parseJsonDocument(jsonPart(answer), NAME);
    const prd = parsePrd(document.value, NAME, (field) => document.lineOf(field));
    return { text: renderPrd(withRequest(prd, request.input), request.createdAt), problems: [] };
  } catch (error) {
    if (!(error instanceof CodetetherError)) throw error;
    return { text: null, problems: problemsOf(error).slice(0, PROBLEM_LIMIT) };
  }
}

function withRequest(prd: Prd, input: DraftPrdInput): Prd {
  const feature = input.feature ?? prd.feature;
  const { checks: known, proposed } = input.repository;
  const checks = known.length > 0 ? known : (proposed?.checks ?? []);
  return {
    ...prd,
    stories: known.length > 0 ? prd.stories : withCreation(prd.stories, checks),
    project: input.project,
    feature,
    branchName: prd.branchName === '' ? `feature/${branchSlug(feature)}` : prd.branchName,
    // in an empty repository nothing is known but what was proposed
    qualityChecks: checks.length > 0 || proposed !== undefined ? [...checks] : prd.qualityChecks,
  };
}

/** The story that runs first creates the checks: said in its criteria, whether the model says it or not. */
function withCreation(
  stories: Prd['stories'],
  checks: readonly { readonly command: string }[],
): Prd['stories'] {
  const [first] = plannedOrder(stories);
  const commands = checks.map(({ command }) => command);
  return stories.map((story) => {
    const said = [story.description, ...story.acceptanceCriteria].join('\n');
    const missing = commands.filter((command) => !said.includes(command));
    if (story.id !== first?.id || missing.length === 0) return story;
    const criterion = `These commands exist and end with exit code 0: ${missing.map((command) => `\`${command}\``).join(', ')}`;
    return { ...story, acceptanceCriteria: [...story.acceptanceCriteria, criterion] };
  });
}

function problemsOf(error: CodetetherError): string[] {
  if (!(error instanceof PrdInvalidError)) return [error.message];
  return error.problems.map(({ message, where }) => {
    const place = describeLocation({ ...where, file: undefined });
    return `${place === '' ? '' : `${place}: `}${message}`;
  });
}
