// The form of a new resource: where, its name, what every type may have, its properties; the same as JSON beside it.

import { Button, Field, Input, Tab, TabList } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { checksQuery, detailsOf, plainSentence } from '../../api/checks.ts';
import { ApiError, type ErrorDetail } from '../../api/client.ts';
import { resourcePage } from '../../api/resource-id.ts';
import type { FormDescriptor, TypeDescriptor } from '../../api/resource-types.ts';
import { encodeId } from '../../api/resources.ts';
import type { StudioConfig } from '../../api/session.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { FormPane } from '../../design/forms/form-pane.tsx';
import { Section } from '../../design/layout.tsx';
import { useSettled } from '../../design/forms/settled.ts';
import { ErrorState } from '../../design/states.tsx';
import { isRecord, type Value, valueAt } from '../resource/form/changes.ts';
import { JsonField } from '../resource/form/json-field.tsx';
import { fieldTargets, SchemaFields } from '../resource/form/schema-fields.tsx';
import { codeFor, LANGUAGES, type Language } from './as-code.ts';
import { EnvelopeFields } from './envelope-fields.tsx';
import { type Body, checkable, fitsIn, firstBody, newId, placeOf } from './new-resource.ts';
import { PlaceField } from './place-field.tsx';
import { noun } from '../resource/words.ts';

export function CreateForm({ type, form, config }: { readonly type: TypeDescriptor; readonly form: FormDescriptor; readonly config: StudioConfig }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [parameters] = useSearchParams();
  const [place, setPlace] = useState(() => firstPlace(type, parameters.get('in') ?? '', config));
  const [name, setName] = useState('');
  const [body, setBody] = useState<Body>(() => firstBody(type, config.region));
  const [isAll, setAll] = useState(false);
  const id = newId(type, place, name.trim());
  const asked = useSettled(useMemo(() => checkable(id, body), [id, body]));
  const checks = useQuery(checksQuery(asked.value));
  const making = useMutation({
    mutationFn: () => armWrite(`${encodeId(id)}?api-version=${type.apiVersion}`, { method: 'PUT', headers: { 'If-None-Match': '*' }, body }),
    onSuccess: async () => {
      void queries.invalidateQueries({ queryKey: ['resources'] });
      void queries.invalidateQueries({ queryKey: ['resource', place.toLowerCase()] });
      await navigate(resourcePage(id));
    },
  });
  const properties = isRecord(body['properties']) ? body['properties'] : {};
  const found = checks.data?.find((finding) => finding.id === id)?.error ?? null;
  const isMaking = making.error instanceof ApiError;
  const told = isMaking && making.error instanceof ApiError ? making.error.details : found === null ? [] : detailsOf(found);
  // Why not all at once: what nobody has filled in yet is missing, not wrong.
  const errors = isAll || isMaking ? told : told.filter(({ target = '' }) => target === 'name' || target === 'If-None-Match' || isFilled(body, target));
  const targets = new Set(['name', 'If-None-Match', 'location', 'kind', 'sku', 'identity', 'tags', ...fieldTargets(form.properties, properties)]);
  const elsewhere = errors.filter(({ target = '' }) => !targets.has(target.toLowerCase()) && !targets.has(target) && !/^(?:sku|identity|tags)\b/.test(target));
  const change = (member: string, value: Value): void => {
    const { [member]: _old, ...others } = body;
    setBody(value === undefined ? others : { ...body, [member]: value });
    making.reset();
  };
  const submit = (): void => {
    setAll(true);
    // What is known to be refused is not sent; what is still being asked about is: the answer is the same.
    if (id !== '' && (found === null || !asked.isSettled || checks.isFetching)) making.mutate();
  };
  return (
    <FormPane
      onSubmit={submit}
      sideLabel="The same as JSON and as code"
      buttons={
        <>
          <Button type="submit" appearance="primary" disabled={making.isPending}>
            {making.isPending ? 'Creating…' : 'Create'}
          </Button>
          <Button onClick={() => void navigate(-1)} disabled={making.isPending}>
            Cancel
          </Button>
        </>
      }
      side={
        <>
          <Section title="JSON">
            <JsonField label="JSON" value={body} rows={14} onChange={(next) => isRecord(next) && setBody(next)} />
          </Section>
          {id === '' ? null : <AsCode type={type} id={id} body={body} />}
        </>
      }
    >
      {elsewhere.length === 0 ? null : <ErrorState title="Not possible as it is" error={new Error(elsewhere.map(plainSentence).join(' '))} />}
      {making.error === null || isMaking ? null : <ErrorState error={making.error} />}
      {isMaking && told.length === 0 ? <ErrorState error={making.error} /> : null}
      <PlaceField place={placeOf(type)} id={place} isMissing={isAll && place === ''} onChoose={setPlace} />
      <Field label="Name" required hint={`It ${form.name.rule}.`} {...nameMessage(errors, isAll && name.trim() === '', type)}>
        <Input value={name} onChange={(_, { value }) => setName(value)} spellCheck={false} autoComplete="off" />
      </Field>
      <EnvelopeFields type={type} body={body} errors={errors} onChange={change} />
      <SchemaFields schema={form.properties} path={[]} rules={{ ...form, immutable: [] }} errors={errors} value={properties} onChange={(next) => change('properties', next)} />
    </FormPane>
  );
}

function AsCode({ type, id, body }: { readonly type: TypeDescriptor; readonly id: string; readonly body: Body }) {
  const [language, setLanguage] = useState<Language>('cli');
  return (
    <Section title="The same as code">
      <TabList size="small" selectedValue={language} onTabSelect={(_, { value }) => setLanguage(LANGUAGES.find(([each]) => each === value)?.[0] ?? 'cli')} aria-label="Language">
        {LANGUAGES.map(([each, title]) => (
          <Tab key={each} value={each}>
            {title}
          </Tab>
        ))}
      </TabList>
      <CodeBlock text={codeFor(language, type, id, body)} label="Copy code" />
    </Section>
  );
}

function firstPlace(type: TypeDescriptor, given: string, { defaultSubscription }: StudioConfig): string {
  if (placeOf(type).kind === 'subscription') return `/subscriptions/${defaultSubscription}`;
  return fitsIn(type, given) ? given : '';
}

function isFilled(body: Body, target: string): boolean {
  return (
    valueAt(
      body,
      target.split(/[.[\]]+/).filter((part) => part !== ''),
    ) !== undefined
  );
}

function nameMessage(errors: readonly ErrorDetail[], isMissing: boolean, { displayName }: TypeDescriptor): { readonly validationMessage?: string } {
  if (isMissing) return { validationMessage: `Name the ${noun(displayName)}.` };
  if (errors.some(({ target }) => target === 'If-None-Match')) return { validationMessage: 'There is one of this name already.' };
  const found = errors.find(({ target }) => target === 'name');
  return found === undefined ? {} : { validationMessage: plainSentence(found) };
}
