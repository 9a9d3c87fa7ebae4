// The tracking engine: everything below MLflow's protocol, joined.

import type { Database } from '#storage/database.ts';
import { type Batches, createBatches } from './batches.ts';
import { createExperiments, type Experiments } from './experiments.ts';
import { createHistories, type Histories } from './histories.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { createLoggedModels, type LoggedModels } from './logged-models.ts';
import type { RunDataKeys, WorkspaceAccounts } from './ports.ts';
import { createRuns, type Runs } from './runs.ts';

export interface Tracking {
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly batches: Batches;
  readonly histories: Histories;
  readonly inputs: Inputs;
  readonly loggedModels: LoggedModels;
}

export function createTracking(deps: { readonly database: Database; readonly accounts: WorkspaceAccounts; readonly keys?: RunDataKeys }): Tracking {
  const { database } = deps;
  const keys = deps.keys ?? { isSealed: async () => false };
  const experiments = createExperiments({ ...deps, keys });
  return {
    experiments,
    runs: createRuns({ database, experiments, keys }),
    batches: createBatches({ database }),
    histories: createHistories({ database, keys }),
    inputs: createInputs({ database, experiments }),
    loggedModels: createLoggedModels({ database, experiments, keys }),
  };
}
