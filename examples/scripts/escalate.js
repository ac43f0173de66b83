export const meta = {
  name: 'escalate',
  description: 'Tries tasks the cheap way first; what is not good enough is tried again with more effort, told what was wrong',
  whenToUse: 'Many small tasks of which few are hard. args: { tasks, ladder? } (ladder: [{ model?, effort? }])',
  phases: [{ title: 'Try' }, { title: 'Judge' }],
}

const VERDICT = {
  type: 'object',
  properties: { good: { type: 'boolean' }, missing: { type: 'string' } },
  required: ['good', 'missing'],
}

const tasks = args?.tasks ?? ['Describe in README.md how the tests are run.']
const ladder = args?.ladder ?? [{ effort: 'low' }, { effort: 'medium' }, { effort: 'high' }]

const solve = async (task) => {
  let missing = ''
  for (const [rung, how] of ladder.entries()) {
    const hint = missing === '' ? '' : `\nThe try before was not good enough: ${missing}`
    const tried = await agent(`Try ${rung + 1} at this: ${task}${hint}`, {
      ...how,
      label: `try ${rung + 1}: ${task.slice(0, 50)}`,
      phase: 'Try',
      settle: true,
    })
    if (tried.status === 'rejected') {
      missing = tried.reason.message
      continue
    }
    const verdict = await agent(`Judge the result of try ${rung + 1} at this: ${task}\nWhat was said of it: ${tried.value}\nBe strict. Change nothing.`, {
      schema: VERDICT,
      label: `judge ${rung + 1}: ${task.slice(0, 50)}`,
      phase: 'Judge',
      agentType: 'Explore',
    })
    if (verdict.good) return { task, solved: true, tries: rung + 1, result: tried.value }
    missing = verdict.missing
  }
  log(`not solved: ${task}`)
  return { task, solved: false, tries: ladder.length, missing }
}

const results = await parallel(tasks.map((task) => () => solve(task)))
return {
  solved: results.filter((one) => one?.solved).length,
  tries: results.reduce((sum, one) => sum + (one?.tries ?? 0), 0),
  results,
}
