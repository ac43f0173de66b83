import { runRef, type Git } from '../../platform/index.js';

/**
 * The commit that the files of a session are at. An execution that was ended from outside may have moved the run's ref and not have written it
 * down: its commit counts, because the branch that people have may show it already. A ref that is behind the record, or elsewhere, is
 * brought to it. Repeatable. Throws `ERR_REF_MOVED` when it moves meanwhile.
 */
export async function standingHead(
  git: Git,
  { runId, head }: { readonly runId: string; readonly head: string },
): Promise<string> {
  const ref = runRef(runId);
  const at = await git.resolve(ref);
  if (at === head) return head;
  if (at !== undefined && (await isBehind(git, head, at))) return at;
  if ((await git.resolve(`${head}^{commit}`)) === undefined) return head;
  await git.updateRef({ ref, next: head, expected: at ?? null });
  return head;
}

async function isBehind(git: Git, older: string, newer: string): Promise<boolean> {
  const answer = await git.run(['merge-base', '--is-ancestor', older, newer], {
    accept: [1, 128],
  });
  return answer.exitCode === 0;
}
