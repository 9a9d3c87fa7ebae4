// All jobs of the workspace: live, filtered and sorted by the server, as long as it is.

import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { Beaker24Regular, DismissCircle20Regular, Filter24Regular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { facetsQuery, jobsQuery } from '../../api/queries.ts';
import type { JobRow } from '../../api/types.ts';
import { useWorkspace, type Workspace } from '../../api/workspace.ts';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { counted } from '../../design/format.ts';
import { Page } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { isTerminal, Status } from '../../design/status.tsx';
import { Lasting, When } from '../../design/time.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { firstJobCommand } from './first-job.ts';
import { JobFilters } from './job-filters.tsx';
import { formatJobSearch, isFiltered, type JobSearch, parseJobSearch } from './job-search.ts';

const useStyles = makeStyles({
  name: { fontWeight: 600 },
  quiet: { color: tokens.colorNeutralForeground3 },
  state: { padding: '8px 32px' },
});

const NOTHING: ReadonlySet<string> = new Set();

export function JobsPage() {
  const styles = useStyles();
  const workspace = useWorkspace();
  const [parameters, setParameters] = useSearchParams();
  const search = useMemo(() => parseJobSearch(parameters), [parameters]);
  // Why on the address as it is now: what is drawn may lag behind it, and two changes at once would lose one.
  const change = useCallback(
    (part: Partial<JobSearch>) => setParameters(formatJobSearch({ ...parseJobSearch(new URLSearchParams(window.location.search)), ...part }), { replace: true }),
    [setParameters],
  );
  const [chosen, setChosen] = useState(NOTHING);
  const [canceling, setCanceling] = useState<readonly JobRow[]>([]);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isPending } = useInfiniteQuery(jobsQuery(workspace, formatJobSearch(search).toString()));
  const facets = useQuery(facetsQuery(workspace));
  const rows = useMemo(() => distinct(data?.pages.flatMap((page) => page.items) ?? []), [data]);
  const columns = useMemo(() => columnsOf(workspace, styles), [workspace, styles]);
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const cancellable = rows.filter((row) => chosen.has(row.runId) && row.owner === 'job' && !isTerminal(row.status));
  const total = facets.data?.statuses.reduce((sum, each) => sum + each.count, 0);
  const isEmpty = data !== undefined && rows.length === 0;
  return (
    <Page
      title="Jobs"
      isFlush
      meta={
        data === undefined ? undefined : (
          <Text>{!hasNextPage ? counted(rows.length, 'job') : isFiltered(search) || total === undefined ? `${rows.length.toLocaleString('en-US')} shown, more below` : counted(total, 'job')}</Text>
        )
      }
      actions={
        <>
          {isFetchingNextPage ? <Spinner size="tiny" aria-label="Loading more" /> : null}
          {chosen.size === 0 ? null : (
            <>
              <Text className={styles.quiet}>{chosen.size} chosen</Text>
              <Button icon={<DismissCircle20Regular />} disabled={cancellable.length === 0} onClick={() => setCanceling(cancellable)}>
                {cancellable.length === 0 ? 'Nothing to cancel' : `Cancel ${counted(cancellable.length, 'job')}`}
              </Button>
              <Button appearance="subtle" onClick={() => setChosen(NOTHING)}>
                Choose none
              </Button>
            </>
          )}
        </>
      }
      below={isEmpty && !isFiltered(search) ? null : <JobFilters search={search} onChange={change} />}
    >
      {isPending || error !== null ? (
        <div className={styles.state}>
          {isPending ? <Loading lines={10} /> : null}
          {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
        </div>
      ) : null}
      {isEmpty ? isFiltered(search) ? <NoMatch onClear={() => change(parseJobSearch(new URLSearchParams()))} /> : <NoJobs workspace={workspace} /> : null}
      {rows.length === 0 ? null : (
        <DataGrid label="Jobs" columns={columns} rows={rows} rowId={rowId} sorting={search.sorting} onSort={(sorting) => change({ sorting })} chosen={chosen} onChoose={setChosen} onEnd={onEnd} />
      )}
      {canceling.length === 0 ? null : (
        <CancelDialog
          jobs={canceling}
          onClose={() => {
            setCanceling([]);
            setChosen(NOTHING);
          }}
        />
      )}
    </Page>
  );
}

function rowId(row: JobRow): string {
  return row.runId;
}

/** Why: a job that moved in the order between two pages would be there twice. */
function distinct(rows: readonly JobRow[]): readonly JobRow[] {
  return [...new Map(rows.map((row) => [row.runId, row])).values()];
}

function columnsOf(workspace: Workspace, styles: ReturnType<typeof useStyles>): readonly Column<JobRow>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(200px, 3fr)',
      isSortable: true,
      cell: (row) => (
        <Link to={`${workspace.home}/jobs/${row.runId}`} className={styles.name}>
          {row.displayName}
        </Link>
      ),
    },
    { id: 'status', title: 'Status', width: '136px', isSortable: true, cell: (row) => <Status status={row.status} /> },
    { id: 'experiment', title: 'Experiment', width: 'minmax(110px, 1.2fr)', cell: (row) => row.experiment },
    { id: 'created', title: 'Created', width: '112px', isSortable: true, cell: (row) => <When at={row.createdAt} /> },
    { id: 'duration', title: 'Duration', width: '112px', isSortable: true, cell: (row) => <Lasting from={row.startedAt} to={row.endedAt} /> },
    {
      id: 'compute',
      title: 'Compute',
      width: 'minmax(90px, 0.8fr)',
      cell: (row) => row.computeId?.split('/').at(-1) ?? <span className={styles.quiet}>{row.owner === 'client' ? 'elsewhere' : 'serverless'}</span>,
    },
    { id: 'createdBy', title: 'Created by', width: 'minmax(100px, 1fr)', cell: (row) => row.createdBy },
  ];
}

function NoJobs({ workspace }: { readonly workspace: Workspace }) {
  return (
    <EmptyState icon={<Beaker24Regular />} title="No jobs yet" command={firstJobCommand(workspace)}>
      A job runs your code with its environment and data, and keeps logs, metrics and outputs. Submit the first one:
    </EmptyState>
  );
}

function NoMatch({ onClear }: { onClear(): void }) {
  return (
    <EmptyState icon={<Filter24Regular />} title="No job matches">
      No job of this workspace passes all filters. <Button onClick={onClear}>Clear filters</Button>
    </EmptyState>
  );
}
