// Essentials of any resource: what it is, its plain properties, what is being done to it.

import { makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { groupId, groupOf, resourcePage, subscriptionOf } from '../../api/resource-id.ts';
import { isBusy, operationsQuery, stateOf } from '../../api/resources.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Facts, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { OperationList } from './operation-list.tsx';
import type { Subject, TabProps } from './subject.ts';
import { words } from './words.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(420px, 100%), 1fr))', gap: '18px', alignItems: 'start' },
});

export function OverviewTab({ subject }: TabProps) {
  const styles = useStyles();
  const plain = plainProperties(subject);
  return (
    <div className={styles.grid}>
      <Section title="Essentials">
        <Facts facts={essentials(subject)} />
      </Section>
      {plain.length === 0 ? null : (
        <Section title="Properties">
          <Facts facts={plain} />
        </Section>
      )}
      <NowRunning id={subject.id} />
    </div>
  );
}

/** What is being done at this moment; nothing when nothing is. */
export function NowRunning({ id }: { readonly id: string }) {
  const { data = [] } = useQuery(operationsQuery(id));
  const running = data.filter((operation) => operation.status === 'InProgress');
  return running.length === 0 ? null : (
    <Section title="In progress">
      <OperationList operations={running} within={id} />
    </Section>
  );
}

export function essentials({ id, type, resource }: Subject): Parameters<typeof Facts>[0]['facts'] {
  const kind = type.type.toLowerCase();
  // A group is not in itself, nor is a subscription.
  const group = kind === 'microsoft.resources/resourcegroups' ? '' : groupOf(id);
  const subscription = kind === 'microsoft.resources/subscriptions' ? '' : subscriptionOf(id);
  const state = stateOf(resource);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      'Type',
      <span key="t" title={type.type}>
        {type.displayName}
      </span>,
    ],
    [
      'Resource group',
      group === '' ? (
        ''
      ) : (
        <Link key="g" to={resourcePage(groupId(subscriptionOf(id), group))}>
          {group}
        </Link>
      ),
    ],
    [
      'Subscription',
      subscription === '' ? (
        ''
      ) : (
        <Link key="s" to={resourcePage(`/subscriptions/${subscription}`)}>
          {subscription}
        </Link>
      ),
    ],
    ['Location', resource.location ?? ''],
    ['Kind', resource.kind ?? ''],
    ['SKU', resource.sku?.name ?? ''],
    ['Identity', resource.identity?.type ?? ''],
    ['State', state === '' ? '' : <ResourceState key="st" state={state} />],
    ['Created', resource.systemData?.createdAt === undefined ? '' : <Moment key="c" at={resource.systemData.createdAt} by={resource.systemData.createdBy} />],
    ['Changed', resource.systemData?.lastModifiedAt === undefined || isBusy(state) ? '' : <When key="m" at={resource.systemData.lastModifiedAt} />],
    ['Resource id', <CopyableId key="i" id={id} label="Copy resource id" />],
  ];
  return facts.filter(([, value]) => value !== '');
}

function Moment({ at, by }: { readonly at: string; readonly by: string | undefined }) {
  return (
    <>
      <When at={at} />
      {by === undefined ? null : (
        <>
          {' by '}
          <Who id={by} />
        </>
      )}
    </>
  );
}

/** Texts, numbers and flags at the first level; everything else is in the form and in JSON. */
function plainProperties({ resource }: Subject): Parameters<typeof Facts>[0]['facts'] {
  return Object.entries(resource.properties ?? {})
    .filter(([name, value]) => name !== 'provisioningState' && ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .slice(0, 24)
    .map(([name, value]) => [words(name), plain(value)] as const);
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function plain(value: unknown): ReactNode {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  const text = String(value);
  if (MOMENT.test(text)) return <When at={text} />;
  return text.startsWith('/subscriptions/') ? <Link to={resourcePage(text)}>{text.split('/').at(-1)}</Link> : text;
}
