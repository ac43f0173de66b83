export const meta = {
  name: 'migrate',
  description: 'Migrates the packages of a repository, those first that others are built on, each checked before the next layer',
  whenToUse: 'A new major version, another framework. args: { goal, packages? }',
  phases: [{ title: 'Survey' }, { title: 'Migrate' }, { title: 'Check' }],
}

const SURVEY = {
  type: 'object',
  properties: {
    packages: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, path: { type: 'string' }, dependsOn: { type: 'array', items: { type: 'string' } } },
        required: ['name', 'path', 'dependsOn'],
      },
    },
  },
  required: ['packages'],
}
const CHECK = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, problems: { type: 'array', items: { type: 'string' } } },
  required: ['ok', 'problems'],
}

const goal = args?.goal ?? 'the newest version of its test runner'
phase('Survey')
const { packages } = args?.packages
  ? { packages: args.packages }
  : await agent(`Survey the packages that have to move to ${goal}.\nFor each: name, folder, and those of the others that it depends on.`, {
      schema: SURVEY,
      label: 'survey',
      agentType: 'Explore',
    })

const migrateOne = async ({ name, path }) => {
  let problems = []
  for (const word of ['Begin', 'Finish']) {
    await agent(`${word} the migration of ${name} to ${goal}.\nIts folder is ${path}; change nothing outside of it.\n${problems.map((one) => `- ${one}`).join('\n')}`, {
      label: name,
      phase: 'Migrate',
      touches: [`${path}/**`],
      isolation: 'worktree',
    })
    const check = await agent(`Check ${name} after the step "${word}" of its migration to ${goal}.\nRun its tests. Change nothing.`, { schema: CHECK, label: name, phase: 'Check' })
    if (check.ok) return { name, ok: true, problems: [] }
    problems = check.problems
  }
  return { name, ok: false, problems }
}

const results = []
let open = [...packages]
while (open.length > 0) {
  const waiting = new Set(open.map((one) => one.name))
  const ready = open.filter((one) => !one.dependsOn.some((name) => name !== one.name && waiting.has(name)))
  // packages that need each other go together
  const layer = ready.length > 0 ? ready : open
  log(`next: ${layer.map((one) => one.name).join(', ')}`)
  const ended = await parallel(layer.map((one) => () => migrateOne(one)))
  results.push(...ended.map((end, at) => end ?? { name: layer[at].name, ok: false, problems: ['its agent failed'] }))
  open = open.filter((one) => !layer.includes(one))
}
return { goal, migrated: results.filter((one) => one.ok).length, results }
