// codetether: the real service in a home of its own; a task is a run of a PRD with one story.
export async function openCodetether() {
  throw new Error('not yet');
}
