// A process whose main thread stops taking turns while a step runs: `starving-worker.mjs JOURNAL`.
import { createStepJournal } from '../../dist/platform/storage/step-journal.js';
import { watchStarvation } from '../../dist/workers/starvation-watch.js';

const watch = watchStarvation({ limitMs: 300, lookMs: 50 });
const journal = createStepJournal(process.argv[2], null, watch);
const settled = await journal
  .settle({
    key: { scope: 'w', step: 1, index: 0 },
    identity: {},
    parse: String,
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (;;);
    },
  })
  .catch((error) => error.code);
process.stdout.write(`${settled}\n`);
process.exit(0);
