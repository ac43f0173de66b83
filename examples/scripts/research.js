export const meta = {
  name: 'research',
  description: 'Splits a question, has each part looked into, doubts the claims, and writes a report with what stood',
  whenToUse: 'A question that one agent answers too fast. args: { question, out? } (out: a file for the report)',
  phases: [{ title: 'Split' }, { title: 'Look' }, { title: 'Doubt' }, { title: 'Write' }],
}

const PARTS = {
  type: 'object',
  properties: { parts: { type: 'array', items: { type: 'string' } } },
  required: ['parts'],
}
const CLAIMS = {
  type: 'object',
  properties: {
    claims: {
      type: 'array',
      items: { type: 'object', properties: { claim: { type: 'string' }, source: { type: 'string' } }, required: ['claim', 'source'] },
    },
  },
  required: ['claims'],
}
const VERDICT = {
  type: 'object',
  properties: { stands: { type: 'boolean' }, note: { type: 'string' } },
  required: ['stands'],
}

const question = args?.question ?? 'How does a request travel through this project?'
const out = args?.out ?? 'docs/research.md'

phase('Split')
const { parts } = await agent(`Split this question into three to five that can be looked into apart: ${question}`, { schema: PARTS, label: 'split', agentType: 'Explore' })

phase('Look')
const looked = await parallel(
  parts.map((part) => () =>
    agent(`Look into this: ${part}\nPart of: ${question}\nEach claim with a file and line, or an address, that shows it.`, { schema: CLAIMS, label: part.slice(0, 60), agentType: 'Explore' }),
  ),
)
// the same claim from two agents is doubted once
const claims = [...new Map(looked.filter(Boolean).flatMap((one) => one.claims).map((one) => [one.claim.toLowerCase(), one])).values()]

phase('Doubt')
const verdicts = await parallel(
  claims.map((one) => () => agent(`Doubt this claim: ${one.claim}\nSource: ${one.source}\nOpen the source. It stands only when that says so.`, { schema: VERDICT, label: one.claim.slice(0, 60), agentType: 'Explore' })),
)
const stood = claims.filter((_, at) => verdicts[at]?.stands)
log(`${stood.length} of ${claims.length} claims stand`)

phase('Write')
await agent(`Write the report ${out} that answers: ${question}\nFrom these claims alone, each with its source:\n${stood.map((one) => `- ${one.claim} (${one.source})`).join('\n')}`, {
  label: 'report',
  touches: [out],
})
return { question, report: out, parts: parts.length, claims: claims.length, stood: stood.length }
