// Removing for good what was deleted, after its name was typed.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { NameDialog } from '../../design/forms/name-dialog.tsx';
import { noun } from '../resource/words.ts';
import { type DeletedResource, purgeAct, runAct } from './deleted-acts.ts';

export function PurgeDialog({ row, onClose }: { readonly row: DeletedResource; onClose(): void }) {
  const queries = useQueryClient();
  const types = useQuery(typesQuery);
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
    <NameDialog
      title={`Remove “${row.name}” for good?`}
      name={row.name}
      act="Purge"
      acting="Purging…"
      isPending={purging.isPending}
      error={purging.error}
      onConfirm={() => purging.mutate()}
      onClose={onClose}
    >
      <span>All that the {noun(type?.displayName ?? 'resource')} held is removed and cannot be brought back. Its name becomes free.</span>
    </NameDialog>
  );
}
