// The properties as a form made from the type's schema. Saving says which state it was made from (ETag); when somebody was
// faster, nothing is lost: the page shows what they changed and lays mine over it, or lets go of mine.

import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { checksQuery, detailsOf } from '../../api/checks.ts';
import { ApiError, ask } from '../../api/client.ts';
import { type FormDescriptor, formQuery } from '../../api/resource-types.ts';
import { encodeId, type FullResource, isBusy, stateOf } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { FormPane } from '../../design/forms/form-pane.tsx';
import { Muted, Section } from '../../design/layout.tsx';
import { useSettled } from '../../design/forms/settled.ts';
import { ErrorState, Loading } from '../../design/states.tsx';
import { updateCommand } from './as-az.ts';
import { applyChanges, type Change, changesBetween, clashes, isRecord, type Value } from './form/changes.ts';
import { JsonField } from './form/json-field.tsx';
import { fieldTargets, SchemaFields } from './form/schema-fields.tsx';
import { isCovered } from './form/schema-kind.ts';
import type { Subject, TabProps } from './subject.ts';

export function PropertiesTab({ subject }: TabProps) {
  const { data, error, refetch } = useQuery(formQuery(subject.type.type));
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data === undefined ? <Loading lines={8} /> : <PropertiesForm subject={subject} form={data} />;
}

interface Editing {
  readonly base: Subject;
  readonly value: Readonly<Record<string, Value>>;
}

function PropertiesForm({ subject, form }: { readonly subject: Subject; readonly form: FormDescriptor }) {
  const queries = useQueryClient();
  const [editing, setEditing] = useState<Editing>();
  const [theirs, setTheirs] = useState<Subject>();
  const base = editing?.base ?? subject;
  const before = writable(base.resource, form);
  const value = editing?.value ?? before;
  const changes = changesBetween(before, value);
  const url = `${encodeId(subject.id)}?api-version=${subject.type.apiVersion}`;
  const body = { ...base.resource, properties: value };
  const saving = useMutation({
    mutationFn: () => armWrite(url, { method: 'PUT', headers: { 'If-Match': base.etag }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', subject.id.toLowerCase()] });
      setEditing(undefined);
      setTheirs(undefined);
    },
    onError: async (error) => {
      if (!(error instanceof ApiError) || error.status !== 412) return;
      const response = await ask(url);
      const resource: FullResource = await response.json();
      setTheirs({ ...subject, resource, etag: response.headers.get('etag') ?? resource.etag ?? '' });
    },
  });
  const asked = useSettled(changes.length === 0 ? [] : [{ id: subject.id, body, ifMatch: base.etag }]);
  const checks = useQuery(checksQuery(asked.value));
  const refusal = changes.length === 0 ? undefined : checks.data?.[0]?.error;
  const foreseen = refusal === undefined || refusal === null ? [] : detailsOf(refusal).filter(({ target }) => target?.startsWith('properties.') === true);
  const details = saving.error instanceof ApiError ? saving.error.details : foreseen;
  const targets = new Set(fieldTargets(form.properties, value));
  const isElsewhere = saving.error !== null && theirs === undefined && !(details.length > 0 && details.every(({ target }) => targets.has(target?.toLowerCase() ?? '')));
  const state = stateOf(subject.resource);
  return (
    <FormPane
      onSubmit={() => saving.mutate()}
      sideLabel="What will change"
      buttons={
        <>
          <Button type="submit" appearance="primary" disabled={changes.length === 0 || saving.isPending || theirs !== undefined || isBusy(state)}>
            {saving.isPending ? 'Saving…' : 'Save'}
          </Button>
          <Button
            disabled={changes.length === 0 || saving.isPending}
            onClick={() => {
              setEditing(undefined);
              setTheirs(undefined);
              saving.reset();
            }}
          >
            Discard
          </Button>
        </>
      }
      side={
        <>
          <Section title="What will change">{changes.length === 0 ? <Muted>Nothing yet. Change a field; what is saved is shown here first.</Muted> : <ChangeList changes={changes} />}</Section>
          <Section title="JSON">
            <JsonField label="Properties as JSON" value={value} rows={14} onChange={(next) => isRecord(next) && setEditing({ base, value: next })} />
          </Section>
          {changes.length === 0 ? null : <CodeBlock text={updateCommand(subject.id, subject.type.apiVersion, changes)} label="Copy az command" />}
        </>
      }
    >
      {theirs === undefined ? null : (
        <Conflict
          mine={changes}
          theirs={changesBetween(before, writable(theirs.resource, form))}
          onKeep={() => {
            setEditing({ base: theirs, value: applyChanges(writable(theirs.resource, form), changes) });
            setTheirs(undefined);
            saving.reset();
          }}
          onDiscard={() => {
            setEditing(undefined);
            setTheirs(undefined);
            saving.reset();
            void queries.invalidateQueries({ queryKey: ['resource', subject.id.toLowerCase()] });
          }}
        />
      )}
      {isElsewhere ? <ErrorState error={saving.error} /> : null}
      <SchemaFields schema={form.properties} path={[]} rules={form} errors={theirs === undefined ? details : []} value={value} onChange={(next) => setEditing({ base, value: next })} />
    </FormPane>
  );
}

/** Without what only the server writes. */
function writable(resource: FullResource, form: FormDescriptor): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(resource.properties ?? {}).filter(([name]) => name !== 'provisioningState' && !isCovered(form.readOnly, [name])));
}

function Conflict(props: { readonly mine: readonly Change[]; readonly theirs: readonly Change[]; onKeep(): void; onDiscard(): void }) {
  const both = clashes(props.mine, props.theirs);
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>Somebody else changed this meanwhile</MessageBarTitle>
        {props.theirs.length === 0 ? 'Their change touches none of these properties.' : `They changed ${props.theirs.map(({ path }) => path.join('.')).join(', ')}.`}{' '}
        {both.length === 0 ? 'Nothing of yours is in the way.' : `You changed ${both.map(({ path }) => path.join('.')).join(', ')} as well; keeping yours replaces theirs there.`}
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={props.onKeep}>Keep mine over theirs</Button>
        <Button onClick={props.onDiscard}>Take theirs</Button>
      </MessageBarActions>
    </MessageBar>
  );
}

function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  return <CodeBlock text={changes.map(({ path, before, after }) => `${path.join('.')}\n  ${shown(before)} → ${shown(after)}`).join('\n')} label="Copy changes" />;
}

function shown(value: Value): string {
  return value === undefined ? '(not set)' : JSON.stringify(value);
}
