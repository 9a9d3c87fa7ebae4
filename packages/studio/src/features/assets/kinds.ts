// Kinds of assets that have a list and a page.

import { shellWord } from '../job/acts.ts';
import type { Workspace } from '../../api/workspace.ts';

export interface AssetKind {
  /** Segment of the ARM type and of the studio's address. */
  readonly path: string;
  readonly title: string;
  readonly noun: string;
  readonly purpose: string;
  /** Its versions are made of files, under this name. */
  readonly files?: 'models' | 'data';
  firstCommand(workspace: Workspace): string;
}

const scope = (workspace: Workspace): string => `--resource-group ${shellWord(workspace.group)} --workspace-name ${shellWord(workspace.name)}`;

export const ASSET_KINDS: readonly AssetKind[] = [
  {
    path: 'models',
    files: 'models',
    title: 'Models',
    noun: 'model',
    purpose: 'A model keeps the files of what a job learned, under a name and a version, ready to be used again.',
    firstCommand: (workspace) => `az ml model create --name first --version 1 --path ./model ${scope(workspace)}`,
  },
  {
    path: 'data',
    files: 'data',
    title: 'Data',
    noun: 'data asset',
    purpose: 'A data asset names a file or folder once, so that every job that uses it says which version it used.',
    firstCommand: (workspace) => `az ml data create --name first --version 1 --type uri_folder --path ./data ${scope(workspace)}`,
  },
  {
    path: 'environments',
    title: 'Environments',
    noun: 'environment',
    purpose: 'An environment lists the packages a job needs. It is built once and used by every job that names it.',
    firstCommand: (workspace) => `az ml environment create --name first --version 1 --conda-file conda.yml --image ubuntu ${scope(workspace)}`,
  },
];
