// The activity log: who changed what, and how it ended.

import { Button, Dropdown, makeStyles, Option, Text, tokens } from '@fluentui/react-components';
import { History24Regular } from '@fluentui/react-icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type ActivityEvent, activityQuery } from '../../api/activity.ts';
import { isSameId, nameOf, resourcePage } from '../../api/resource-id.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Status } from '../../design/status.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', justifyItems: 'stretch' },
  span: { width: '190px' },
  quiet: { color: tokens.colorNeutralForeground3 },
  action: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
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
  const columns = columnsOf({ styles, id: subject.id });
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

function columnsOf({ styles, id }: { readonly styles: ReturnType<typeof useStyles>; readonly id: string }): readonly PlainColumn<ActivityEvent>[] {
  return [
    { title: 'When', width: '110px', cell: (row) => <When at={row.eventTimestamp} /> },
    { title: 'What', cell: (row) => <span className={styles.action}>{row.operationName?.value ?? ''}</span> },
    {
      title: 'Resource',
      width: '200px',
      cell: (row) => (isSameId(row.resourceId ?? '', id) ? 'This one' : <Link to={resourcePage(row.resourceId ?? '')}>{nameOf(row.resourceId ?? '')}</Link>),
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
