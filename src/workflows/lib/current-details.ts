import { getCurrentDetails, setCurrentDetails } from '@temporalio/workflow';
import {
  markdownText,
  toUsd,
  type AgentSpending,
  type Budget,
  type StoryRecord,
} from '../../domain/index.js';

/** Most characters of the details: they are kept in the memory of every open workflow, and answered whole. */
const DETAILS_LIMIT = 3800;
const REASON_LIMIT = 300;

/** A heading and the lines under it, which become a list. */
export interface DetailsPart {
  readonly heading?: string;
  readonly lines: readonly (string | undefined)[];
}

/**
 * Shows how the workflow stands in Temporal's own web interface. Costs no event; what is the same as before costs nothing. Lines are
 * Markdown of ours: text from outside has to come through `markdownText`.
 */
export function showDetails(title: string, parts: readonly DetailsPart[]): void {
  const text = detailsText(title, parts);
  if (text !== getCurrentDetails()) setCurrentDetails(text);
}

/** The Markdown of {@link showDetails}: headings, bold and lists only, because tables and tick boxes are not shown as such. Pure. */
export function detailsText(title: string, parts: readonly DetailsPart[]): string {
  const lines = [`### ${title}`, ''];
  for (const part of parts) {
    const shown = part.lines.filter((line) => line !== undefined);
    if (shown.length === 0) continue;
    if (part.heading !== undefined) lines.push('', `**${part.heading}**`, '');
    lines.push(...shown.map((line) => `- ${line}`));
  }
  return fitting(lines);
}

/** Whole lines, as many as fit, and how many do not. */
function fitting(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of lines.entries()) {
    if (length + line.length + 1 > DETAILS_LIMIT)
      return [...kept, `- … ${lines.length - index} more lines`].join('\n');
    kept.push(line);
    length += line.length + 1;
  }
  return kept.join('\n');
}

/** A reason in the words of somebody else. */
export function reasonLine(reason: string): string {
  return markdownText(reason, REASON_LIMIT);
}

/** What was spent, in one line. */
export function spendingLine({ modelCalls, usage, costMicroUsd }: AgentSpending): string {
  const usd = toUsd(costMicroUsd);
  const cost = usd === null ? 'price unknown' : `$${usd.toFixed(4)}`;
  return `**spent** ${cost}, ${modelCalls} calls, ${usage.inputTokens} tokens in, ${usage.outputTokens} out`;
}

/** What may be spent; undefined when nothing limits it. */
export function budgetLine(budget: Budget | null | undefined, what: string): string | undefined {
  if (budget === null || budget === undefined) return undefined;
  const usd = toUsd(budget.costMicroUsd);
  const limits = [
    usd === null ? undefined : `$${usd.toFixed(2)}`,
    budget.tokens === null ? undefined : `${budget.tokens} tokens`,
    budget.calls === null ? undefined : `${budget.calls} calls`,
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : `**${what}** ${limits.join(', ')}`;
}

/** Why something stands still and when it is tried again; undefined while it works. */
export function waitLine(
  wait: { readonly reason: string; readonly until: string | null } | null | undefined,
): string | undefined {
  if (wait === null || wait === undefined) return undefined;
  const next = wait.until === null ? 'somebody has to resume it' : `next try ${wait.until}`;
  return `**waits** ${reasonLine(wait.reason)} (${next})`;
}

const STORIES_SHOWN = 50;
/** What people look for first. */
const ORDER = ['running', 'failed', 'blocked', 'waiting_on_dependency', 'pending'];

/** A line for each story of a run: those that somebody may have to look at come first; counted is what does not fit. */
export function storyLines(
  stories: readonly StoryRecord[],
  noun: string,
  lineOf: (entry: StoryRecord) => string,
): string[] {
  const sorted = [...stories].sort((left, right) => rank(left) - rank(right));
  const more = sorted.length - STORIES_SHOWN;
  return [
    ...sorted.slice(0, STORIES_SHOWN).map(lineOf),
    ...(more > 0 ? [`${more} more ${noun}`] : []),
  ];
}

function rank({ status }: StoryRecord): number {
  const place = ORDER.indexOf(status);
  return place === -1 ? ORDER.length : place;
}
