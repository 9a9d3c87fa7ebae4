// All workspaces that the person may see.

import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { ChevronRight16Regular, Globe24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { NavLink } from 'react-router';
import { MOST_WORKSPACES, workspacesQuery } from '../../api/queries.ts';
import { signedInUser } from '../../api/session.ts';
import type { ArmResource } from '../../api/types.ts';
import { kindWord, parseWorkspaceId } from '../../api/workspace.ts';
import { CreateButton } from '../../design/create-button.tsx';
import { Link } from '../../design/link.tsx';
import { Page } from '../../design/layout.tsx';
import { Mark } from '../../design/mark.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';

const useStyles = makeStyles({
  column: { height: '100%' },
  list: { listStyleType: 'none', padding: 0, margin: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(320px, 100%), 1fr))', gap: '16px' },
  card: {
    display: 'grid',
    gridTemplateColumns: '36px minmax(0, 1fr) 16px',
    alignItems: 'center',
    gap: '14px',
    padding: '20px',
    height: '100%',
    borderRadius: '12px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    transitionProperty: 'box-shadow, border-color',
    transitionDuration: '120ms',
    ':hover': { boxShadow: tokens.shadow8, border: `1px solid ${tokens.colorBrandStroke2}` },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  words: { display: 'grid', gap: '2px', minWidth: 0 },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground3 },
});

const FIRST_COMMAND = 'az group create --name demo --location local\naz ml workspace create --name first --resource-group demo';

export function HomePage() {
  const styles = useStyles();
  const { data, error, refetch, isPending } = useQuery(workspacesQuery);
  const name = signedInUser().name.split(' ')[0] ?? '';
  return (
    <div className={styles.column}>
      <Page
        title={data?.length === 0 ? 'Welcome' : 'Workspaces'}
        meta={name === '' ? undefined : `Signed in as ${signedInUser().name}`}
        actions={<CreateButton to="/create/workspace">Create workspace</CreateButton>}
      >
        {isPending ? <Loading /> : null}
        {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
        {data?.length === 0 ? (
          <EmptyState icon={<Globe24Regular />} title="No workspace yet" command={FIRST_COMMAND}>
            A workspace holds jobs, models, data and compute of one project or team. Make the first one, with any client that speaks to Azure Machine Learning:
          </EmptyState>
        ) : null}
        <ul className={styles.list}>
          {(data ?? []).map((resource) => (
            <WorkspaceCard key={resource.id} resource={resource} />
          ))}
        </ul>
        {(data?.length ?? 0) < MOST_WORKSPACES ? null : (
          <p className={styles.quiet}>
            These are the first {MOST_WORKSPACES}. <Link to={`/resources?${new URLSearchParams({ type: 'Microsoft.MachineLearningServices/workspaces' })}`}>Find the others by name</Link>
          </p>
        )}
      </Page>
    </div>
  );
}

function WorkspaceCard({ resource }: { readonly resource: ArmResource }) {
  const styles = useStyles();
  const workspace = parseWorkspaceId(resource.id);
  if (workspace === undefined) return null;
  const friendly = resource.properties['friendlyName'];
  return (
    <li>
      <NavLink to={workspace.home} className={styles.card}>
        <Mark size={34} />
        <span className={styles.words}>
          <Text weight="semibold" size={400} className={styles.name}>
            {typeof friendly === 'string' && friendly !== '' ? friendly : resource.name}
          </Text>
          <Text size={200} className={mergeClasses(styles.quiet, styles.name)}>
            {[kindWord(resource), workspace.group].filter((part) => part !== '').join(' · ')}
          </Text>
          {resource.systemData?.createdAt === undefined ? null : (
            <Text size={200} className={styles.quiet}>
              {resource.location ?? ''} · made <When at={resource.systemData.createdAt} />
            </Text>
          )}
        </span>
        <ChevronRight16Regular className={styles.quiet} />
      </NavLink>
    </li>
  );
}
