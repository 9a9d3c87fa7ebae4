// One asset: its versions, newest first, and what each of them is.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';
import { assetFiles } from '../../api/files.ts';
import { armListQuery } from '../../api/queries.ts';
import type { ArmResource } from '../../api/types.ts';
import { useWorkspace, type Workspace } from '../../api/workspace.ts';
import { bareButton } from '../../design/bare-button.ts';
import { CodeBlock, CopyableId } from '../../design/copy.tsx';
import { counted } from '../../design/format.ts';
import { Facts, Page, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { FileBrowser } from '../files/file-browser.tsx';
import { parseReference } from '../job/lineage.ts';
import { isRecord } from '../resource/form/changes.ts';
import { ASSET_KINDS } from './kinds.ts';

const useStyles = makeStyles({
  crumbs: { display: 'flex', alignItems: 'center', gap: '6px', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  split: { display: 'grid', gridTemplateColumns: 'minmax(160px, 240px) minmax(0, 1fr)', gap: '22px', alignItems: 'start', '@media (max-width: 720px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  versions: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '2px' },
  version: {
    ...bareButton,
    boxSizing: 'border-box',
    width: '100%',
    display: 'grid',
    padding: '8px 12px',
    borderRadius: '8px',
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorBrandBackground2 },
  number: { fontWeight: 600 },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  detail: { display: 'grid', gap: '18px', minWidth: 0 },
});

export function AssetPage() {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { kind: path = '', asset = '' } = useParams();
  const kind = ASSET_KINDS.find((each) => each.path === path);
  const [parameters, setParameters] = useSearchParams();
  const { data, error, refetch, isPending } = useQuery({ ...armListQuery(workspace, `${path}/${encodeURIComponent(asset)}/versions`), enabled: kind !== undefined });
  if (kind === undefined) return <NotFoundPage />;
  const versions = (data ?? []).toSorted((a, b) => (b.systemData?.createdAt ?? '').localeCompare(a.systemData?.createdAt ?? ''));
  const chosen = versions.find((version) => version.name === parameters.get('version')) ?? versions[0];
  return (
    <Page
      title={asset}
      above={
        <nav aria-label="Where this is" className={styles.crumbs}>
          <Link to={`${workspace.home}/${kind.path}`}>{kind.title}</Link>
        </nav>
      }
      meta={data === undefined ? undefined : counted(versions.length, 'version')}
    >
      {isPending ? <Loading /> : null}
      {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
      {chosen === undefined ? null : (
        <div className={styles.split}>
          <ul className={styles.versions} aria-label="Versions">
            {versions.map((version) => (
              <li key={version.name}>
                <button
                  type="button"
                  aria-pressed={version === chosen}
                  className={mergeClasses(styles.version, version === chosen && styles.chosen)}
                  onClick={() => setParameters({ version: version.name }, { replace: true })}
                >
                  <span className={styles.number}>{version.name}</span>
                  <span className={styles.quiet}>
                    <When at={version.systemData?.createdAt} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
          <div className={styles.detail}>
            <Section title={`Version ${chosen.name}`}>
              <Facts facts={versionFacts(chosen, workspace)} />
            </Section>
            {kind.files === undefined ? null : (
              <Section title="Files">
                <FileBrowser
                  key={chosen.name}
                  tree={assetFiles(workspace, kind.files, asset, chosen.name)}
                  name={`${asset}:${chosen.name}`}
                  folder={parameters.get('path') ?? ''}
                  file={parameters.get('file') ?? ''}
                  onOpen={(folder, file) => setParameters({ version: chosen.name, ...(folder === '' ? {} : { path: folder }), ...(file === '' ? {} : { file }) })}
                />
              </Section>
            )}
            <Section title="JSON">
              <CodeBlock text={JSON.stringify(chosen, null, 2)} label="Copy JSON" />
            </Section>
          </div>
        </div>
      )}
    </Page>
  );
}

function versionFacts(version: ArmResource, workspace: Workspace): Parameters<typeof Facts>[0]['facts'] {
  const { properties } = version;
  const text = (name: string): string => (typeof properties[name] === 'string' ? properties[name] : '');
  const uri = text('modelUri') || text('dataUri');
  const made = isRecord(properties['properties']) ? properties['properties']['azureml.jobName'] : undefined;
  const job = text('jobName') || (typeof made === 'string' ? made : '') || /(?:^azureml:\/\/jobs\/|^runs:\/|\/dcid\.)([^/]+)/.exec(uri)?.[1] || '';
  const all: readonly (readonly [string, React.ReactNode])[] = [
    ['Type', text('modelType') || text('dataType') || text('environmentType')],
    ['Description', text('description')],
    [
      'Made by job',
      job === '' ? (
        ''
      ) : (
        <Link key="j" to={`${workspace.home}/jobs/${job}`}>
          {job}
        </Link>
      ),
    ],
    [
      'Place',
      uri === '' ? (
        ''
      ) : (
        <span key="u" title={uri}>
          {parseReference(workspace, uri).label}
        </span>
      ),
    ],
    ['Image', text('image')],
    ['Created by', version.systemData?.createdBy === undefined ? '' : <Who key="w" id={version.systemData.createdBy} />],
    ['Id', <CopyableId key="i" id={version.id} label="Copy resource id" />],
  ];
  return all.filter(([, value]) => value !== '');
}
