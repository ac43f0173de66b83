// What only a model knows: the label of a line, a function of its opaque id.
import { hash } from './chance.mjs';

const SECRET = 'labels of the benchmark';

/** Kinds of labels that a model can be asked for. */
export const LABELS = {
  topic: ['billing', 'delivery', 'quality', 'account'],
  state: ['current', 'revoked'],
};

/** Words that say a label openly, for real models, which know no table of ours. */
export const PHRASES = {
  billing: ['was charged twice on the invoice', 'asks why the refund is not on the card'],
  delivery: ['says that the parcel is three days late', 'wants the courier to come on Monday'],
  quality: ['says that the hinge broke on the first day', 'found a crack in the glass'],
  account: ['cannot log in with the new password', 'wants another address in the profile'],
  current: ['is what the door takes today', 'was confirmed this morning'],
  revoked: ['was taken back last week', 'is not valid any more'],
};

/** The true label of the line with this id. */
export function labelOf(kind, id) {
  const names = LABELS[kind];
  return names[hash(`${SECRET}|${kind}|${id}`) % names.length];
}
