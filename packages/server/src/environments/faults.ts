// Faults of environments, by name.

import { Fault } from '#kernel/faults.ts';

/** The specification asks for something that cannot be had here; `sentence` says what and what would be accepted. */
export function invalidEnvironment(sentence: string, target = 'condaFile'): Fault {
  return new Fault('invalid', 'InvalidEnvironment', sentence, { target });
}

/** The installer failed; `words` are its own. */
export function buildFailed(step: string, words: string): Fault {
  return new Fault('invalid', 'EnvironmentBuildFailed', `The environment could not be built: ${step} failed. ${words}`, { target: 'environment' });
}

export function buildCanceled(cause: unknown): Fault {
  return new Fault('conflict', 'EnvironmentBuildCanceled', 'The environment build was canceled.', { cause });
}
