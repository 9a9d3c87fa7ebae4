// The steps of networking, encryption and tags.

import { Input, makeStyles, Radio, RadioGroup, Switch, Text, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { nameOf } from '../../api/resource-id.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { TagFields } from '../resource/form/tag-fields.tsx';
import { shellWord } from '../job/acts.ts';
import { CheckedField } from './problems-field.tsx';
import { ResourcePicker } from './resource-picker.tsx';
import { InheritedNote } from './step-basics.tsx';
import type { StepProps } from './step-props.ts';

const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities';

const useStyles = makeStyles({ quiet: { color: tokens.colorNeutralForeground2 } });

export function NetworkingStep({ draft, onChange }: StepProps) {
  return (
    <>
      <CheckedField name="publicAccess" label="Public access">
        <RadioGroup value={draft.publicAccess} onChange={(_, { value }) => onChange({ ...draft, publicAccess: value === 'Disabled' ? 'Disabled' : 'Enabled' })}>
          <Radio value="Enabled" label="From everywhere: whoever has a role may reach it" />
          <Radio value="Disabled" label="Private only: addresses that the operator allows, and private endpoints" />
        </RadioGroup>
      </CheckedField>
      <CheckedField name="isolation" label="Managed network for its computes" hint="Cannot be turned off again once it is on.">
        <RadioGroup
          value={draft.isolation}
          onChange={(_, { value }) => onChange({ ...draft, isolation: value === 'AllowInternetOutbound' || value === 'AllowOnlyApprovedOutbound' ? value : 'Disabled' })}
        >
          <Radio value="Disabled" label="None" />
          <Radio value="AllowInternetOutbound" label="Allow internet outbound" />
          <Radio value="AllowOnlyApprovedOutbound" label="Allow only approved outbound" />
        </RadioGroup>
      </CheckedField>
    </>
  );
}

export function EncryptionStep({ draft, onChange }: StepProps) {
  const { data: types } = useQuery(typesQuery);
  return (
    <>
      {findType(types, IDENTITIES) === undefined ? null : (
        <CheckedField name="identity" label="Identity" hint="Leave it empty for an identity of the workspace’s own.">
          <ResourcePicker type={IDENTITIES} id={draft.identity} onChoose={(identity) => onChange({ ...draft, identity })} />
        </CheckedField>
      )}
      {draft.kind === 'Project' ? <InheritedNote hub={draft.hub} /> : <OwnKey draft={draft} onChange={onChange} />}
    </>
  );
}

function OwnKey({ draft, onChange }: StepProps) {
  return (
    <>
      <CheckedField
        name="hasOwnKey"
        label="Encrypt with a key of your own"
        hint="Secrets, credentials and artifacts are sealed with it; disabling the key makes them unreadable until it is back. Fixed after creation."
      >
        <Switch checked={draft.hasOwnKey} onChange={(_, { checked }) => onChange({ ...draft, hasOwnKey: checked })} label={draft.hasOwnKey ? 'Yes' : 'No, with the key of this server'} />
      </CheckedField>
      {draft.hasOwnKey ? (
        <>
          <CheckedField name="keyVault" label="Key vault with the key" isRequired>
            <ResourcePicker type="Microsoft.KeyVault/vaults" id={draft.keyVault} onChoose={(keyVault) => onChange({ ...draft, keyVault })} />
          </CheckedField>
          <CheckedField name="keyIdentifier" label="Key identifier" isRequired hint="https://…/keys/name/version, as this command prints it:">
            <Input value={draft.keyIdentifier} onChange={(_, { value }) => onChange({ ...draft, keyIdentifier: value.trim() })} spellCheck={false} autoComplete="off" />
          </CheckedField>
          <CodeBlock text={`az keyvault key show --vault-name ${draft.keyVault === '' ? 'VAULT' : shellWord(nameOf(draft.keyVault))} --name KEY --query key.kid --output tsv`} label="Copy command" />
        </>
      ) : null}
    </>
  );
}

export function TagsStep({ draft, onChange }: StepProps) {
  const styles = useStyles();
  return (
    <>
      <Text className={styles.quiet}>Tags are set on the workspace and on everything that is made with it.</Text>
      <CheckedField name="tags" label="Tags">
        <TagFields tags={draft.tags} onChange={(tags) => onChange({ ...draft, tags })} />
      </CheckedField>
    </>
  );
}
