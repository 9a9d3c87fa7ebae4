// Encryption of a workspace: whose key, and rotating it.

import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { nameOf, resourcePage } from '../../api/resource-id.ts';
import { ApiError } from '../../api/client.ts';
import { CopyableId } from '../../design/copy.tsx';
import { Facts, Muted, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState } from '../../design/states.tsx';
import type { TabProps } from '../resource/subject.ts';
import { useWorkspacePatch } from './patch.ts';
import { memberOf } from './workspace-properties.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '18px', maxWidth: '860px' },
  form: { display: 'grid', gap: '14px', marginTop: '12px' },
  bar: { display: 'flex', gap: '12px', alignItems: 'center' },
});

export function EncryptionTab({ subject }: TabProps) {
  const styles = useStyles();
  const { resource } = subject;
  const encryption = memberOf(resource.properties, 'encryption');
  const text = (...path: readonly string[]): string => String(memberOf(encryption, ...path) ?? '');
  const vault = text('keyVaultProperties', 'keyVaultArmId');
  const key = text('keyVaultProperties', 'keyIdentifier');
  const identity = text('identity', 'userAssignedIdentity');
  const isOwn = text('status') === 'Enabled';
  return (
    <div className={styles.pane}>
      <Section title="Encryption at rest">
        {isOwn ? (
          <Facts
            facts={[
              ['Key', <CopyableId key="k" id={key} label="Copy key identifier" />] as const,
              [
                'Key vault',
                vault === '' ? (
                  ''
                ) : (
                  <Link key="v" to={resourcePage(vault)}>
                    {nameOf(vault)}
                  </Link>
                ),
              ] as const,
              [
                'Opened by',
                identity === '' ? (
                  'The workspace’s own identity'
                ) : (
                  <Link key="i" to={resourcePage(identity)}>
                    {nameOf(identity)}
                  </Link>
                ),
              ] as const,
            ].filter(([, value]) => value !== '')}
          />
        ) : (
          <Muted>
            Secrets are sealed with the key of this server (master.key in its data folder). A key of your own, in a key vault with purge protection, is chosen when the workspace is created.
          </Muted>
        )}
      </Section>
      {isOwn ? <Rotate subject={subject} current={key} vault={vault} /> : null}
    </div>
  );
}

function Rotate({ subject, current, vault }: TabProps & { readonly current: string; readonly vault: string }) {
  const styles = useStyles();
  const saving = useWorkspacePatch(subject);
  const [key, setKey] = useState('');
  const detail = saving.error instanceof ApiError ? saving.error.details.find(({ target }) => target?.toLowerCase().includes('keyidentifier')) : undefined;
  return (
    <Section title="Use another version of the key">
      <Muted>Data keys are wrapped anew with it; the data itself is not written again. The old version can be disabled afterwards.</Muted>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate({ encryption: { status: 'Enabled', keyVaultProperties: { keyVaultArmId: vault, keyIdentifier: key.trim() } } });
        }}
      >
        <Field label="Key identifier" hint="https://…/keys/name/version" {...(detail === undefined ? {} : { validationMessage: detail.message })}>
          <Input value={key} onChange={(_, { value }) => setKey(value)} placeholder={current} spellCheck={false} />
        </Field>
        <div className={styles.bar}>
          <Button type="submit" appearance="primary" disabled={key.trim() === '' || key.trim() === current || saving.isPending}>
            {saving.isPending ? 'Wrapping…' : 'Use this key'}
          </Button>
          {saving.isSuccess ? <span role="status">Done: the workspace’s data opens with this key now.</span> : null}
        </div>
        {saving.error === null || detail !== undefined ? null : <ErrorState error={saving.error} />}
      </form>
    </Section>
  );
}
