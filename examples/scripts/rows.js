export const meta = {
  name: 'rows',
  description: 'Takes each row of a table through research, a check and a repair, and returns the whole table',
  whenToUse: 'Data that somebody has to look up. args: { rows: [{ name, … }], question }',
  phases: [{ title: 'Look up' }, { title: 'Check' }, { title: 'Repair' }],
}

const FACT = {
  type: 'object',
  properties: { value: { type: 'string' }, source: { type: 'string' } },
  required: ['value', 'source'],
}
const CHECK = {
  type: 'object',
  properties: { holds: { type: 'boolean' }, problem: { type: 'string' } },
  required: ['holds'],
}

const rows = args?.rows ?? []
if (rows.length === 0) throw new Error('there are no rows: --args \'{"rows": [{"name": "…"}], "question": "…"}\'')
const question = args.question ?? 'What is it, in one sentence?'

const done = await pipeline(
  rows,
  (row) =>
    agent(`Look up for ${row.name}: ${question}\nThe row: ${JSON.stringify(row)}`, {
      schema: FACT,
      label: row.name,
      phase: 'Look up',
      agentType: 'Explore',
    }),
  async (fact, row) => {
    const check = await agent(`Check this for ${row.name}: ${fact.value}\nSource: ${fact.source}\nQuestion: ${question}`, {
      schema: CHECK,
      label: row.name,
      phase: 'Check',
      agentType: 'Explore',
    })
    return { fact, check }
  },
  ({ fact, check }, row) =>
    check.holds
      ? fact
      : agent(`Correct this for ${row.name}: ${fact.value}\nWhat is wrong: ${check.problem ?? 'it does not hold'}\nQuestion: ${question}`, {
          schema: FACT,
          label: row.name,
          phase: 'Repair',
          agentType: 'Explore',
        }),
)

const table = rows.map((row, at) => ({ ...row, ...(done[at] ?? { value: null, source: null }) }))
log(`${table.filter((row) => row.value !== null).length} of ${rows.length} rows have an answer`)
return table
