// How good an answer is, from 0 to 1: exact, 0.75 to the power of a count's error, or F1 of a set.

/** Score of an answer; null is none. */
export function scoreOf({ type, truth }, answer) {
  if (answer === null) return 0;
  const said = String(answer).trim();
  if (type === 'A2') return countScore(truth, said);
  if (type === 'P1' || type === 'C1') return f1(truth, words(said));
  if (type === 'N2') return f1(truth, words(said)) === 1 ? 1 : 0;
  return said === truth ? 1 : 0;
}

/** `none` is how one says that a set is empty. */
const words = (text) => text.split(/[\s,]+/).filter((word) => word !== '' && word !== 'none');

function countScore(truth, said) {
  return /^\d+$/.test(said) ? 0.75 ** Math.abs(Number(said) - truth) : 0;
}

function f1(truth, said) {
  const given = new Set(said);
  if (truth.length === 0 || given.size === 0) return truth.length === given.size ? 1 : 0;
  const right = truth.filter((item) => given.has(item)).length;
  return (2 * right) / (truth.length + given.size);
}

/** Mean of scores, and half of its 95 % interval (normal approximation). */
export function meanOf(scores) {
  const mean = scores.reduce((total, score) => total + score, 0) / scores.length;
  const spread = scores.reduce((total, score) => total + (score - mean) ** 2, 0);
  const half =
    scores.length < 2 ? null : 1.96 * Math.sqrt(spread / (scores.length - 1) / scores.length);
  return { mean, half };
}
