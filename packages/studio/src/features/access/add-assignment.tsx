// Giving somebody a role at a scope.

import { Button, Combobox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, makeStyles, Option } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addAssignment, type FoundPrincipal, type Role, rolesQuery } from '../../api/access.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState } from '../../design/states.tsx';
import { assignCommand } from '../resource/as-az.ts';
import { PrincipalPicker } from './principal-picker.tsx';

const useStyles = makeStyles({ content: { display: 'grid', gap: '16px' } });

export function AddAssignment({ scope, onClose }: { readonly scope: string; onClose(): void }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const roles = useQuery(rolesQuery(scope));
  const [role, setRole] = useState<Role>();
  const [typed, setTyped] = useState<string>();
  const [principal, setPrincipal] = useState<FoundPrincipal>();
  const adding = useMutation({
    mutationFn: async () => {
      if (role !== undefined && principal !== undefined) await addAssignment(scope, role, principal);
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', scope.toLowerCase(), 'access'] });
      onClose();
    },
  });
  const shown = (roles.data ?? []).filter(({ roleName }) => typed === undefined || roleName.toLowerCase().includes(typed.toLowerCase()));
  return (
    <Dialog open onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            adding.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>Add a role assignment</DialogTitle>
            <DialogContent className={styles.content}>
              <Field label="Role" required {...(role === undefined ? {} : { hint: role.description })}>
                <Combobox
                  placeholder="Find a role"
                  value={typed ?? role?.roleName ?? ''}
                  selectedOptions={role === undefined ? [] : [role.name]}
                  onChange={(event) => setTyped(event.target.value)}
                  onOptionSelect={(_, { optionValue }) => {
                    if (optionValue === undefined) return;
                    setTyped(undefined);
                    setRole(roles.data?.find(({ name }) => name === optionValue));
                  }}
                >
                  {shown.map((each) => (
                    <Option key={each.name} value={each.name}>
                      {each.roleName}
                    </Option>
                  ))}
                </Combobox>
              </Field>
              <Field label="Who" required>
                <PrincipalPicker scope={scope} chosen={principal} onChoose={setPrincipal} />
              </Field>
              {role === undefined || principal === undefined ? null : <CodeBlock text={assignCommand(scope, role.roleName, principal.id)} label="Copy az command" />}
              {adding.error === null ? null : <ErrorState error={adding.error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary" disabled={role === undefined || principal === undefined || adding.isPending}>
                {adding.isPending ? 'Adding…' : 'Add'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
