// Loaded by Node in each thread of a worker process (`--import`): the threads of Temporal's workflows are started by its library, which offers no other way in.
import { collectWhenIdle } from './idle-collection.js';

collectWhenIdle();
