// lazurite: the command line. Nothing is imported here that could not be compiled once and kept.

import { keepCompiledCode } from './start/compiled-code.ts';

keepCompiledCode(process.argv, process.env);
await import('./run.ts');
