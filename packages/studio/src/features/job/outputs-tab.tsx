// What the job left behind: folders, files, a look inside, downloads.

import { Breadcrumb, BreadcrumbButton, BreadcrumbDivider, BreadcrumbItem, Button, makeStyles, Text, tokens, Tooltip } from '@fluentui/react-components';
import { ArrowDownload20Regular, Document20Regular, Folder20Filled, FolderOpen24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { useSearchParams } from 'react-router';
import { artifactsQuery, download } from '../../api/queries.ts';
import type { Artifact, JobOverview } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { bareButton } from '../../design/bare-button.ts';
import { size } from '../../design/format.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { isTerminal } from '../../design/status.tsx';
import { FilePreview } from './file-preview.tsx';

const useStyles = makeStyles({
  split: { display: 'grid', gridTemplateColumns: 'minmax(280px, 1fr) minmax(0, 1.4fr)', gap: '20px', alignItems: 'start', '@media (max-width: 980px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  list: { listStyleType: 'none', margin: '10px 0 0', padding: 0, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', overflow: 'hidden' },
  row: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    paddingRight: '6px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    ':first-child': { borderTop: 'none' },
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  chosen: { backgroundColor: tokens.colorBrandBackground2 },
  open: {
    ...bareButton,
    boxSizing: 'border-box',
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    flex: '1 1 auto',
    minWidth: 0,
    padding: '10px 12px',
    cursor: 'pointer',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  name: { flex: '1 1 auto', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  size: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, whiteSpace: 'nowrap' },
  folder: { color: tokens.colorPaletteMarigoldForeground2, flexShrink: 0 },
  file: { color: tokens.colorNeutralForeground3, flexShrink: 0 },
});

export function OutputsTab({ overview }: { readonly overview: JobOverview }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { job } = overview;
  const [parameters, setParameters] = useSearchParams();
  const folder = parameters.get('path') ?? '';
  const file = parameters.get('file') ?? '';
  const { data, error, refetch, isPending } = useQuery(artifactsQuery(workspace, job.runId, folder));
  const open = (path: string, chosen: string): void => setParameters({ ...(path === '' ? {} : { path }), ...(chosen === '' ? {} : { file: chosen }) });
  const names = folder === '' ? [] : folder.split('/');
  if (data?.length === 0 && folder === '') {
    return (
      <EmptyState icon={<FolderOpen24Regular />} title={isTerminal(job.status) ? 'No outputs' : 'No outputs yet'}>
        What the job writes into <code>./outputs</code>, logs as an artifact or prints is kept here{isTerminal(job.status) ? '; this one left nothing.' : ', while it runs and after.'}
      </EmptyState>
    );
  }
  return (
    <div className={styles.split}>
      <div>
        <Breadcrumb aria-label="Folder">
          <BreadcrumbItem>
            <BreadcrumbButton current={folder === ''} onClick={() => open('', '')}>
              {job.displayName}
            </BreadcrumbButton>
          </BreadcrumbItem>
          {names.map((name, i) => (
            <Fragment key={names.slice(0, i + 1).join('/')}>
              <BreadcrumbDivider />
              <BreadcrumbItem>
                <BreadcrumbButton current={i === names.length - 1} onClick={() => open(names.slice(0, i + 1).join('/'), '')}>
                  {name}
                </BreadcrumbButton>
              </BreadcrumbItem>
            </Fragment>
          ))}
        </Breadcrumb>
        {isPending ? <Loading /> : null}
        {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
        {data === undefined || data.length === 0 ? null : (
          <ul className={styles.list}>
            {sorted(data).map((artifact) => (
              <li key={artifact.path} className={artifact.path === file ? `${styles.row} ${styles.chosen}` : styles.row}>
                <button
                  type="button"
                  className={styles.open}
                  aria-pressed={artifact.isFolder ? undefined : artifact.path === file}
                  onClick={() => (artifact.isFolder ? open(artifact.path, '') : open(folder, artifact.path))}
                >
                  {artifact.isFolder ? <Folder20Filled className={styles.folder} /> : <Document20Regular className={styles.file} />}
                  <span className={styles.name}>{artifact.path.split('/').at(-1)}</span>
                  {artifact.sizeBytes === undefined ? null : <span className={styles.size}>{size(artifact.sizeBytes)}</span>}
                </button>
                {artifact.isFolder ? null : (
                  <Tooltip content={`Download ${artifact.path.split('/').at(-1)}`} relationship="label">
                    <Button appearance="subtle" icon={<ArrowDownload20Regular />} onClick={() => void download(workspace, job.runId, artifact.path)} />
                  </Tooltip>
                )}
              </li>
            ))}
          </ul>
        )}
        {data?.length === 0 ? <Text>This folder is empty.</Text> : null}
      </div>
      {file === '' ? null : <FilePreview key={file} job={job.runId} path={file} />}
    </div>
  );
}

function sorted(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || a.path.localeCompare(b.path, undefined, { numeric: true }));
}
