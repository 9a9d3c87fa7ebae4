// JobStatus: the states of a job, and which may follow which.
// Source: contracts/azureml-jobs.md §5; contracts/azureml-rest.md, JobBaseProperties.
//
//   NotStarted > Queued > Preparing > Starting > Running > Finalizing > Completed
//        any of them > CancelRequested > Canceled        any of them > Failed

import type { StateMachine } from './state-machine.ts';

export type JobStatus = 'NotStarted' | 'Queued' | 'Provisioning' | 'Preparing' | 'Starting' | 'Running' | 'Finalizing' | 'CancelRequested' | 'NotResponding' | 'Completed' | 'Failed' | 'Canceled';

export const jobStates: StateMachine<JobStatus> = {
  name: 'job',
  transitions: {
    NotStarted: ['Queued', 'Provisioning', 'Preparing', 'Starting', 'Running', 'CancelRequested', 'Failed', 'Canceled'],
    Queued: ['Provisioning', 'Preparing', 'Starting', 'CancelRequested', 'Failed', 'Canceled'],
    Provisioning: ['Queued', 'Preparing', 'Starting', 'CancelRequested', 'Failed', 'Canceled'],
    Preparing: ['Queued', 'Starting', 'Running', 'CancelRequested', 'Failed', 'Canceled'],
    Starting: ['Queued', 'Running', 'Finalizing', 'CancelRequested', 'Failed', 'Canceled'],
    Running: ['Queued', 'Finalizing', 'NotResponding', 'CancelRequested', 'Failed', 'Canceled'],
    NotResponding: ['Queued', 'Running', 'Finalizing', 'CancelRequested', 'Failed', 'Canceled'],
    Finalizing: ['Completed', 'Failed', 'Canceled'],
    CancelRequested: ['Finalizing', 'Canceled', 'Failed', 'Completed'],
    Completed: [],
    Failed: [],
    Canceled: [],
  },
};
