// Fields made from a schema. A field knows its path, so that a message of the server finds its place beside it.

import { Button, Dropdown, Field, Input, makeStyles, Option, Switch, Textarea, tokens } from '@fluentui/react-components';
import { Add16Regular, Delete16Regular } from '@fluentui/react-icons';
import { plainSentence } from '../../../api/checks.ts';
import type { ErrorDetail } from '../../../api/client.ts';
import type { Schema } from '../../../api/resource-types.ts';
import { words } from '../words.ts';
import { isRecord, type Path, type Value, valueAt, withValue } from './changes.ts';
import { JsonField } from './json-field.tsx';
import { isCovered, kindOf } from './schema-kind.ts';

const useStyles = makeStyles({
  group: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', padding: '14px 18px 18px', margin: 0, display: 'grid', gap: '16px', minWidth: 0 },
  legend: { padding: '0 6px', fontWeight: 600 },
  fields: { display: 'grid', gap: '16px', minWidth: 0 },
});

export interface FormRules {
  readonly readOnly: readonly string[];
  readonly immutable: readonly string[];
  readonly secrets: readonly string[];
}

interface FieldsProps {
  readonly rules: FormRules;
  /** What the server found wrong, by its own path: `properties.a.b`. */
  readonly errors: readonly ErrorDetail[];
  /** The whole of the properties. */
  readonly value: Readonly<Record<string, Value>>;
  onChange(value: Readonly<Record<string, Value>>): void;
}

interface MemberProps extends FieldsProps {
  readonly schema: Schema;
  readonly path: Path;
  readonly isRequired: boolean;
}

/** All fields of an object or of the chosen one of several. */
export function SchemaFields(props: FieldsProps & { readonly schema: Schema; readonly path: Path }) {
  const styles = useStyles();
  const { schema, path, value, onChange, rules } = props;
  const kind = kindOf(schema);
  if (kind.kind === 'variant') {
    const chosen = valueAt(value, [...path, kind.tag]);
    const branch = kind.branches[String(chosen)];
    return (
      <div className={styles.fields}>
        <Field label={words(kind.tag)} required {...messageOf(props.errors, [...path, kind.tag])}>
          <Dropdown
            value={typeof chosen === 'string' ? chosen : ''}
            selectedOptions={typeof chosen === 'string' ? [chosen] : []}
            disabled={isCovered(rules.immutable, [...path, kind.tag])}
            onOptionSelect={(_, { optionValue }) => onChange(withValue(value, path, optionValue === undefined ? {} : { [kind.tag]: optionValue }))}
          >
            {kind.options.map((option) => (
              <Option key={option}>{option}</Option>
            ))}
          </Dropdown>
        </Field>
        {branch === undefined ? null : <Members {...props} schema={branch} except={kind.tag} />}
      </div>
    );
  }
  return kind.kind === 'object' ? (
    <div className={styles.fields}>
      <Members {...props} />
    </div>
  ) : (
    <Member {...props} isRequired={false} />
  );
}

function Members(props: FieldsProps & { readonly schema: Schema; readonly path: Path; readonly except?: string }) {
  const kind = kindOf(props.schema);
  if (kind.kind !== 'object') return null;
  return kind.members
    .filter(([name]) => name !== props.except && !isCovered(props.rules.readOnly, [...props.path, name]))
    .map(([name, schema, isRequired]) => <Member key={name} {...props} schema={schema} path={[...props.path, name]} isRequired={isRequired} />);
}

function Member(props: MemberProps) {
  const styles = useStyles();
  const { schema, path, value, rules } = props;
  const kind = kindOf(schema);
  const label = words(path.at(-1) ?? 'properties');
  const isFixed = isCovered(rules.immutable, path) && valueAt(value, path) !== undefined;
  if (kind.kind === 'object' || kind.kind === 'variant') {
    const isThere = isRecord(valueAt(value, path));
    return (
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{label}</legend>
        {isThere || props.isRequired ? <SchemaFields {...props} /> : null}
        {props.isRequired || isFixed ? null : (
          <div>
            <Button size="small" icon={isThere ? <Delete16Regular /> : <Add16Regular />} onClick={() => props.onChange(withValue(value, path, isThere ? undefined : {}))}>
              {isThere ? `Leave out ${label.toLowerCase()}` : `Set ${label.toLowerCase()}`}
            </Button>
          </div>
        )}
      </fieldset>
    );
  }
  const hint = [schema.description, schema.accepts === undefined ? undefined : `Accepted: ${schema.accepts}.`, isFixed ? 'Fixed since its creation.' : undefined]
    .filter((part) => part !== undefined)
    .join(' ');
  return (
    <Field label={label} required={props.isRequired} {...(hint === '' ? {} : { hint })} {...messageOf(props.errors, path)}>
      <Control {...props} isFixed={isFixed} />
    </Field>
  );
}

function Control(props: MemberProps & { readonly isFixed: boolean }) {
  const { schema, path, value, isFixed } = props;
  const kind = kindOf(schema);
  const current = valueAt(value, path) ?? (isFixed ? undefined : schema.default);
  const set = (next: Value): void => props.onChange(withValue(value, path, next));
  const text = typeof current === 'string' || typeof current === 'number' ? String(current) : '';
  switch (kind.kind) {
    case 'flag':
      return <Switch checked={current === true} disabled={isFixed} onChange={(_, { checked }) => set(checked)} label={current === true ? 'Yes' : 'No'} />;
    case 'choice':
      return (
        <Dropdown value={text} selectedOptions={[text]} disabled={isFixed} placeholder="Not set" onOptionSelect={(_, { optionValue }) => set(optionValue === '' ? undefined : optionValue)}>
          {props.isRequired ? null : (
            <Option value="" text="">
              Not set
            </Option>
          )}
          {kind.options.map((option) => (
            <Option key={option}>{option}</Option>
          ))}
        </Dropdown>
      );
    case 'number':
      return (
        <Input
          type="number"
          value={text}
          disabled={isFixed}
          {...(kind.minimum === undefined ? {} : { min: kind.minimum })}
          {...(kind.maximum === undefined ? {} : { max: kind.maximum })}
          step={kind.isWhole ? 1 : 'any'}
          onChange={(_, { value: typed }) => set(typed === '' ? undefined : Number(typed))}
        />
      );
    case 'text': {
      const isSecret = isCovered(props.rules.secrets, path);
      return (
        <Input
          type={isSecret ? 'password' : 'text'}
          autoComplete={isSecret ? 'new-password' : 'off'}
          value={text}
          disabled={isFixed}
          placeholder={isSecret ? 'Kept as it is' : ''}
          onChange={(_, { value: typed }) => set(typed === '' ? undefined : typed)}
        />
      );
    }
    case 'texts':
      return (
        <Textarea
          value={Array.isArray(current) ? current.join('\n') : ''}
          disabled={isFixed}
          placeholder="One per line"
          rows={3}
          onChange={(_, { value: typed }) => set(typed === '' ? undefined : typed.split('\n'))}
        />
      );
    default:
      return <JsonField value={current} isFixed={isFixed} onChange={set} />;
  }
}

/** A message belongs to the field that it names; one about something inside belongs to the inner field. */
function messageOf(errors: readonly ErrorDetail[], path: Path): { readonly validationMessage?: string } {
  const own = ['properties', ...path].join('.').toLowerCase();
  const found = errors.filter(({ target }) => target?.toLowerCase() === own);
  return found.length === 0 ? {} : { validationMessage: found.map(plainSentence).join(' ') };
}

/** Paths of all fields there are for this value, as the server writes them: what names none of them is shown above the form. */
export function fieldTargets(schema: Schema, value: Value, path: Path = []): readonly string[] {
  const kind = kindOf(schema);
  const own = ['properties', ...path].join('.').toLowerCase();
  if (kind.kind === 'variant') {
    const branch = kind.branches[String(valueAt(value, [kind.tag]))];
    return [`${own}.${kind.tag.toLowerCase()}`, ...(branch === undefined ? [] : fieldTargets(branch, value, path))];
  }
  if (kind.kind !== 'object') return [own];
  return kind.members.flatMap(([name, member]) => fieldTargets(member, isRecord(value) ? value[name] : undefined, [...path, name]));
}
