// Locks: what keeps a resource from being deleted or changed, whoever asks.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles, Radio, RadioGroup, Text, tokens } from '@fluentui/react-components';
import { Add20Regular, Delete20Regular, LockClosed24Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addLock, type Lock, locksQuery, removeLock } from '../../api/locks.ts';
import { resourcePage, scopeWord } from '../../api/resource-id.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { lockCommand } from './as-az.ts';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', maxWidth: '1080px' },
  bar: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '12px', flexWrap: 'wrap' },
  quiet: { color: tokens.colorNeutralForeground3 },
  name: { fontWeight: 600 },
  content: { display: 'grid', gap: '14px' },
});

const LEVELS: Readonly<Record<string, string>> = { CanNotDelete: 'Cannot be deleted', ReadOnly: 'Cannot be deleted or changed' };

export function LocksTab({ subject }: TabProps) {
  const styles = useStyles();
  const queries = useQueryClient();
  const { id } = subject;
  const { data, error, refetch } = useQuery(locksQuery(id));
  const [isAdding, setAdding] = useState(false);
  const removing = useMutation({ mutationFn: removeLock, onSuccess: () => queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase(), 'locks'] }) });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const columns = columnsOf({ styles, id, isRemoving: removing.isPending, remove: removing.mutate });
  return (
    <div className={styles.pane}>
      <div className={styles.bar}>
        <Text className={styles.quiet}>A lock holds for everybody, owners too, and for everything below. Remove it first to change what it guards.</Text>
        <Button appearance="primary" icon={<Add20Regular />} onClick={() => setAdding(true)}>
          Add lock
        </Button>
      </div>
      {removing.error === null ? null : <ErrorState error={removing.error} />}
      {data.length === 0 ? (
        <EmptyState icon={<LockClosed24Regular />} title="Not locked" command={lockCommand(id, 'keep', 'CanNotDelete')} />
      ) : (
        <PlainTable label="Locks" columns={columns} rows={data} rowId={(row) => row.id} />
      )}
      {isAdding ? <AddLock id={id} onClose={() => setAdding(false)} /> : null}
    </div>
  );
}

function AddLock({ id, onClose }: { readonly id: string; onClose(): void }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const [name, setName] = useState('keep');
  const [level, setLevel] = useState('CanNotDelete');
  const [notes, setNotes] = useState('');
  const adding = useMutation({
    mutationFn: () => addLock(id, { name: name.trim(), level, notes }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase(), 'locks'] });
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            adding.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Add a lock</DialogTitle>
            <DialogContent className={styles.content}>
              <Field label="Name" required>
                <Input value={name} onChange={(_, { value }) => setName(value)} />
              </Field>
              <Field label="Effect">
                <RadioGroup value={level} onChange={(_, { value }) => setLevel(value)}>
                  {Object.entries(LEVELS).map(([value, label]) => (
                    <Radio key={value} value={value} label={label} />
                  ))}
                </RadioGroup>
              </Field>
              <Field label="Notes">
                <Input value={notes} onChange={(_, { value }) => setNotes(value)} />
              </Field>
              <CodeBlock text={lockCommand(id, name.trim(), level)} label="Copy az command" />
              {adding.error === null ? null : <ErrorState error={adding.error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary" disabled={name.trim() === '' || adding.isPending}>
                {adding.isPending ? 'Adding…' : 'Add'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function columnsOf({
  styles,
  id,
  isRemoving,
  remove,
}: {
  readonly styles: ReturnType<typeof useStyles>;
  readonly id: string;
  readonly isRemoving: boolean;
  readonly remove: (lockId: string) => void;
}): readonly PlainColumn<Lock>[] {
  return [
    { title: 'Lock', cell: (row) => <span className={styles.name}>{row.name}</span> },
    { title: 'Effect', width: '240px', cell: (row) => LEVELS[row.level] ?? row.level },
    {
      title: 'Where',
      width: '200px',
      cell: (row) =>
        scopeWord(row.scope, id) === 'here' ? (
          'Here'
        ) : (
          <>
            Inherited from <Link to={resourcePage(row.scope, 'locks')}>{row.scope.split('/').at(-1)}</Link>
          </>
        ),
    },
    { title: 'Notes', cell: (row) => row.notes },
    {
      title: 'Remove',
      isTitleHidden: true,
      width: '48px',
      cell: (row) =>
        scopeWord(row.scope, id) === 'here' ? (
          <Button appearance="subtle" icon={<Delete20Regular />} aria-label={`Remove lock ${row.name}`} disabled={isRemoving} onClick={() => remove(row.id)} />
        ) : null,
    },
  ];
}
