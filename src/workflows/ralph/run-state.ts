import type { RalphInput } from '../../contracts/index.js';
import type { RunRecord } from '../../domain/index.js';
import { RunState as RunStateOf } from '../lib/run-state.js';
import { showRun } from './run-details.js';

/** What the parts of a Ralph run share. */
export class RunState extends RunStateOf<RalphInput> {
  constructor(input: RalphInput, record: RunRecord) {
    super(input, record, showRun);
  }
}
