// What each step of the wizard gets.

import type { WorkspaceDraft } from './draft.ts';

export interface StepProps {
  /** With a name for every new neighbour. */
  readonly draft: WorkspaceDraft;
  onChange(draft: WorkspaceDraft): void;
}
