// The computes of the workspace: how big, how busy.

import { makeStyles, tokens } from '@fluentui/react-components';
import { Server24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { armListQuery } from '../../api/queries.ts';
import { stateOf } from '../../api/resources.ts';
import { resourcePage } from '../../api/resource-id.ts';
import type { ArmResource } from '../../api/types.ts';
import { useWorkspace, type Workspace } from '../../api/workspace.ts';
import { CreateButton } from '../../design/create-button.tsx';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { counted } from '../../design/format.ts';
import { Page } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { shellWord } from '../job/acts.ts';

const COMPUTES = 'Microsoft.MachineLearningServices/workspaces/computes';

const useStyles = makeStyles({ state: { padding: '8px 32px' }, name: { fontWeight: 600 }, quiet: { color: tokens.colorNeutralForeground3 } });

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function amount(value: unknown): string {
  return typeof value === 'number' ? String(value) : '–';
}

export function ComputePage() {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { data, error, refetch, isPending } = useQuery(armListQuery(workspace, 'computes'));
  const columns = columnsOf(workspace, styles);
  return (
    <Page
      title="Compute"
      isFlush
      meta={data === undefined ? undefined : counted(data.length, 'compute')}
      actions={<CreateButton to={`/create?${new URLSearchParams({ type: COMPUTES, in: workspace.id })}`}>Create compute</CreateButton>}
    >
      {isPending || error !== null ? <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div> : null}
      {data?.length === 0 ? (
        <EmptyState
          icon={<Server24Regular />}
          title="No compute of its own"
          command={`az ml compute create --name cpu --type AmlCompute --min-instances 0 --max-instances 2 --resource-group ${shellWord(workspace.group)} --workspace-name ${shellWord(workspace.name)}`}
        >
          Jobs that name no compute run on this machine already. A cluster says how many of them run at the same time:
        </EmptyState>
      ) : null}
      {data === undefined || data.length === 0 ? null : <DataGrid label="Compute" columns={columns} rows={data} rowId={(row) => row.name} />}
    </Page>
  );
}

function columnsOf(workspace: Workspace, styles: ReturnType<typeof useStyles>): readonly Column<ArmResource>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(160px, 2fr)',
      cell: (row) => (
        <Link to={resourcePage(row.id)} className={styles.name}>
          {row.name}
        </Link>
      ),
    },
    { id: 'type', title: 'Type', width: '140px', cell: (row) => String(row.properties['computeType'] ?? '') },
    { id: 'state', title: 'State', width: '130px', cell: (row) => <ResourceState state={stateOf(row)} /> },
    {
      id: 'nodes',
      title: 'Nodes',
      width: 'minmax(180px, 1.6fr)',
      cell: (row) => {
        const inside = member(row.properties, 'properties');
        const counts = member(inside, 'nodeStateCounts');
        const busy = Number(member(counts, 'runningNodeCount') ?? 0) + Number(member(counts, 'preparingNodeCount') ?? 0);
        const scale = member(inside, 'scaleSettings');
        // A compute instance is one machine, on or off.
        if (scale === undefined || scale === null) return String(member(inside, 'state') ?? '');
        return (
          <>
            {busy} busy, {amount(member(counts, 'idleNodeCount'))} idle{' '}
            <span className={styles.quiet}>
              of {amount(member(scale, 'minNodeCount'))} to {amount(member(scale, 'maxNodeCount'))}
            </span>
          </>
        );
      },
    },
    { id: 'jobs', title: 'Jobs', width: '90px', cell: (row) => <Link to={`${workspace.home}/jobs?compute=${encodeURIComponent(row.name)}`}>Jobs</Link> },
    { id: 'created', title: 'Created', width: '110px', cell: (row) => <When at={row.systemData?.createdAt} /> },
  ];
}
