// Deleting, after saying what goes, how long it can be undone, and after the name was typed.

import { Checkbox } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { deletionKey } from '../../api/live/live-resource.ts';
import { nameOf, parentOf, resourcePage } from '../../api/resource-id.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { NameDialog } from '../../design/forms/name-dialog.tsx';
import { useDeletedNotice } from '../resources/deleted-notice.tsx';
import { deleteCommand, purgeCommand } from './as-az.ts';
import { Dependents } from './dependents.tsx';
import type { Subject } from './subject.ts';
import { noun } from './words.ts';

export function DeleteDialog({ subject, onClose }: { readonly subject: Subject; onClose(): void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { id, type, resource } = subject;
  const name = nameOf(id);
  const tellDeleted = useDeletedNotice();
  const [isForGood, setForGood] = useState(false);
  const purge = type.softDelete?.purgeParameter ?? null;
  const isGone = useRef(false);
  const deleting = useMutation({
    mutationKey: deletionKey(id),
    mutationFn: () => armWrite(`${encodeId(id)}?api-version=${type.apiVersion}${isForGood && purge !== null ? `&${purge}=true` : ''}`, { method: 'DELETE' }),
    onSuccess: () => {
      isGone.current = true;
      void queries.invalidateQueries({ queryKey: ['resources'] });
      void queries.invalidateQueries({ queryKey: ['workspaces'] });
      if (type.softDelete !== null && !isForGood) tellDeleted({ id, name, type: type.type, kind: resource.kind ?? null, location: resource.location ?? null, tags: resource.tags ?? {} });
    },
    // The mutation is known for as long as this dialog is there: see live-resource.ts.
    gcTime: 0,
  });
  const leave = (): void => {
    const parent = parentOf(id);
    void navigate(parent === undefined ? '/resources' : resourcePage(parent));
  };
  // Why not at once: while the page is there, it would ask for what is gone.
  useEffect(
    () => () => {
      if (isGone.current) queries.removeQueries({ queryKey: ['resource', id.toLowerCase()] });
    },
    [id, queries],
  );
  return (
    <NameDialog
      title={`Delete “${name}”?`}
      name={name}
      act="Delete"
      acting="Deleting…"
      isPending={deleting.isPending}
      error={deleting.error}
      onConfirm={() => deleting.mutate(undefined, { onSuccess: leave })}
      onClose={onClose}
      after={<CodeBlock text={isForGood && purge !== null ? purgeCommand(id, type.apiVersion, purge) : deleteCommand(id, type.type)} label="Copy az command" />}
    >
      <span>{consequence(subject, isForGood)}</span>
      <Dependents id={id} />
      {purge === null ? null : <Checkbox checked={isForGood} onChange={(_, { checked }) => setForGood(checked === true)} label="Delete for good, now: nothing of it can be brought back" />}
    </NameDialog>
  );
}

function consequence({ type }: Subject, isForGood: boolean): string {
  const what = type.path === null ? `The ${noun(type.displayName)} and everything below it go away.` : `Everything in this ${noun(type.displayName)} is deleted with it.`;
  if (type.softDelete === null) return `${what} This cannot be undone.`;
  return isForGood ? `${what} Its data is removed at once and cannot be recovered.` : `${what} It can be recovered for ${type.softDelete.days} days, under “Recently deleted”.`;
}
