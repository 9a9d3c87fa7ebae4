// The list of resources: filters and order in the address, columns as chosen, virtual rows that come as one scrolls.

import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { Filter24Regular, Grid24Regular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { groupId, groupOf, resourcePage, subscriptionOf } from '../../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { type ResourceRow, resourcesQuery } from '../../api/resources.ts';
import { type Column, DataGrid, type Sorting } from '../../design/data-grid.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { ResourceFilters } from './resource-filters.tsx';
import { formatResourceSearch, isNarrowed, parseResourceSearch, type ResourceSearch } from './resource-search.ts';

const useStyles = makeStyles({
  name: { fontWeight: 600 },
  state: { padding: '8px 32px' },
  quiet: { color: tokens.colorNeutralForeground3 },
  foot: { display: 'flex', alignItems: 'center', gap: '10px', padding: '8px 40px', minHeight: '36px', borderTop: `1px solid ${tokens.colorNeutralStroke3}`, color: tokens.colorNeutralForeground3 },
});

const ENOUGH = 30;
const USUAL = ['type', 'group', 'location', 'state', 'created'];

/** `within`: of one resource group alone. */
export function ResourceList({ within, empty }: { readonly within?: { readonly subscription: string; readonly group: string }; readonly empty: ReactNode }) {
  const styles = useStyles();
  const [parameters, setParameters] = useSearchParams();
  const search = useMemo(() => parseResourceSearch(parameters), [parameters]);
  const shown = parameters.get('columns')?.split(',') ?? USUAL;
  const types = useQuery(typesQuery);
  const query = formatResourceSearch(within === undefined ? search : { ...search, group: within.group });
  if (within !== undefined) query.set('subscription', within.subscription);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isPending } = useInfiniteQuery(resourcesQuery(query.toString()));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  // Why on the address as it is now: what is drawn may lag behind it, and two changes at once would lose one.
  const change = useCallback(
    (part: Partial<ResourceSearch>, chosen?: readonly string[]) => {
      const now = new URLSearchParams(window.location.search);
      const after = formatResourceSearch({ ...parseResourceSearch(now), ...part });
      const tab = now.get('tab');
      if (tab !== null) after.set('tab', tab);
      const columns = (chosen ?? now.get('columns')?.split(',') ?? USUAL).join();
      if (columns !== USUAL.join()) after.set('columns', columns);
      setParameters(after, { replace: true });
    },
    [setParameters],
  );
  const all = useMemo(() => columnsOf(types.data, styles), [types.data, styles]);
  const columns = all.filter(({ id }) => id === 'name' || (shown.includes(id) && !(within !== undefined && id === 'group')));
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // Why: of what the server looked through, the reader may see little or nothing; it looks on.
  useEffect(() => {
    if (rows.length < ENOUGH && !isFetchingNextPage) onEnd();
  }, [rows.length, isFetchingNextPage, onEnd]);
  return (
    <>
      <ResourceFilters
        search={search}
        onChange={change}
        columns={all.filter(({ id }) => id !== 'name')}
        shown={shown}
        onShow={(next) => change({}, next)}
        {...(within === undefined ? {} : { isGroupFixed: true })}
      />
      {isPending || error !== null || (rows.length === 0 && hasNextPage) ? (
        <div className={styles.state}>{error === null ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div>
      ) : null}
      {data !== undefined && rows.length === 0 && !hasNextPage ? (
        isNarrowed(search) ? (
          <EmptyState
            icon={<Filter24Regular />}
            title="Nothing matches"
            action={<Button onClick={() => change({ text: '', types: [], tag: '', ...(within === undefined ? { group: '' } : {}) })}>Clear filters</Button>}
          >
            No resource that you may see answers to these filters.
          </EmptyState>
        ) : (
          empty
        )
      ) : null}
      {rows.length === 0 ? null : (
        <>
          <DataGrid label="Resources" columns={columns} rows={rows} rowId={(row) => row.id} sorting={search.sorting} onSort={(sorting: Sorting) => change({ sorting })} onEnd={onEnd} />
          <div className={styles.foot} aria-live="polite">
            <Text size={200}>{`${rows.length.toLocaleString('en-US')} ${hasNextPage ? 'shown, more below' : rows.length === 1 ? 'resource' : 'resources'}`}</Text>
            {isFetchingNextPage ? <Spinner size="tiny" aria-label="Loading more" /> : null}
          </div>
        </>
      )}
    </>
  );
}

/** What a list is shown when it is empty for want of anything at all. */
export function NoResources() {
  return (
    <EmptyState icon={<Grid24Regular />} title="No resources yet" command="az group create --name demo --location local">
      Workspaces, storage accounts, key vaults and all other resources are listed here. They live in resource groups; make the first one:
    </EmptyState>
  );
}

function columnsOf(types: readonly TypeDescriptor[] | undefined, styles: ReturnType<typeof useStyles>): readonly Column<ResourceRow>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(200px, 2fr)',
      isSortable: true,
      cell: (row) => (
        <Link to={resourcePage(row.id)} className={styles.name}>
          {row.name}
        </Link>
      ),
    },
    { id: 'type', title: 'Type', width: 'minmax(170px, 1.3fr)', cell: (row) => <span title={row.type}>{findType(types, row.type)?.displayName ?? row.type}</span> },
    {
      id: 'group',
      title: 'Resource group',
      width: 'minmax(120px, 1fr)',
      cell: (row) => (groupOf(row.id) === '' ? '' : <Link to={resourcePage(groupId(subscriptionOf(row.id), groupOf(row.id)))}>{groupOf(row.id)}</Link>),
    },
    { id: 'location', title: 'Location', width: '110px', cell: (row) => row.location ?? '' },
    { id: 'state', title: 'State', width: '120px', cell: (row) => <ResourceState state={row.state} /> },
    { id: 'kind', title: 'Kind', width: '120px', cell: (row) => row.kind ?? '' },
    { id: 'sku', title: 'SKU', width: '120px', cell: (row) => row.sku ?? '' },
    {
      id: 'tags',
      title: 'Tags',
      width: 'minmax(140px, 1.4fr)',
      cell: (row) =>
        Object.entries(row.tags)
          .map(([name, value]) => (value === '' ? name : `${name}: ${value}`))
          .join(', '),
    },
    { id: 'changed', title: 'Changed', width: '110px', isSortable: true, cell: (row) => <When at={row.changedAt} /> },
    { id: 'created', title: 'Created', width: '110px', isSortable: true, cell: (row) => <When at={row.createdAt} /> },
  ];
}
