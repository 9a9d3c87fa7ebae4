// Deleting, after saying what goes, how long it can be undone, and after the name was typed.

import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { nameOf, parentOf, resourcePage } from '../../api/resource-id.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState } from '../../design/states.tsx';
import { useDeletedNotice } from '../resources/deleted-notice.tsx';
import { deleteCommand, purgeCommand } from './as-az.ts';
import { Dependents } from './dependents.tsx';
import type { Subject } from './subject.ts';

const useStyles = makeStyles({ content: { display: 'grid', gap: '14px' } });

export function DeleteDialog({ subject, onClose }: { readonly subject: Subject; onClose(): void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { id, type, resource } = subject;
  const name = nameOf(id);
  const tellDeleted = useDeletedNotice();
  const [typed, setTyped] = useState('');
  const [isForGood, setForGood] = useState(false);
  const purge = type.softDelete?.purgeParameter ?? null;
  const deleting = useMutation({
    mutationFn: () => armWrite(`${encodeId(id)}?api-version=${type.apiVersion}${isForGood && purge !== null ? `&${purge}=true` : ''}`, { method: 'DELETE' }),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ['resource', id.toLowerCase()] });
      void queries.invalidateQueries({ queryKey: ['resources'] });
      void queries.invalidateQueries({ queryKey: ['workspaces'] });
      const parent = parentOf(id);
      if (type.softDelete !== null && !isForGood) tellDeleted({ id, name, type: type.type, kind: resource.kind ?? null, location: resource.location ?? null, tags: resource.tags ?? {} });
      await navigate(parent === undefined ? '/resources' : resourcePage(parent));
    },
  });
  return (
    <Dialog open onOpenChange={(_, { open }) => open || deleting.isPending || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            deleting.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Delete “{name}”?</DialogTitle>
            <DialogContent className={styles.content}>
              <span>{consequence(subject, isForGood)}</span>
              <Dependents id={id} />
              {purge === null ? null : <Checkbox checked={isForGood} onChange={(_, { checked }) => setForGood(checked === true)} label="Delete for good, now: nothing of it can be brought back" />}
              <Field label={`Type ${name} to confirm`}>
                <Input value={typed} onChange={(_, { value }) => setTyped(value)} autoComplete="off" spellCheck={false} autoFocus />
              </Field>
              <CodeBlock text={isForGood && purge !== null ? purgeCommand(id, type.apiVersion, purge) : deleteCommand(id, type.type)} label="Copy az command" />
              {deleting.error === null ? null : <ErrorState error={deleting.error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={deleting.isPending}>
                Keep it
              </Button>
              <Button type="submit" appearance="primary" disabled={typed !== name || deleting.isPending}>
                {deleting.isPending ? 'Deleting…' : 'Delete'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function consequence({ type }: Subject, isForGood: boolean): string {
  const what = type.path === null ? `The ${type.displayName.toLowerCase()} and everything below it go away.` : `Everything in this ${type.displayName.toLowerCase()} is deleted with it.`;
  if (type.softDelete === null) return `${what} This cannot be undone.`;
  return isForGood ? `${what} Its data is removed at once and cannot be recovered.` : `${what} It can be recovered for ${type.softDelete.days} days, under “Recently deleted”.`;
}
