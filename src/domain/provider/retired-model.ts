import { formatModelReference, type ModelReference } from '../agent/model.js';

/** A model id that a provider has switched off, or will on a day that it has named. */
export interface RetiredModel {
  readonly provider: string;
  readonly model: string;
  /** First day without it, ISO 8601. */
  readonly endsOn: string;
  /** Model of the same provider that stands in for it. */
  readonly replacement: string;
}

/** Ends that providers have announced, as of November 2026; data, so that a refused id can name what to use instead. */
export const RETIRED_MODELS: readonly RetiredModel[] = [
  {
    provider: 'google',
    model: 'gemini-2.5-pro',
    endsOn: '2026-12-01',
    replacement: 'gemini-3.8-flash',
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-20250514',
    endsOn: '2026-06-15',
    replacement: 'claude-sonnet-5-5',
  },
  {
    provider: 'deepseek',
    model: 'deepseek-chat',
    endsOn: '2026-07-24',
    replacement: 'deepseek-v4-flash',
  },
  {
    provider: 'deepseek',
    model: 'deepseek-reasoner',
    endsOn: '2026-07-24',
    replacement: 'deepseek-v4-flash',
  },
];

/** What is known of the end of a model, or undefined. */
export function retirementOf(reference: ModelReference): RetiredModel | undefined {
  return RETIRED_MODELS.find(
    (each) => each.provider === reference.provider && each.model === reference.model,
  );
}

/** A sentence for the plan of a run when its model is switched off or soon will be; undefined for all others. Pure. */
export function retirementNote(reference: ModelReference, now: Date): string | undefined {
  const retired = retirementOf(reference);
  if (retired === undefined) return undefined;
  const isOver = now.getTime() >= Date.parse(retired.endsOn);
  const replacement = formatModelReference({ ...reference, model: retired.replacement });
  return `${formatModelReference(reference)} ${isOver ? 'was' : 'will be'} switched off on ${retired.endsOn}: use ${replacement}`;
}
