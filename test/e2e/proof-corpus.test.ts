import { proveCorpus } from '../proof-corpus/prove-corpus.js';

// tools that a machine with Node has or that need no install; the others: test/fault/proof-corpus.test.ts
proveCorpus(['node', 'unittest', 'make', 'scripts', 'go']);
