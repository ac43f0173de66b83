export const meta = {
  name: 'review-fix',
  description: 'Reviews code from several sides, has each finding doubted by a second agent, and mends what stands',
  whenToUse: 'Before a merge. args: { target } (a folder, a file, or "the last commit")',
  phases: [{ title: 'Review' }, { title: 'Doubt', detail: 'each finding on its own' }, { title: 'Fix' }],
}

const SIDES = [
  { key: 'bugs', ask: 'wrong results, crashes, races, and cases that nobody thought of' },
  { key: 'security', ask: 'input that is trusted, secrets that leak, paths and commands that are put together' },
  { key: 'tests', ask: 'behaviour that no test would notice if it broke' },
]
const FINDING = {
  type: 'object',
  properties: { file: { type: 'string' }, title: { type: 'string' }, detail: { type: 'string' } },
  required: ['file', 'title', 'detail'],
}
const FINDINGS = { type: 'object', properties: { findings: { type: 'array', items: FINDING } }, required: ['findings'] }
const VERDICT = { type: 'object', properties: { real: { type: 'boolean' }, why: { type: 'string' } }, required: ['real', 'why'] }

const target = args?.target ?? 'the last commit'

// A side goes on to doubt what it found while the others are still looking.
const sides = await pipeline(
  SIDES,
  (side) =>
    agent(`Review ${target} for ${side.ask}.\nName at most five findings, each with its file; none is an answer too.`, {
      schema: FINDINGS,
      label: `review: ${side.key}`,
      phase: 'Review',
      agentType: 'Explore',
    }),
  ({ findings }, side) =>
    parallel(
      findings.map((finding) => () =>
        agent(`Try to refute this finding in ${finding.file}: ${finding.title}\n${finding.detail}\nIt is real only when you can show how it happens.`, {
          schema: VERDICT,
          label: `doubt: ${finding.title.slice(0, 60)}`,
          phase: 'Doubt',
          agentType: 'Explore',
        }).then((verdict) => ({ ...finding, side: side.key, ...verdict })),
      ),
    ),
)
const real = sides.flat().filter((finding) => finding?.real)
log(`${real.length} findings stand`)

phase('Fix')
const fixes = await parallel(
  real.map((finding) => () =>
    agent(`Mend this in ${finding.file}: ${finding.title}\n${finding.detail}\nChange as little as that takes, and add a test that fails without it.`, {
      label: `fix: ${finding.title.slice(0, 60)}`,
    }),
  ),
)
return real.map(({ file, title, side }, at) => ({ file, title, side, fixed: fixes[at] !== null, note: fixes[at] }))
