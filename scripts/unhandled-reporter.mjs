// Writes down what vitest's JSON report leaves out: errors that belong to no test.
import { writeFileSync } from 'node:fs';

// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by it
export default class UnhandledReporter {
  onTestRunEnd(_modules, unhandledErrors) {
    const messages = unhandledErrors.map((error) => String(error.stack ?? error.message ?? error));
    writeFileSync(process.env.CODETETHER_TEST_ERRORS ?? '/dev/null', JSON.stringify(messages));
  }
}
