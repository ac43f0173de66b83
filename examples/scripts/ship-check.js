export const meta = {
  name: 'ship-check',
  description: 'Runs other scripts by name for each part of a repository: review and fix, then notes for readers',
  whenToUse: 'Before a release; shows how scripts start scripts. args: { parts, since? }',
  phases: [{ title: 'Parts' }, { title: 'Review and fix' }, { title: 'Notes' }],
}

const PARTS = {
  type: 'object',
  properties: { parts: { type: 'array', items: { type: 'string' } } },
  required: ['parts'],
}

phase('Parts')
const since = args?.since ?? 'the last tag'
const parts =
  args?.parts ??
  (
    await agent(`Name the folders that have changed since ${since}, at most five.`, {
      schema: PARTS,
      label: 'changed parts',
      agentType: 'Explore',
    })
  ).parts

phase('Review and fix')
const reviewed = await parallel(parts.map((part) => () => workflow('review-fix', { target: part })))

phase('Notes')
const notes = await agent(
  `Write notes for readers about what has changed since ${since}.\nThree to eight lines, for people who use the project.\n\nMended on the way:\n${reviewed
    .flat()
    .filter(Boolean)
    .map((one) => `- ${one.title} (${one.file})`)
    .join('\n') || '- nothing'}`,
  { label: 'notes', agentType: 'Explore' },
)
return {
  parts: parts.map((part, at) => ({ part, findings: reviewed[at]?.length ?? null })),
  notes,
}
