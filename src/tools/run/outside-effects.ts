/** Commands whose effect outlives the workspace: after a crash they are reported, never silently repeated. */
const OUTSIDE_EFFECTS: readonly RegExp[] = [
  /\bgit\b[^|;&\n]*\bpush\b/,
  /\b(?:npm|pnpm|yarn|cargo|twine|gem|poetry|uv|docker|podman)\b[^|;&\n]*\b(?:publish|push|upload)\b/,
  /\bdeploy\b/,
  /\bterraform\b[^|;&\n]*\b(?:apply|destroy)\b/,
  /\bkubectl\b[^|;&\n]*\b(?:apply|create|delete|patch|replace)\b/,
  /\bcurl\b[^|;&\n]*(?:-X\s*(?:POST|PUT|PATCH|DELETE)|--request[= ](?:POST|PUT|PATCH|DELETE)|\s(?:-d|-F|-T|--data\S*|--form|--upload-file)\b)/,
  /\bwget\b[^|;&\n]*--(?:post|method)/,
  /\bgh\b\s+(?:pr|release|issue|workflow)\s+(?:create|merge|close|run|edit|delete)/,
];

/** True when a command, as written, may change something outside its workspace. */
export function hasOutsideEffects(command: string): boolean {
  return OUTSIDE_EFFECTS.some((pattern) => pattern.test(command));
}
