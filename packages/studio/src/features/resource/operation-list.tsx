// Long-running operations: what, how far, since when, and why it failed.

import { makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import { calledIn, isSameId, resourcePage } from '../../api/resource-id.ts';
import type { Operation } from '../../api/resources.ts';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { Status } from '../../design/status.tsx';
import { Lasting, When } from '../../design/time.tsx';
import { operationWords } from './words.ts';

const useStyles = makeStyles({ progress: { display: 'grid', gap: '5px', minWidth: '110px' }, quiet: { color: tokens.colorNeutralForeground3 } });

export function OperationList({ operations, within }: { readonly operations: readonly Operation[]; readonly within: string }) {
  const styles = useStyles();
  const columns = columnsOf({ styles, within });
  return <PlainTable label="Operations" columns={columns} rows={operations} rowId={(row) => row.id} />;
}

function columnsOf({ styles, within }: { readonly styles: ReturnType<typeof useStyles>; readonly within: string }): readonly PlainColumn<Operation>[] {
  return [
    { title: 'Operation', cell: (row) => operationWords(row.action) },
    { title: 'Resource', cell: (row) => (isSameId(row.resourceId, within) ? 'This one' : <Link to={resourcePage(row.resourceId)}>{calledIn(row.resourceId)}</Link>) },
    {
      title: 'State',
      width: '180px',
      cell: (row) => (
        <div className={styles.progress}>
          <Status status={row.status} />
          {row.status === 'InProgress' ? <ProgressBar aria-label="How far" {...(row.percentComplete > 0 ? { value: row.percentComplete / 100 } : {})} /> : null}
          {row.error?.message === undefined ? null : (
            <Text size={200} className={styles.quiet}>
              {row.error.message}
            </Text>
          )}
        </div>
      ),
    },
    { title: 'Began', width: '110px', cell: (row) => <When at={row.startedAt} /> },
    { title: 'Took', width: '100px', cell: (row) => <Lasting from={row.startedAt} to={row.endedAt} /> },
  ];
}
