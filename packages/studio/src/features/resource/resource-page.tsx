// One resource of any type: what it is, and everything that can be done with any resource. Some types bring tabs of their own.

import { makeStyles, tokens } from '@fluentui/react-components';
import { ChevronRight12Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Fragment, Suspense, useMemo } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { DEPLOYMENTS } from '../../api/deployments.ts';
import { useLiveResource } from '../../api/live/live-resource.ts';
import { ancestorsOf, nameOf, parentOf, resourcePage, typeOf } from '../../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { resourceQuery, stateOf } from '../../api/resources.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Page } from '../../design/layout.tsx';
import { PageTabs } from '../../design/page-tabs.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { ResourceActs } from './resource-acts.tsx';
import type { Subject } from './subject.ts';
import { tabsFor } from './tabs.tsx';

const useStyles = makeStyles({
  crumbs: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '2px 6px', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, minWidth: 0 },
  pane: { flex: '1 1 auto', minHeight: 0, overflowY: 'auto', padding: '22px 32px 40px', '@media (max-width: 640px)': { padding: '18px 20px 32px' } },
  flush: { flex: '1 1 auto', minHeight: 0, display: 'flex', flexDirection: 'column', paddingTop: '16px' },
  state: { padding: '20px 32px', '@media (max-width: 640px)': { padding: '20px' } },
});

export function ResourcePage() {
  const { '*': path = '' } = useParams();
  return <OneResource key={path} id={`/${path}`} />;
}

/** The same page for the open workspace, inside its frame. */
export function SettingsPage() {
  return <OneResource id={useWorkspace().id} isInside />;
}

function OneResource({ id, isInside = false }: { readonly id: string; readonly isInside?: boolean }) {
  const styles = useStyles();
  const types = useQuery(typesQuery);
  const type = findType(types.data, typeOf(id));
  if (types.error !== null) return <ErrorState error={types.error} onRetry={() => void types.refetch()} />;
  if (types.data === undefined) {
    return (
      <div className={styles.state}>
        <Loading />
      </div>
    );
  }
  return type === undefined ? <NotFoundPage path={id} /> : <Known id={id} type={type} isInside={isInside} />;
}

function Known({ id, type, isInside }: { readonly id: string; readonly type: TypeDescriptor; readonly isInside: boolean }) {
  const styles = useStyles();
  useLiveResource(id);
  const types = useQuery(typesQuery);
  const [parameters, setParameters] = useSearchParams();
  const { data, error, refetch } = useQuery(resourceQuery(id, type.apiVersion));
  const subject = useMemo((): Subject | undefined => (data === undefined ? undefined : { id: data.body.id ?? id, type, resource: data.body, etag: data.etag }), [data, id, type]);
  const tabs = tabsFor(type, types.data ?? []);
  const tab = tabs.find((each) => each.id === parameters.get('tab')) ?? tabs[0];
  const state = stateOf(data?.body);
  return (
    <Page
      title={isInside ? 'Settings' : (data?.body.displayName ?? nameOf(subject?.id ?? id))}
      isFlush
      above={isInside ? undefined : <Crumbs id={subject?.id ?? id} />}
      meta={
        <>
          <span>{type.displayName}</span>
          {state === '' ? null : <ResourceState state={state} />}
          {data?.body.location === undefined ? null : <span>{data.body.location}</span>}
          <CopyableId id={subject?.id ?? id} shown={isInside ? nameOf(id) : 'id'} label="Copy resource id" />
        </>
      }
      actions={subject === undefined ? undefined : <ResourceActs subject={subject} isInside={isInside} />}
      below={
        // Nothing that is not there has tabs.
        data === undefined && error !== null ? undefined : <PageTabs tabs={tabs} chosen={tab?.id ?? ''} onChoose={(chosen) => setParameters(chosen === tabs[0]?.id ? {} : { tab: chosen })} />
      }
    >
      {error !== null && data === undefined ? (
        <div className={styles.state}>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </div>
      ) : null}
      {subject === undefined && error === null ? (
        <div className={styles.state}>
          <Loading />
        </div>
      ) : null}
      {subject === undefined || tab === undefined ? null : (
        <div key={tab.id} className={tab.isFlush === true ? styles.flush : styles.pane}>
          <Suspense fallback={<Loading />}>
            <tab.Content subject={subject} />
          </Suspense>
        </div>
      )}
    </Page>
  );
}

function Crumbs({ id }: { readonly id: string }) {
  const styles = useStyles();
  const isHistory = typeOf(id).toLowerCase() === DEPLOYMENTS.toLowerCase();
  return (
    <nav aria-label="Where this is" className={styles.crumbs}>
      <Link to="/resources">All resources</Link>
      {ancestorsOf(id).map((part) => (
        <Fragment key={part.id}>
          <ChevronRight12Regular />
          <Link to={`${resourcePage(part.id)}${isHistory && part.id === parentOf(id) ? '?tab=deployments' : ''}`}>{part.id.split('/').length === 3 ? 'Subscription' : part.name}</Link>
        </Fragment>
      ))}
    </nav>
  );
}
