export const meta = {
  name: 'map-files',
  description: 'Carries out one instruction in each of many files, an agent a file, and says what was changed',
  whenToUse: 'A change that is alike in many files and needs judgement in each. args: { task, files? }',
  phases: [{ title: 'Find', detail: 'the files, unless they are given' }, { title: 'Change', detail: 'one agent a file' }],
}

const FILES = {
  type: 'object',
  properties: { files: { type: 'array', items: { type: 'string' } } },
  required: ['files'],
}
const CHANGE = {
  type: 'object',
  properties: { changed: { type: 'boolean' }, summary: { type: 'string' } },
  required: ['changed', 'summary'],
}

const task = args?.task ?? 'Put a comment at the top that says in one sentence what the file is for.'

phase('Find')
const found = args?.files
  ? { files: args.files }
  : await agent(`List the source files that this concerns: ${task}\nPaths from the root of the repository, no generated ones.`, {
      schema: FILES,
      label: 'list files',
      agentType: 'Explore',
    })
const files = [...new Set(found.files)]
log(`${files.length} files`)

phase('Change')
const changes = await parallel(
  files.map((file) => () =>
    agent(`Change the file ${file}: ${task}\nTouch no other file. Where nothing is to be done, change nothing and say so.`, {
      schema: CHANGE,
      label: file,
      touches: [file],
    }),
  ),
)

const results = files.map((file, at) => ({ file, ...(changes[at] ?? { changed: false, summary: 'the agent failed' }) }))
return {
  changed: results.filter((one) => one.changed).map((one) => one.file),
  failed: files.filter((_, at) => changes[at] === null),
  results,
}
