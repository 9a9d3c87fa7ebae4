// The activity log: who changed what, and how it ended.

import { Button, Dropdown, makeStyles, Option, Text, tokens } from '@fluentui/react-components';
import { History24Regular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type ActivityEvent, activityQuery } from '../../api/activity.ts';
import { calledIn, isSameId, resourcePage, typeOf } from '../../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Status } from '../../design/status.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import type { TabProps } from './subject.ts';
import { operationWords } from './words.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', justifyItems: 'stretch' },
  span: { width: '190px' },
  quiet: { color: tokens.colorNeutralForeground3 },
  action: { display: 'grid', gap: '1px' },
  more: { justifySelf: 'center' },
});

const SPANS: readonly (readonly [hours: number, title: string])[] = [
  [1, 'Last hour'],
  [24, 'Last 24 hours'],
  [24 * 7, 'Last 7 days'],
  [24 * 89, 'Last 89 days'],
];

export function ActivityTab({ subject }: TabProps) {
  const styles = useStyles();
  const [hours, setHours] = useState(24);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(activityQuery(subject.id, hours));
  const rows = data?.pages.flatMap((page) => page.value) ?? [];
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const title = SPANS.find(([each]) => each === hours)?.[1] ?? '';
  const { data: types } = useQuery(typesQuery);
  const columns = columnsOf({ styles, id: subject.id, types });
  return (
    <div className={styles.pane}>
      <Dropdown className={styles.span} aria-label="Span of time" value={title} selectedOptions={[String(hours)]} onOptionSelect={(_, { optionValue }) => setHours(Number(optionValue ?? 24))}>
        {SPANS.map(([each, name]) => (
          <Option key={each} value={String(each)}>
            {name}
          </Option>
        ))}
      </Dropdown>
      {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Loading /> : null}
      {data !== undefined && rows.length === 0 ? (
        <EmptyState icon={<History24Regular />} title="Nothing happened">
          Nobody changed this in the {title.toLowerCase()}. Reads are not written down.
        </EmptyState>
      ) : null}
      {rows.length === 0 ? null : (
        <PlainTable
          label="Activity log"
          columns={columns}
          rows={rows}
          rowId={(row) => row.eventDataId ?? `${row.correlationId} ${row.eventTimestamp} ${row.operationName?.value} ${row.status?.value}`}
        />
      )}
      {hasNextPage ? (
        <Button className={styles.more} disabled={isFetchingNextPage} onClick={more}>
          {isFetchingNextPage ? 'Loading…' : 'Older'}
        </Button>
      ) : null}
      <Text size={200} className={styles.quiet}>
        Kept for 90 days.
      </Text>
    </div>
  );
}

function columnsOf({
  styles,
  id,
  types,
}: {
  readonly styles: ReturnType<typeof useStyles>;
  readonly id: string;
  readonly types: readonly TypeDescriptor[] | undefined;
}): readonly PlainColumn<ActivityEvent>[] {
  return [
    { title: 'When', width: '110px', cell: (row) => <When at={row.eventTimestamp} /> },
    {
      title: 'What',
      cell: (row) => (
        <span className={styles.action} title={row.operationName?.value}>
          {operationWords(row.operationName?.value ?? '')}
          <Text size={200} className={styles.quiet}>
            {findType(types, typeOf(row.resourceId ?? ''))?.displayName ?? ''}
          </Text>
        </span>
      ),
    },
    {
      title: 'Resource',
      width: '200px',
      cell: (row) => (isSameId(row.resourceId ?? '', id) ? 'This one' : <Link to={resourcePage(row.resourceId ?? '')}>{calledIn(row.resourceId ?? '')}</Link>),
    },
    { title: 'State', width: '130px', cell: (row) => <Status status={row.status?.value ?? ''} /> },
    { title: 'By', width: '200px', cell: (row) => <Who id={row.caller} /> },
    {
      title: 'Correlation',
      width: '140px',
      cell: (row) => (row.correlationId === undefined ? '' : <CopyableId id={row.correlationId} shown={row.correlationId.slice(0, 8)} label="Copy correlation id" />),
    },
  ];
}
