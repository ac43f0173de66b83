export const meta = {
  name: 'vote',
  description: 'Puts one question to several agents that know nothing of each other, and counts their answers',
  whenToUse: 'A judgement that one agent gets wrong too often. args: { question, options, voters? }',
  phases: [{ title: 'Vote' }, { title: 'Tie', detail: 'only when there is one' }],
}

const question = args?.question ?? 'Is the public interface of this project documented?'
const options = args?.options ?? ['yes', 'no']
const voters = args?.voters ?? 5
const BALLOT = {
  type: 'object',
  properties: { choice: { type: 'string', enum: options }, reason: { type: 'string' } },
  required: ['choice', 'reason'],
}
const LENSES = ['the code alone', 'the tests', 'the documents', 'the history', 'how a user meets it', 'what can go wrong', 'what it costs to keep']

phase('Vote')
const ballots = (
  await parallel(
    Array.from({ length: voters }, (_, at) => () =>
      agent(`Voter ${at + 1}, decide by ${LENSES[at % LENSES.length]}: ${question}`, {
        schema: BALLOT,
        label: `voter ${at + 1}`,
        agentType: 'Explore',
      }),
    ),
  )
).filter(Boolean)

const count = (choice) => ballots.filter((ballot) => ballot.choice === choice).length
const tally = options.map((choice) => ({ choice, votes: count(choice) })).sort((a, b) => b.votes - a.votes)
log(tally.map((one) => `${one.choice} ${one.votes}`).join(', '))

let winner = tally[0].choice
if (tally.length > 1 && tally[0].votes === tally[1].votes) {
  phase('Tie')
  const tied = tally.filter((one) => one.votes === tally[0].votes).map((one) => one.choice)
  const last = await agent(
    `Break the tie between ${tied.join(' and ')}: ${question}\n${ballots.map((one) => `- ${one.choice}: ${one.reason}`).join('\n')}`,
    { schema: { ...BALLOT, properties: { ...BALLOT.properties, choice: { type: 'string', enum: tied } } }, label: 'tie', agentType: 'Explore' },
  )
  winner = last.choice
}
return { winner, tally, voters: ballots.length, reasons: ballots.filter((one) => one.choice === winner).map((one) => one.reason) }
