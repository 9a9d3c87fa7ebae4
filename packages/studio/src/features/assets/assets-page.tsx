// Models, data and environments of the workspace, by name.

import { makeStyles, tokens } from '@fluentui/react-components';
import { Box24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { armListQuery } from '../../api/queries.ts';
import type { ArmResource } from '../../api/types.ts';
import { useWorkspace, type Workspace } from '../../api/workspace.ts';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { counted } from '../../design/format.ts';
import { Page } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { ASSET_KINDS, type AssetKind } from './kinds.ts';

const useStyles = makeStyles({ state: { padding: '8px 32px' }, name: { fontWeight: 600 }, quiet: { color: tokens.colorNeutralForeground3 } });

export function AssetsPage() {
  const { kind: path = '' } = useParams();
  const kind = ASSET_KINDS.find((each) => each.path === path);
  return kind === undefined ? <NotFoundPage /> : <AssetList key={path} kind={kind} />;
}

function AssetList({ kind }: { readonly kind: AssetKind }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { data, error, refetch, isPending } = useQuery(armListQuery(workspace, kind.path));
  const columns = columnsOf(kind, workspace, styles);
  return (
    <Page title={kind.title} isFlush meta={data === undefined ? undefined : counted(data.length, kind.noun)}>
      {isPending || error !== null ? <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div> : null}
      {data?.length === 0 ? (
        <EmptyState icon={<Box24Regular />} title={`No ${kind.noun}s yet`} command={kind.firstCommand(workspace)}>
          {kind.purpose}
        </EmptyState>
      ) : null}
      {data === undefined || data.length === 0 ? null : <DataGrid label={kind.title} columns={columns} rows={data} rowId={(row) => row.name} />}
    </Page>
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function columnsOf(kind: AssetKind, workspace: Workspace, styles: ReturnType<typeof useStyles>): readonly Column<ArmResource>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(180px, 2fr)',
      cell: (row) => (
        <Link to={`${workspace.home}/${kind.path}/${encodeURIComponent(row.name)}`} className={styles.name}>
          {row.name}
        </Link>
      ),
    },
    { id: 'latest', title: 'Latest version', width: '130px', cell: (row) => text(row.properties['latestVersion']) || <span className={styles.quiet}>none</span> },
    { id: 'description', title: 'Description', width: 'minmax(120px, 2fr)', cell: (row) => text(row.properties['description']) },
    { id: 'modified', title: 'Changed', width: '120px', cell: (row) => <When at={row.systemData?.lastModifiedAt ?? row.systemData?.createdAt} /> },
    { id: 'by', title: 'Created by', width: 'minmax(100px, 1fr)', cell: (row) => <Who id={row.systemData?.createdBy} /> },
  ];
}
