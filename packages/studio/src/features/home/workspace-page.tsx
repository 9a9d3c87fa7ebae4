// Home of a workspace: how its jobs are doing, and the latest of them.

import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { Beaker24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Navigate, NavLink, useLocation } from 'react-router';
import { experimentQuery, facetsQuery, jobsPeekQuery, workspaceQuery } from '../../api/queries.ts';
import { kindWord, parseWorkspaceId, useWorkspace, type Workspace } from '../../api/workspace.ts';
import { Page, Section } from '../../design/layout.tsx';
import { CopyableId } from '../../design/copy.tsx';
import { Link } from '../../design/link.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Status } from '../../design/status.tsx';
import { Lasting, When } from '../../design/time.tsx';
import { firstJobCommand } from '../jobs/first-job.ts';
import { UNFINISHED } from '../jobs/job-search.ts';
import { parseMlflowLink } from './mlflow-link.ts';

const useStyles = makeStyles({
  tiles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(130px, 1fr))', gap: '14px', marginBottom: '22px' },
  tile: {
    display: 'grid',
    gap: '2px',
    padding: '16px 18px',
    borderRadius: '10px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { border: `1px solid ${tokens.colorBrandStroke2}`, backgroundColor: tokens.colorNeutralBackground2 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  number: { fontSize: '30px', lineHeight: '38px', fontWeight: 600, letterSpacing: '-0.02em', fontVariantNumeric: 'tabular-nums' },
  quiet: { color: tokens.colorNeutralForeground3 },
  projects: { display: 'flex', flexWrap: 'wrap', gap: '8px 20px', alignItems: 'center' },
  above: { marginBottom: '22px' },
  rows: { display: 'grid', margin: '0 -8px' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 1fr) 130px 100px',
    gap: '16px',
    alignItems: 'center',
    minHeight: '44px',
    padding: '0 8px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    ':first-child': { borderTop: 'none' },
    '@media (max-width: 720px)': { gridTemplateColumns: 'minmax(0, 1fr) 130px', '& > :nth-child(even)': { display: 'none' } },
  },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
});

export function WorkspacePage() {
  const { hash } = useLocation();
  const { home } = useWorkspace();
  const link = parseMlflowLink(hash);
  if (link === undefined) return <WorkspaceHome />;
  return link.run === undefined ? <ExperimentLink id={link.experimentId} /> : <Navigate to={`${home}/jobs/${link.run}`} replace />;
}

function ExperimentLink({ id }: { readonly id: string }) {
  const workspace = useWorkspace();
  const { data, error, refetch } = useQuery(experimentQuery(workspace, id));
  if (data !== undefined) return <Navigate to={`${workspace.home}/jobs?experiment=${encodeURIComponent(data.name)}`} replace />;
  return <Page title={workspace.name}>{error === null ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</Page>;
}

function WorkspaceHome() {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { data: self } = useQuery(workspaceQuery(workspace));
  const friendly = self?.properties['friendlyName'];
  const hub = parseWorkspaceId(String(self?.properties['hubResourceId'] ?? ''));
  const facets = useQuery(facetsQuery(workspace));
  const recent = useQuery(jobsPeekQuery(workspace, '', 12));
  const count = (...statuses: readonly string[]): number => (facets.data?.statuses ?? []).reduce((sum, each) => (statuses.length === 0 || statuses.includes(each.status) ? sum + each.count : sum), 0);
  const tiles = [
    { title: 'All jobs', count: count(), search: '' },
    { title: 'Under way', count: count(...UNFINISHED), search: `?${new URLSearchParams(UNFINISHED.map((status) => ['status', status]))}` },
    { title: 'Completed', count: count('Completed'), search: '?status=Completed' },
    { title: 'Failed', count: count('Failed'), search: '?status=Failed' },
  ];
  const error = recent.error ?? facets.error;
  return (
    <Page
      title={typeof friendly === 'string' && friendly !== '' ? friendly : workspace.name}
      meta={
        <>
          {self === undefined || kindWord(self) === '' ? null : <span>{kindWord(self)}</span>}
          {hub === undefined ? null : (
            <span>
              of <Link to={hub.home}>{hub.name}</Link>
            </span>
          )}
          <CopyableId id={workspace.id} shown={`${workspace.group} / ${workspace.name}`} label="Copy resource id" />
        </>
      }
    >
      {self?.kind?.toLowerCase() === 'hub' ? <Projects hub={workspace} ids={textsOf(self.properties['associatedWorkspaces'])} /> : null}
      {error === null ? null : <ErrorState error={error} onRetry={() => void recent.refetch()} />}
      {recent.data?.items.length === 0 ? (
        <EmptyState icon={<Beaker24Regular />} title="No jobs yet" command={firstJobCommand(workspace)}>
          A job runs your code with its environment and data, and keeps logs, metrics and outputs. Submit the first one:
        </EmptyState>
      ) : (
        <>
          <div className={styles.tiles}>
            {tiles.map((tile) => (
              <NavLink key={tile.title} to={`${workspace.home}/jobs${tile.search}`} className={styles.tile}>
                <Text size={200} className={styles.quiet}>
                  {tile.title}
                </Text>
                <span className={styles.number}>{facets.data === undefined ? '–' : tile.count.toLocaleString('en-US')}</span>
              </NavLink>
            ))}
          </div>
          <Section title="Recent jobs" aside={<Link to={`${workspace.home}/jobs`}>All jobs</Link>}>
            {recent.isPending ? <Loading lines={6} /> : null}
            <div className={styles.rows}>
              {(recent.data?.items ?? []).map((job) => (
                <div key={job.runId} className={styles.row}>
                  <Link to={`${workspace.home}/jobs/${job.runId}`} className={styles.cut}>
                    {job.displayName}
                  </Link>
                  <span className={styles.cut}>{job.experiment}</span>
                  <Status status={job.status} />
                  <Text className={styles.quiet} size={200} title="Duration">
                    {job.startedAt === null ? <When at={job.createdAt} /> : <Lasting from={job.startedAt} to={job.endedAt} />}
                  </Text>
                </div>
              ))}
            </div>
          </Section>
        </>
      )}
    </Page>
  );
}

/** What works with the hub's resources. */
function Projects({ hub, ids }: { readonly hub: Workspace; readonly ids: readonly string[] }) {
  const styles = useStyles();
  const projects = ids.flatMap((id) => parseWorkspaceId(id) ?? []);
  return (
    <Section title="Projects" className={styles.above} aside={<Link to={`/create/workspace?${new URLSearchParams({ kind: 'Project', hub: hub.id, group: hub.group })}`}>Create a project</Link>}>
      <div className={styles.projects}>
        {projects.map(({ id, name, home }) => (
          <Link key={id} to={home}>
            {name}
          </Link>
        ))}
        {projects.length === 0 ? <Text className={styles.quiet}>None yet. A project has its storage, key vault and network from this hub.</Text> : null}
      </div>
    </Section>
  );
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
