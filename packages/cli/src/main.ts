// lazurite: the command line. Nothing is imported here that could not be compiled once and kept.

import { keepCompiledCode } from './start/compiled-code.ts';
import { boundYoungObjects } from './start/small-heap.ts';

boundYoungObjects(process);
keepCompiledCode(process.argv, process.env);
await import('./run.ts');
