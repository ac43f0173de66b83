/** The object in an answer: models put fences and sentences around it. The answer itself where there is none. Pure. */
export function jsonPart(answer: string): string {
  const start = answer.indexOf('{');
  const end = answer.lastIndexOf('}');
  return start >= 0 && end > start ? answer.slice(start, end + 1) : answer;
}
