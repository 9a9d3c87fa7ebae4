// A workspace: essentials, the resources it depends on and how they are, what runs.

import { makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, Circle16Regular, DismissCircle16Filled } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { nameOf, resourcePage } from '../../api/resource-id.ts';
import { statesQuery } from '../../api/resources.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Facts, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState } from '../../design/states.tsx';
import { essentials, NowRunning } from '../resource/overview-tab.tsx';
import type { TabProps } from '../resource/subject.ts';
import { memberOf, type NeighbourLink, neighboursOf, textOf } from './workspace-properties.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(420px, 100%), 1fr))', gap: '18px', alignItems: 'start' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid' },
  row: {
    display: 'grid',
    gridTemplateColumns: '140px minmax(0, 1fr) 92px',
    gap: '14px',
    alignItems: 'center',
    minHeight: '42px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    ':first-child': { borderTop: 'none' },
  },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  term: { color: tokens.colorNeutralForeground3 },
  health: { display: 'inline-flex', alignItems: 'center', gap: '6px', whiteSpace: 'nowrap' },
  good: { color: tokens.colorPaletteGreenForeground1, display: 'inline-flex' },
  bad: { color: tokens.colorPaletteRedForeground1, display: 'inline-flex' },
  quiet: { color: tokens.colorNeutralForeground3, display: 'inline-flex' },
});

export function WorkspaceOverviewTab({ subject }: TabProps) {
  const styles = useStyles();
  const { resource, id } = subject;
  return (
    <div className={styles.grid}>
      <Section title="Essentials">
        <Facts facts={essentials(subject)} />
      </Section>
      <Neighbours links={neighboursOf(resource)} />
      <Section title="Workspace">
        <Facts
          facts={[
            ['Display name', textOf(resource, 'friendlyName')] as const,
            ['Description', textOf(resource, 'description')] as const,
            ['Public access', textOf(resource, 'publicNetworkAccess')] as const,
            ['Encryption', memberOf(resource.properties, 'encryption', 'status') === 'Enabled' ? 'Your own key' : 'Key of this server'] as const,
            ['High business impact', resource.properties?.['hbiWorkspace'] === true ? 'Yes: diagnostics keep less' : 'No'] as const,
            ['Identity', resource.identity?.principalId === undefined ? '' : <CopyableId key="p" id={resource.identity.principalId} label="Copy object id" />] as const,
            ['Discovery', textOf(resource, 'discoveryUrl') === '' ? '' : <CopyableId key="d" id={textOf(resource, 'discoveryUrl')} label="Copy discovery address" />] as const,
            ['MLflow tracking', textOf(resource, 'mlFlowTrackingUri') === '' ? '' : <CopyableId key="m" id={textOf(resource, 'mlFlowTrackingUri')} label="Copy tracking address" />] as const,
          ].filter(([, value]) => value !== '')}
        />
      </Section>
      <NowRunning id={id} />
    </div>
  );
}

function Neighbours({ links }: { readonly links: readonly NeighbourLink[] }) {
  const styles = useStyles();
  const ids = links.map(({ id }) => id).filter((id) => id !== '');
  const { data, error } = useQuery({ ...statesQuery(ids), refetchInterval: 15_000 });
  return (
    <Section title="Resources it depends on">
      {error === null ? null : <ErrorState error={error} />}
      <ul className={styles.list}>
        {links.map((link) => (
          <li key={link.property} className={styles.row}>
            <span className={styles.term}>{link.title}</span>
            {link.id === '' ? (
              <span>{link.whyNone}</span>
            ) : (
              <Link to={resourcePage(link.id)} className={styles.cut}>
                {nameOf(link.id)}
              </Link>
            )}
            {link.id === '' || data === undefined ? (
              <Health tone="quiet" word={link.id === '' ? 'None yet' : '…'} />
            ) : (
              <StateOf state={data.find((row) => row.id.toLowerCase() === link.id.toLowerCase())?.state} />
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function StateOf({ state }: { readonly state: string | undefined }) {
  if (state === undefined) return <Health tone="bad" word="Not found" />;
  return state === 'Succeeded' ? <Health tone="good" word="Ready" /> : <Health tone={state === 'Failed' ? 'bad' : 'quiet'} word={state} />;
}

function Health({ tone, word }: { readonly tone: 'good' | 'bad' | 'quiet'; readonly word: string }) {
  const styles = useStyles();
  return (
    <span className={styles.health}>
      <span className={styles[tone]} aria-hidden="true">
        {tone === 'good' ? <CheckmarkCircle16Filled /> : tone === 'bad' ? <DismissCircle16Filled /> : <Circle16Regular />}
      </span>
      {word}
    </span>
  );
}
