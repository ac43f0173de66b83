export const meta = {
  name: 'tournament',
  description: 'Several agents answer the same brief in ways of their own; judges pair them off until one is left',
  whenToUse: 'Names, texts, designs: where the best of many beats one that is polished. args: { brief, entrants? }',
  phases: [{ title: 'Entries' }, { title: 'Rounds' }],
}

const WAYS = ['the plainest that can work', 'for someone who has never seen this', 'with the fewest parts', 'bold', 'by analogy', 'from the end backwards', 'for the worst case', 'with numbers']
const VERDICT = {
  type: 'object',
  properties: { winner: { type: 'string', enum: ['A', 'B'] }, why: { type: 'string' } },
  required: ['winner', 'why'],
}

const brief = args?.brief ?? 'A name and a tagline for this project.'
const size = Math.min(WAYS.length, Math.max(2, args?.entrants ?? 4))

phase('Entries')
const written = await parallel(
  WAYS.slice(0, size).map((way, at) => () =>
    agent(`Answer this brief ${way}: ${brief}\nYour answer alone, no word about it.`, { label: `entry ${at + 1}`, agentType: 'Explore' }),
  ),
)
let left = written.map((text, at) => ({ way: WAYS[at], text })).filter((entry) => entry.text)
if (left.length === 0) throw new Error('nobody entered')

phase('Rounds')
const rounds = []
while (left.length > 1) {
  const pairs = []
  for (let at = 0; at + 1 < left.length; at += 2) pairs.push([left[at], left[at + 1]])
  const odd = left.length % 2 === 1 ? [left.at(-1)] : []
  const won = await parallel(
    pairs.map(([a, b]) => async () => {
      const verdict = await agent(`Which answers this brief better: ${brief}\n\n## A\n${a.text}\n\n## B\n${b.text}`, {
        schema: VERDICT,
        label: `round ${rounds.length + 1}`,
        agentType: 'Explore',
      })
      return { ...(verdict.winner === 'A' ? a : b), why: verdict.why }
    }),
  )
  // where a judge failed, the first of the pair goes on
  left = [...won.map((winner, at) => winner ?? pairs[at][0]), ...odd]
  rounds.push(left.map((entry) => entry.way))
  log(`round ${rounds.length}: ${left.length} left`)
}
return { winner: left[0], rounds }
