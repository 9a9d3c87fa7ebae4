// Removing for good what was deleted, after its name was typed.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { ErrorState } from '../../design/states.tsx';
import { type DeletedResource, purgeAct, runAct } from './deleted-acts.ts';

const useStyles = makeStyles({ content: { display: 'grid', gap: '14px' } });

export function PurgeDialog({ row, onClose }: { readonly row: DeletedResource; onClose(): void }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const types = useQuery(typesQuery);
  const [typed, setTyped] = useState('');
  const type = findType(types.data, row.type);
  const purging = useMutation({
    mutationFn: async () => {
      const act = type === undefined ? undefined : purgeAct(row, type);
      if (act !== undefined) await runAct(act);
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resources'] });
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(_, { open }) => open || purging.isPending || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            purging.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Remove “{row.name}” for good?</DialogTitle>
            <DialogContent className={styles.content}>
              <span>All that the {type?.displayName.toLowerCase() ?? 'resource'} held is removed and cannot be brought back. Its name becomes free.</span>
              <Field label={`Type ${row.name} to confirm`}>
                <Input value={typed} onChange={(_, { value }) => setTyped(value)} autoComplete="off" spellCheck={false} autoFocus />
              </Field>
              {purging.error === null ? null : <ErrorState error={purging.error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Keep it</Button>
              <Button type="submit" appearance="primary" disabled={typed !== row.name || purging.isPending}>
                {purging.isPending ? 'Purging…' : 'Purge'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
