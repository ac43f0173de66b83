import { z } from 'zod';

/** Refused calls that are kept of one agent, the first ones. */
export const MOST_DENIALS = 20;

/** The rule that stands between a call and its being carried out. */
export const ruleNoteSchema = z.object({
  effect: z.enum(['ask', 'deny']),
  /** Rule and where it stands. */
  rule: z.string().max(900),
  /** The whole call as a person is shown it, of one that needs a yes; absent = it is too long to be looked at. */
  call: z.string().max(800).optional(),
});

/** See {@link ruleNoteSchema}. */
export type RuleNote = z.infer<typeof ruleNoteSchema>;

/** Calls that were not carried out because of a rule, oldest first. */
export const denialsSchema = z
  .array(z.object({ title: z.string().max(100), rule: z.string().max(900) }))
  .max(MOST_DENIALS);

/** See {@link denialsSchema}. */
export type Denials = z.infer<typeof denialsSchema>;
