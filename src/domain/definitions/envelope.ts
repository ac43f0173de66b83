import { z } from 'zod';

/** What becomes of a story that does what is not its own to decide: it lands, a person is asked first, or the attempt has failed. */
export const decisionSchema = z.enum(['allow', 'park', 'deny']);

/** See {@link decisionSchema}. */
export type Decision = z.infer<typeof decisionSchema>;

/** Decisions outside of a story, as its changes show them. */
export const envelopeSchema = z.object({
  newDependency: decisionSchema,
  migration: decisionSchema,
  ciFile: decisionSchema,
  massDeletion: decisionSchema,
});

/** See {@link envelopeSchema}. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** Everything lands, as nobody said otherwise. */
export const NO_ENVELOPE: Envelope = {
  newDependency: 'allow',
  migration: 'allow',
  ciFile: 'allow',
  massDeletion: 'allow',
};

const STRICTNESS: Readonly<Record<Decision, number>> = { allow: 0, park: 1, deny: 2 };

/** Of each kind the stricter word; one that is not given loosens nothing. Pure. */
export function stricterEnvelope(
  left: Envelope,
  right: { readonly [Name in keyof Envelope]?: Decision | undefined },
): Envelope {
  const of = (name: keyof Envelope): Decision => {
    const other = right[name] ?? 'allow';
    return STRICTNESS[other] > STRICTNESS[left[name]] ? other : left[name];
  };
  return {
    newDependency: of('newDependency'),
    migration: of('migration'),
    ciFile: of('ciFile'),
    massDeletion: of('massDeletion'),
  };
}
