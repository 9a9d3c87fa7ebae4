// What many types have beside their properties: location, kind, SKU, identity, tags.

import { Dropdown, Field, Input, Option } from '@fluentui/react-components';
import { plainSentence } from '../../api/checks.ts';
import type { ErrorDetail } from '../../api/client.ts';
import { nameOf } from '../../api/resource-id.ts';
import type { TypeDescriptor } from '../../api/resource-types.ts';
import { ResourcePicker } from '../create-workspace/resource-picker.tsx';
import { isRecord, type Value, valueAt, withValue } from '../resource/form/changes.ts';
import { TagFields } from '../resource/form/tag-fields.tsx';
import type { Body } from './new-resource.ts';

const IDENTITIES = { None: 'None', SystemAssigned: 'Its own', UserAssigned: 'A managed identity' } as const;

interface EnvelopeProps {
  readonly type: TypeDescriptor;
  readonly body: Body;
  readonly errors: readonly ErrorDetail[];
  onChange(member: string, value: Value): void;
}

export function EnvelopeFields({ type, body, errors, onChange }: EnvelopeProps) {
  const { location, tags, kind, sku, identity } = type.members;
  const said = messagesOf(errors);
  return (
    <>
      {location === null ? null : (
        <Field label="Location" required={location === 'required'} {...said('location')}>
          <Input value={textAt(body, 'location')} onChange={(_, { value }) => onChange('location', value || undefined)} spellCheck={false} />
        </Field>
      )}
      {kind ? (
        <Field label="Kind" {...said('kind')}>
          <Input value={textAt(body, 'kind')} onChange={(_, { value }) => onChange('kind', value || undefined)} spellCheck={false} />
        </Field>
      ) : null}
      {sku ? (
        <Field label="SKU" hint="Such as Standard_LRS." {...said('sku')}>
          <Input value={textAt(body, 'sku', 'name')} onChange={(_, { value }) => onChange('sku', value === '' ? undefined : withValue(body['sku'], ['name'], value))} spellCheck={false} />
        </Field>
      ) : null}
      {identity ? <IdentityField identity={body['identity']} said={said('identity')} onChange={(value) => onChange('identity', value)} /> : null}
      {tags ? (
        <Field label="Tags" {...said('tags')}>
          <TagFields tags={texts(body['tags'])} onChange={(next) => onChange('tags', Object.keys(next).length === 0 ? undefined : next)} />
        </Field>
      ) : null}
    </>
  );
}

function IdentityField({ identity, said, onChange }: { readonly identity: Value; readonly said: object; onChange(value: Value): void }) {
  const kind = textAt({ identity }, 'identity', 'type') || 'None';
  const assigned = Object.keys(Object(valueAt(identity, ['userAssignedIdentities'])))[0] ?? '';
  return (
    <>
      <Field label="Identity" {...said}>
        <Dropdown
          value={Object.entries(IDENTITIES).find(([each]) => each === kind)?.[1] ?? kind}
          selectedOptions={[kind]}
          onOptionSelect={(_, { optionValue = 'None' }) => onChange(optionValue === 'None' ? undefined : { type: optionValue })}
        >
          {Object.entries(IDENTITIES).map(([each, title]) => (
            <Option key={each} value={each}>
              {title}
            </Option>
          ))}
        </Dropdown>
      </Field>
      {kind.includes('UserAssigned') ? (
        <Field label="Managed identity" required hint={assigned === '' ? '' : nameOf(assigned)}>
          <ResourcePicker
            type="Microsoft.ManagedIdentity/userAssignedIdentities"
            id={assigned}
            onChoose={(id) => onChange({ type: kind, ...(id === '' ? {} : { userAssignedIdentities: { [id]: {} } }) })}
          />
        </Field>
      ) : null}
    </>
  );
}

function textAt(value: Value, ...path: readonly string[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}

function texts(value: Value): Readonly<Record<string, string>> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
}

/** A message belongs to the member that it names, or to one inside it. */
function messagesOf(errors: readonly ErrorDetail[]): (member: string) => { readonly validationMessage?: string } {
  return (member) => {
    const found = errors.filter(({ target = '' }) => target === member || target.startsWith(`${member}.`));
    return found.length === 0 ? {} : { validationMessage: found.map(plainSentence).join(' ') };
  };
}
