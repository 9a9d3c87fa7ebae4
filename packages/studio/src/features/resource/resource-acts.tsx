// What can be done with the resource as a whole: its actions, as the type declares them, and deleting it.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { Delete20Regular, MoreHorizontal20Regular, Open20Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { type ActionDescriptor, formQuery } from '../../api/resource-types.ts';
import { encodeId } from '../../api/resources.ts';
import { parseWorkspaceId } from '../../api/workspace.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { shellWord } from '../job/acts.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { SchemaFields } from './form/schema-fields.tsx';
import type { Subject } from './subject.ts';
import { words } from './words.ts';

const useStyles = makeStyles({ content: { display: 'grid', gap: '14px' } });
const NO_RULES = { readOnly: [], immutable: [], secrets: [] };

export function ResourceActs({ subject, isInside }: { readonly subject: Subject; readonly isInside: boolean }) {
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const [action, setAction] = useState<ActionDescriptor>();
  const actions = subject.type.actions.filter(({ on }) => on === 'item');
  const workspace = !isInside && subject.type.type.toLowerCase() === 'microsoft.machinelearningservices/workspaces' ? parseWorkspaceId(subject.id) : undefined;
  return (
    <>
      {workspace === undefined ? null : (
        <Button icon={<Open20Regular />} onClick={() => void navigate(workspace.home)}>
          Open workspace
        </Button>
      )}
      {subject.type.verbs.includes('delete') ? (
        <Button icon={<Delete20Regular />} onClick={() => setDeleting(true)}>
          Delete
        </Button>
      ) : null}
      {actions.length === 0 ? null : (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button icon={<MoreHorizontal20Regular />} aria-label="Actions" />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {actions.map((each) => (
                <MenuItem key={each.name} onClick={() => setAction(each)}>
                  {words(each.name)}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
      {isDeleting ? <DeleteDialog subject={subject} onClose={() => setDeleting(false)} /> : null}
      {action === undefined ? null : <ActionDialog key={action.name} subject={subject} action={action} onClose={() => setAction(undefined)} />}
    </>
  );
}

function ActionDialog({ subject, action, onClose }: { readonly subject: Subject; readonly action: ActionDescriptor; onClose(): void }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const { id, type } = subject;
  const form = useQuery({ ...formQuery(type.type), enabled: action.takesInput });
  const [input, setInput] = useState<Readonly<Record<string, unknown>>>({});
  const running = useMutation({
    mutationFn: () => armWrite(`${encodeId(id)}/${action.name}?api-version=${type.apiVersion}`, { method: action.method, ...(action.method === 'POST' ? { body: input } : {}) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] }),
  });
  const schema = form.data?.inputs[action.name];
  const body = action.takesInput ? ` --request-body ${shellWord(JSON.stringify(input))}` : '';
  const command =
    action.method === 'POST'
      ? `az resource invoke-action --ids ${shellWord(id)} --action ${action.name}${body}`
      : `az rest --method get --url ${shellWord(`${id}/${action.name}?api-version=${type.apiVersion}`)}`;
  return (
    <Dialog open onOpenChange={(_, { open }) => open || running.isPending || onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words(action.name)}</DialogTitle>
          <DialogContent className={styles.content}>
            {action.takesInput && form.data === undefined ? <Loading lines={3} /> : null}
            {schema === undefined ? null : <SchemaFields schema={schema} path={[]} rules={NO_RULES} errors={[]} value={input} onChange={setInput} />}
            <CodeBlock text={command} label="Copy az command" />
            {running.error === null ? null : <ErrorState error={running.error} />}
            {running.data === undefined ? null : <CodeBlock text={JSON.stringify(running.data, null, 2)} label="Copy answer" />}
            {running.isSuccess && running.data === undefined ? <span role="status">Done; the server answered without a body.</span> : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close</Button>
            <Button appearance="primary" disabled={running.isPending} onClick={() => running.mutate()}>
              {running.isPending ? 'Running…' : 'Run'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
