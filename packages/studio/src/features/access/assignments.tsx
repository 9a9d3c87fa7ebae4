// Role assignments at a scope: those made here, and those inherited from above.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Add20Regular, Delete20Regular, People24Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Assignment, assignmentsQuery, removeAssignment, rolesQuery } from '../../api/access.ts';
import { resourcePage, scopeWord } from '../../api/resource-id.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { AddAssignment } from './add-assignment.tsx';
import { kindWord } from './principal-picker.tsx';
import type { TabProps } from '../resource/subject.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', maxWidth: '1180px' },
  bar: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '12px', flexWrap: 'wrap' },
  who: { display: 'grid', minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground3 },
  name: { fontWeight: 600 },
});

export function Assignments({ subject }: TabProps) {
  const styles = useStyles();
  const { id } = subject;
  const { data, error, refetch } = useQuery(assignmentsQuery(id));
  const roles = useQuery(rolesQuery(id));
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Assignment>();
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const roleName = (assignment: Assignment): string =>
    roles.data?.find(({ name }) => assignment.roleDefinitionId.toLowerCase().endsWith(name.toLowerCase()))?.roleName ?? assignment.roleDefinitionId.split('/').at(-1) ?? '';
  const who = (assignment: Assignment): string => assignment.principalName ?? 'Not in the directory any more';
  const columns = columnsOf({ styles, id, who, roleName, setRemoving });
  return (
    <div className={styles.pane}>
      <div className={styles.bar}>
        <Text className={styles.quiet}>Roles given above this resource reach down to it; they are changed where they were given.</Text>
        <Button appearance="primary" icon={<Add20Regular />} onClick={() => setAdding(true)}>
          Add assignment
        </Button>
      </div>
      {data.length === 0 ? (
        <EmptyState icon={<People24Regular />} title="Nobody holds a role here">
          Give a person, a group or an application a role, and they may do here and below what the role allows.
        </EmptyState>
      ) : (
        <PlainTable label="Role assignments" columns={columns} rows={data} rowId={(row) => row.id} />
      )}
      {isAdding ? <AddAssignment scope={id} onClose={() => setAdding(false)} /> : null}
      {removing === undefined ? null : <RemoveAssignment scope={id} assignment={removing} what={`${roleName(removing)} of ${who(removing)}`} onClose={() => setRemoving(undefined)} />}
    </div>
  );
}

function RemoveAssignment(props: { readonly scope: string; readonly assignment: Assignment; readonly what: string; onClose(): void }) {
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => removeAssignment(props.assignment.id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', props.scope.toLowerCase(), 'access'] });
      props.onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(_, { open }) => open || props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Remove {props.what}?</DialogTitle>
          <DialogContent>
            It counts from the next request on. Other roles they hold, here or above, stay.
            {removing.error === null ? null : <ErrorState error={removing.error} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={props.onClose}>Keep it</Button>
            <Button appearance="primary" disabled={removing.isPending} onClick={() => removing.mutate()}>
              {removing.isPending ? 'Removing…' : 'Remove'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function columnsOf({
  styles,
  id,
  who,
  roleName,
  setRemoving,
}: {
  readonly styles: ReturnType<typeof useStyles>;
  readonly id: string;
  readonly who: (row: Assignment) => string;
  readonly roleName: (row: Assignment) => string;
  readonly setRemoving: (row: Assignment) => void;
}): readonly PlainColumn<Assignment>[] {
  return [
    {
      title: 'Who',
      cell: (row) => (
        <span className={styles.who}>
          <span className={styles.name}>{who(row)}</span>
          <Text size={200} className={styles.quiet}>
            {kindWord(row.principalType)} · <CopyableId id={row.principalId} label="Copy object id" />
          </Text>
        </span>
      ),
    },
    { title: 'Role', width: '240px', cell: (row) => roleName(row) },
    {
      title: 'Where',
      width: '240px',
      cell: (row) =>
        scopeWord(row.scope, id) === 'here' ? (
          'Here'
        ) : row.scope === '/' || row.scope === '' ? (
          'Inherited from the whole server'
        ) : (
          <>
            Inherited from <Link to={resourcePage(row.scope, 'access')}>{row.scope.split('/').length === 3 ? 'the subscription' : row.scope.split('/').at(-1)}</Link>
          </>
        ),
    },
    { title: 'Since', width: '110px', cell: (row) => <When at={row.createdAt} /> },
    {
      title: 'Remove',
      isTitleHidden: true,
      width: '48px',
      cell: (row) =>
        scopeWord(row.scope, id) === 'here' ? <Button appearance="subtle" icon={<Delete20Regular />} aria-label={`Remove ${roleName(row)} of ${who(row)}`} onClick={() => setRemoving(row)} /> : null,
    },
  ];
}
