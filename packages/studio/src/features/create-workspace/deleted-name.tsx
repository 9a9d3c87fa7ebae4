// A deleted workspace still holds the name: it can be brought back, or removed for good.

import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { resourcesQuery } from '../../api/resources.ts';
import { ErrorState } from '../../design/states.tsx';
import { PurgeDialog } from '../resources/purge-dialog.tsx';
import { useRecover } from '../resources/recover.ts';
import type { WorkspaceDraft } from './draft.ts';
import { WORKSPACE } from './planned.ts';

export function DeletedOfThisName({ draft }: { readonly draft: WorkspaceDraft }) {
  const { group, name, subscription, isGroupNew } = useDeferredValue(draft);
  const queries = useQueryClient();
  const types = useQuery(typesQuery);
  const search = new URLSearchParams({ deleted: 'true', subscription, group, text: name, type: WORKSPACE });
  const { data } = useInfiniteQuery({ ...resourcesQuery(search.toString(), 50), enabled: !isGroupNew && group !== '' && name.length > 2 });
  const row = name.length > 2 && !isGroupNew ? data?.pages.flatMap(({ items }) => items).find((each) => each.name.toLowerCase() === name.toLowerCase()) : undefined;
  const [isPurging, setPurging] = useState(false);
  const recovering = useRecover();
  if (row === undefined || findType(types.data, WORKSPACE) === undefined) return null;
  return (
    <>
      <MessageBar intent="info" layout="multiline">
        <MessageBarBody>{`${row.name} was deleted from ${group} and still holds its name.`}</MessageBarBody>
        <MessageBarActions>
          <Button disabled={recovering.isPending} onClick={() => recovering.mutate(row)}>
            {recovering.isPending ? 'Recovering…' : 'Recover it instead'}
          </Button>
          <Button disabled={recovering.isPending} onClick={() => setPurging(true)}>
            Remove it for good
          </Button>
        </MessageBarActions>
      </MessageBar>
      {recovering.error === null ? null : <ErrorState error={recovering.error} />}
      {isPurging ? (
        <PurgeDialog
          row={row}
          onClose={() => {
            setPurging(false);
            void queries.invalidateQueries({ queryKey: ['checks'] });
          }}
        />
      ) : null}
    </>
  );
}
