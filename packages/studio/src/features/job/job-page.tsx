// A job: what it is, whether it is well, what now; then its metrics, logs, outputs, code and JSON.

import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronRight12Regular, DismissCircle20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { overviewQuery } from '../../api/queries.ts';
import type { JobOverview } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Page } from '../../design/layout.tsx';
import { PageTabs } from '../../design/page-tabs.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { isTerminal, Status } from '../../design/status.tsx';
import { Lasting, When } from '../../design/time.tsx';
import { CancelDialog } from '../jobs/cancel-dialog.tsx';
import { AsCodeButton } from './as-code.tsx';
import { OverviewTab } from './overview-tab.tsx';

const MetricsTab = lazy(() => import('./metrics-tab.tsx').then((module) => ({ default: module.MetricsTab })));
const LogsTab = lazy(() => import('./logs-tab.tsx').then((module) => ({ default: module.LogsTab })));
const OutputsTab = lazy(() => import('./outputs-tab.tsx').then((module) => ({ default: module.OutputsTab })));
const CodeTab = lazy(() => import('./code-tab.tsx').then((module) => ({ default: module.CodeTab })));
const JsonTab = lazy(() => import('../assets/json-tab.tsx').then((module) => ({ default: module.JsonTab })));

const useStyles = makeStyles({
  crumbs: { display: 'flex', alignItems: 'center', gap: '6px', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, minWidth: 0 },
  pane: { flex: '1 1 auto', minHeight: 0, overflowY: 'auto', padding: '22px 32px 40px', '@media (max-width: 640px)': { padding: '18px 20px 32px' } },
  flush: { flex: '1 1 auto', minHeight: 0, display: 'flex', flexDirection: 'column' },
  state: { padding: '20px 32px' },
});

export function JobPage() {
  const styles = useStyles();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { job: name = '', tab = 'overview' } = useParams();
  const { data, error, refetch, isPending } = useQuery(overviewQuery(workspace, name));
  const [isCanceling, setCanceling] = useState(false);
  const job = data?.job;
  const tabs = tabsOf(data);
  return (
    <Page
      title={job?.displayName ?? name}
      isFlush
      above={
        <nav aria-label="Where this is" className={styles.crumbs}>
          <Link to={`${workspace.home}/jobs`}>Jobs</Link>
          {job === undefined ? null : (
            <>
              <ChevronRight12Regular />
              <Link to={`${workspace.home}/jobs?experiment=${encodeURIComponent(job.experiment)}`}>{job.experiment}</Link>
            </>
          )}
        </nav>
      }
      meta={
        job === undefined ? undefined : (
          <>
            <Status status={job.status} />
            {job.startedAt === null ? null : <Lasting from={job.startedAt} to={job.endedAt} />}
            <span>
              by {job.createdBy}, <When at={job.createdAt} />
            </span>
            <CopyableId id={job.runId} label="Copy job name" />
          </>
        )
      }
      actions={
        job === undefined ? undefined : (
          <>
            {job.owner === 'client' || isTerminal(job.status) || job.status === 'CancelRequested' ? null : (
              <Button icon={<DismissCircle20Regular />} onClick={() => setCanceling(true)}>
                Cancel
              </Button>
            )}
            {data?.definition === null ? null : <AsCodeButton job={job.runId} />}
          </>
        )
      }
      below={
        job === undefined ? null : (
          <PageTabs tabs={tabs.map(([id, title]) => ({ id, title }))} chosen={tab} onChoose={(id) => void navigate(`${workspace.home}/jobs/${name}${id === 'overview' ? '' : `/${id}`}`)} />
        )
      }
    >
      {isPending || (error !== null && data === undefined) ? <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div> : null}
      {data === undefined ? null : (
        <Suspense
          fallback={
            <div className={styles.state}>
              <Loading />
            </div>
          }
        >
          {tab === 'logs' || tab === 'code' ? (
            <div className={styles.flush}>{tab === 'logs' ? <LogsTab job={data.job} /> : <CodeTab job={name} />}</div>
          ) : (
            <div className={styles.pane}>
              {tab === 'overview' ? <OverviewTab overview={data} /> : null}
              {tab === 'metrics' ? <MetricsTab overview={data} /> : null}
              {tab === 'outputs' ? <OutputsTab overview={data} /> : null}
              {tab === 'json' ? <JsonTab path={`jobs/${encodeURIComponent(name)}`} /> : null}
            </div>
          )}
        </Suspense>
      )}
      {isCanceling && job !== undefined ? <CancelDialog jobs={[job]} onClose={() => setCanceling(false)} /> : null}
    </Page>
  );
}

function tabsOf(overview: JobOverview | undefined): readonly (readonly [id: string, title: string])[] {
  return [
    ['overview', 'Overview'],
    ['metrics', 'Metrics'],
    ['logs', 'Logs'],
    ['outputs', 'Outputs'],
    ...(overview?.definition?.codeId === undefined || overview.definition.codeId === null ? [] : [['code', 'Code'] as const]),
    ...(overview?.definition === null ? [] : [['json', 'JSON'] as const]),
  ];
}
