// Canceling, after saying what it does.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles } from '@fluentui/react-components';
import { useMutation } from '@tanstack/react-query';
import { cancelJob } from '../../api/queries.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { counted } from '../../design/format.ts';
import { ErrorState } from '../../design/states.tsx';
import { actsOn } from '../job/acts.ts';

const useStyles = makeStyles({ content: { display: 'grid', gap: '14px' } });

export interface CancelTarget {
  readonly runId: string;
  readonly displayName: string;
}

export function CancelDialog({ jobs, onClose }: { readonly jobs: readonly CancelTarget[]; onClose(): void }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const canceling = useMutation({
    // Why: one after another, so that the first refusal is the one that is shown and nothing after it is asked.
    mutationFn: async () => {
      for (const job of jobs) await cancelJob(workspace, job.runId);
    },
    onSuccess: onClose,
  });
  const what = jobs.length === 1 ? `“${jobs[0]?.displayName}”` : counted(jobs.length, 'job');
  const commands = jobs.slice(0, 20).map((job) => actsOn(workspace, job.runId).find((act) => act.name === 'Cancel')?.az ?? '');
  return (
    <Dialog open={jobs.length > 0} onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Cancel {what}?</DialogTitle>
          <DialogContent className={styles.content}>
            <span>The command is asked to stop, and ended if it does not. Logs, metrics and outputs written so far stay. A canceled job cannot go on; submit it again instead.</span>
            <CodeBlock text={commands.join('\n')} label="Copy as az commands" />
            {canceling.error === null ? null : <ErrorState error={canceling.error} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Keep running</Button>
            <Button appearance="primary" disabled={canceling.isPending} onClick={() => canceling.mutate()}>
              {canceling.isPending ? 'Canceling…' : `Cancel ${jobs.length === 1 ? 'job' : counted(jobs.length, 'job')}`}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
