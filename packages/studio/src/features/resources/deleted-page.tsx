// Recently deleted: what can still be recovered, until when, and removing it for good.

import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowUndo20Regular, Delete20Regular, Delete24Regular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { groupOf } from '../../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { type ResourceRow, resourcesQuery } from '../../api/resources.ts';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { Page } from '../../design/layout.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { useNow, When } from '../../design/time.tsx';
import { purgeAct, recoverAct } from './deleted-acts.ts';
import { PurgeDialog } from './purge-dialog.tsx';
import { useRecover } from './recover.ts';

const useStyles = makeStyles({
  state: { padding: '8px 32px' },
  name: { fontWeight: 600 },
  acts: { display: 'inline-flex', gap: '6px' },
  quiet: { color: tokens.colorNeutralForeground3 },
});

export function DeletedPage() {
  const styles = useStyles();
  const types = useQuery(typesQuery);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isPending } = useInfiniteQuery(resourcesQuery('deleted=true&sort=changed:desc'));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const [purging, setPurging] = useState<ResourceRow>();
  const recovering = useRecover();
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const columns = columnsOf({ styles, types: types.data, recovering: recovering.isPending ? recovering.variables.id : undefined, recover: recovering.mutate, purge: setPurging });
  return (
    <Page title="Recently deleted" isFlush meta={<span className={styles.quiet}>Workspaces, key vaults and other resources that keep what they held for a while.</span>}>
      {recovering.error === null ? null : (
        <div className={styles.state}>
          <ErrorState error={recovering.error} />
        </div>
      )}
      {isPending || error !== null ? <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div> : null}
      {data !== undefined && rows.length === 0 ? (
        <EmptyState icon={<Delete24Regular />} title="Nothing was deleted lately">
          A deleted workspace or key vault is listed here until it is gone for good; until then it can be recovered with all that it held.
        </EmptyState>
      ) : null}
      {rows.length === 0 ? null : <DataGrid label="Recently deleted" columns={columns} rows={rows} rowId={(row) => row.id} onEnd={onEnd} />}
      {purging === undefined ? null : <PurgeDialog row={purging} onClose={() => setPurging(undefined)} />}
    </Page>
  );
}

function Until({ at }: { readonly at: string | null | undefined }) {
  const now = useNow();
  if (at === null || at === undefined) return <span>–</span>;
  const days = Math.max(0, Math.ceil((Date.parse(at) - now) / 86_400_000));
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      in {days} d
    </time>
  );
}

function columnsOf({
  styles,
  types,
  recovering,
  recover,
  purge,
}: {
  readonly styles: ReturnType<typeof useStyles>;
  readonly types: readonly TypeDescriptor[] | undefined;
  readonly recovering: string | undefined;
  readonly recover: (row: ResourceRow) => void;
  readonly purge: (row: ResourceRow) => void;
}): readonly Column<ResourceRow>[] {
  return [
    { id: 'name', title: 'Name', width: 'minmax(180px, 2fr)', cell: (row) => <span className={styles.name}>{row.name}</span> },
    { id: 'type', title: 'Type', width: 'minmax(150px, 1.2fr)', cell: (row) => findType(types, row.type)?.displayName ?? row.type },
    { id: 'group', title: 'Resource group', width: 'minmax(120px, 1fr)', cell: (row) => groupOf(row.id) },
    { id: 'deleted', title: 'Deleted', width: '110px', cell: (row) => <When at={row.deletedAt} /> },
    { id: 'purge', title: 'Gone for good', width: '120px', cell: (row) => <Until at={row.purgeAt} /> },
    {
      id: 'acts',
      title: 'Acts',
      width: '210px',
      cell: (row) => {
        const type = findType(types, row.type);
        if (type === undefined) return null;
        return (
          <span className={styles.acts}>
            {recoverAct(row, type, '') === undefined ? null : (
              <Button size="small" icon={<ArrowUndo20Regular />} aria-label={`Recover ${row.name}`} disabled={recovering !== undefined} onClick={() => recover(row)}>
                {recovering === row.id ? 'Recovering…' : 'Recover'}
              </Button>
            )}
            {purgeAct(row, type) === undefined ? null : (
              <Button size="small" appearance="subtle" icon={<Delete20Regular />} aria-label={`Purge ${row.name}`} onClick={() => purge(row)}>
                Purge
              </Button>
            )}
          </span>
        );
      },
    },
  ];
}
