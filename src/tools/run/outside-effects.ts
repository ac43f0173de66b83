/** A program and the word behind it, in the same part of the command, that makes the effect leave the workspace. */
interface Effect {
  readonly program: RegExp;
  readonly word: RegExp;
}

/** Commands whose effect outlives the workspace: after a crash they are reported, never silently repeated. */
const EFFECTS: readonly Effect[] = [
  { program: /\bgit\b/, word: /\bpush\b/ },
  {
    program: /\b(?:npm|pnpm|yarn|cargo|twine|gem|poetry|uv|docker|podman)\b/,
    word: /\b(?:publish|push|upload)\b/,
  },
  { program: /\bdeploy\b/, word: /\bdeploy\b/ },
  { program: /\bterraform\b/, word: /\b(?:apply|destroy)\b/ },
  { program: /\bkubectl\b/, word: /\b(?:apply|create|delete|patch|replace)\b/ },
  {
    program: /\bcurl\b/,
    word: /-X\s{0,8}(?:POST|PUT|PATCH|DELETE)|--request[= ](?:POST|PUT|PATCH|DELETE)|\s(?:-d|-F|-T|--form|--upload-file)\b|\s--data/,
  },
  { program: /\bwget\b/, word: /--(?:post|method)/ },
  {
    program: /\bgh\b/,
    word: /\b(?:pr|release|issue|workflow)\s{1,8}(?:create|merge|close|run|edit|delete)/,
  },
];

/** The longest argument that a program can be given; a longer command is taken for the worst. */
const LONGEST_READ = 128 * 1024;

/** True when a command, as written, may change something outside its workspace. Linear: models write long commands. */
export function hasOutsideEffects(command: string): boolean {
  if (command.length > LONGEST_READ) return true;
  return command.split(/[|;&\n]/).some((part) =>
    EFFECTS.some(({ program, word }) => {
      const at = part.search(program);
      return at >= 0 && word.test(part.slice(at));
    }),
  );
}
