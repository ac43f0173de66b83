export const meta = {
  name: 'until-green',
  description: 'Has a command run, its failures mended, and so on until it passes, nothing changes, or the rounds are used up',
  whenToUse: 'A red build with many causes. args: { command, rounds? }',
  phases: [{ title: 'Run' }, { title: 'Mend' }],
}

const REPORT = {
  type: 'object',
  properties: {
    passes: { type: 'boolean' },
    failures: {
      type: 'array',
      items: {
        type: 'object',
        properties: { area: { type: 'string' }, message: { type: 'string' } },
        required: ['area', 'message'],
      },
    },
  },
  required: ['passes', 'failures'],
}
/** Tokens that one round may be expected to take. */
const A_ROUND = 50_000

const command = args?.command ?? 'npm test'
const most = args?.rounds ?? 5
const history = []

for (let round = 1; round <= most; round += 1) {
  if (budget.total && budget.remaining() < A_ROUND) {
    log(`stopped: ${budget.remaining()} tokens are left`)
    break
  }
  phase('Run')
  const report = await agent(`Round ${round}: run ${command} and report what fails.\nMend nothing. Put failures of one cause into one area (a folder or a file).`, {
    schema: REPORT,
    label: `run ${round}`,
  })
  history.push(report.failures.length)
  if (report.passes) return { green: true, rounds: round, history }

  const [before] = history.slice(-2)
  if (round > 1 && report.failures.length > before) log(`more fails than before: ${report.failures.length} instead of ${before}`)

  phase('Mend')
  const areas = Map.groupBy
    ? [...Map.groupBy(report.failures, (one) => one.area)]
    : [...new Set(report.failures.map((one) => one.area))].map((area) => [area, report.failures.filter((one) => one.area === area)])
  await parallel(
    areas.map(([area, failures]) => () =>
      agent(`Mend ${area} in round ${round} so that ${command} passes.\n${failures.map((one) => `- ${one.message}`).join('\n')}\nWeaken no test.`, {
        label: `mend ${area}`,
      }),
    ),
  )
}
return { green: false, rounds: history.length, history }
