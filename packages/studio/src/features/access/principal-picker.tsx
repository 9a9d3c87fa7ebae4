// Finding a person, a group or a program by a part of its name or by its id.

import { Combobox, Option } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { type FoundPrincipal, principalSearchQuery } from '../../api/access.ts';

const KINDS: Readonly<Record<FoundPrincipal['kind'], string>> = { User: 'Person', Group: 'Group', ServicePrincipal: 'Application', ManagedIdentity: 'Managed identity' };

export function kindWord(kind: string): string {
  return Object.entries(KINDS).find(([known]) => known === kind)?.[1] ?? kind;
}

/** Goes inside a Field, which names it. */
export function PrincipalPicker({ scope, chosen, onChoose }: { readonly scope: string; readonly chosen: FoundPrincipal | undefined; onChoose(principal: FoundPrincipal | undefined): void }) {
  const [typed, setTyped] = useState<string>();
  const wanted = useDeferredValue((typed ?? '').trim());
  const { data = [] } = useQuery(principalSearchQuery(scope, wanted));
  return (
    <Combobox
      freeform
      placeholder="Name, sign-in name or id"
      value={typed ?? chosen?.displayName ?? ''}
      selectedOptions={chosen === undefined ? [] : [chosen.id]}
      onChange={(event) => {
        setTyped(event.target.value);
        if (chosen !== undefined) onChoose(undefined);
      }}
      onOptionSelect={(_, { optionValue }) => {
        // Typing after a choice takes the choice away; what is typed stays.
        if (optionValue === undefined) return;
        setTyped(undefined);
        onChoose(data.find(({ id }) => id === optionValue));
      }}
    >
      {data.map((principal) => (
        <Option key={principal.id} value={principal.id} text={principal.displayName}>
          {`${principal.displayName} · ${kindWord(principal.kind)}${principal.account === null ? '' : ` · ${principal.account}`}${principal.isEnabled ? '' : ' · disabled'}`}
        </Option>
      ))}
    </Combobox>
  );
}
