// Keys of a workspace: shown when asked for, and taken over again after the storage account's keys were changed.

import { Button, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ArrowSync20Regular, Eye20Regular, EyeOff20Regular } from '@fluentui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { groupOf, nameOf, resourcePage } from '../../api/resource-id.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock, CopyButton } from '../../design/copy.tsx';
import { Muted, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState } from '../../design/states.tsx';
import { shellWord } from '../job/acts.ts';
import type { TabProps } from '../resource/subject.ts';
import { words } from '../resource/words.ts';
import { textOf } from './workspace-properties.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '18px', maxWidth: '860px' },
  rows: { display: 'grid', gap: '10px', marginTop: '14px' },
  row: { display: 'grid', gridTemplateColumns: '200px minmax(0, 1fr) 32px', gap: '12px', alignItems: 'center' },
  secret: { fontFamily: tokens.fontFamilyMonospace },
  bar: { display: 'flex', gap: '8px', flexWrap: 'wrap', alignItems: 'center', margin: '12px 0' },
});

export function KeysTab({ subject }: TabProps) {
  const styles = useStyles();
  const { id, type, resource } = subject;
  const [isShown, setShown] = useState(false);
  const call = (action: string) => armWrite(`${encodeId(id)}/${action}?api-version=${type.apiVersion}`, { method: 'POST' });
  const listing = useMutation({ mutationFn: () => call('listKeys'), gcTime: 0, onSuccess: () => setShown(true) });
  const resyncing = useMutation({ mutationFn: () => call('resyncKeys') });
  const where = `--name ${shellWord(nameOf(id))} --resource-group ${shellWord(groupOf(id))}`;
  const storage = textOf(resource, 'storageAccount');
  return (
    <div className={styles.pane}>
      <Section title="Keys">
        <Muted>Whoever has these keys reaches the workspace’s storage and telemetry. Showing them is written into the activity log.</Muted>
        <div className={styles.bar}>
          {isShown ? (
            <Button
              icon={<EyeOff20Regular />}
              onClick={() => {
                setShown(false);
                listing.reset();
              }}
            >
              Hide keys
            </Button>
          ) : (
            <Button icon={<Eye20Regular />} disabled={listing.isPending} onClick={() => listing.mutate()}>
              {listing.isPending ? 'Asking…' : 'Show keys'}
            </Button>
          )}
        </div>
        {listing.error === null ? null : <ErrorState error={listing.error} />}
        {isShown && listing.data !== undefined ? (
          <div className={styles.rows}>
            {texts(listing.data).map(([name, value]) => (
              <div key={name} className={styles.row}>
                <Text>{name}</Text>
                <Input aria-label={name} readOnly value={value} input={{ className: styles.secret }} />
                <CopyButton text={value} label={`Copy ${name}`} />
              </div>
            ))}
          </div>
        ) : null}
        <CodeBlock text={`az ml workspace list-keys ${where}`} label="Copy az command" />
      </Section>
      {type.actions.some(({ name }) => name === 'resyncKeys') ? (
        <Section title="Resync keys">
          <Muted>
            The workspace keeps keys of its storage account
            {storage === '' ? '' : ' '}
            {storage === '' ? null : <Link to={resourcePage(storage)}>{nameOf(storage)}</Link>}. After they were regenerated there, resync: datastores work again with the new ones.
          </Muted>
          <div className={styles.bar}>
            <Button icon={<ArrowSync20Regular />} disabled={resyncing.isPending} onClick={() => resyncing.mutate()}>
              {resyncing.isPending ? 'Resyncing…' : 'Resync keys'}
            </Button>
            {resyncing.isSuccess ? <span role="status">Done: the workspace has the keys that count now.</span> : null}
          </div>
          {resyncing.error === null ? null : <ErrorState error={resyncing.error} />}
          <CodeBlock text={`az ml workspace sync-keys ${where}`} label="Copy az command" />
        </Section>
      ) : null}
    </div>
  );
}

/** Texts of the answer, also those one level down. */
function texts(value: unknown, before = ''): readonly (readonly [name: string, text: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const title = before === '' ? words(name) : `${before}: ${words(name)}`;
    return typeof member === 'string' ? (member === '' ? [] : [[title, member] as const]) : texts(member, title);
  });
}
