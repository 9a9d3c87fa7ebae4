// RunTimeline for the studio: the phases of a job's attempts, from what the engine recorded.

import type { RunTimeline, TimelinePhase } from '#planes/studio/ports.ts';
import { findJob, listAttempts } from '#storage/job-store.ts';

export function createRunTimeline(): RunTimeline {
  return {
    async list(db, workspaceKey, runId) {
      const job = await findJob(db, workspaceKey, runId);
      if (job === undefined) return [];
      const attempts = await listAttempts(db, [job.no]);
      const phases: TimelinePhase[] = [];
      const first = attempts[0]?.createdAt;
      phases.push({ attempt: 1, phase: 'queued', startedAt: job.queuedAt, endedAt: first ?? job.endedAt });
      for (const attempt of attempts) {
        const end = attempt.endedAt ?? job.endedAt;
        phases.push({ attempt: attempt.number, phase: 'preparing', startedAt: attempt.createdAt, endedAt: attempt.preparedAt ?? attempt.startedAt ?? end });
        if (attempt.startedAt !== null) phases.push({ attempt: attempt.number, phase: 'running', startedAt: attempt.startedAt, endedAt: attempt.endedAt });
        if (attempt.endedAt !== null && attempt === attempts.at(-1)) phases.push({ attempt: attempt.number, phase: 'finalizing', startedAt: attempt.endedAt, endedAt: job.endedAt });
      }
      return phases;
    },
  };
}
