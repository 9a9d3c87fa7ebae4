// The create-workspace wizard: steps in any order, told at once what is wrong, and at the end exactly what is deployed.

import { Badge, Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Spinner, Tab, TabList, tokens } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { type FormDescriptor, formQuery } from '../../api/resource-types.ts';
import { resourcePage } from '../../api/resource-id.ts';
import { type StudioConfig, studioConfig } from '../../api/session.ts';
import { Page } from '../../design/layout.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { createWorkspace, validateWorkspace } from './create.ts';
import { emptyDraft, type Problem, problemsOf, type Step, STEPS, type WorkspaceDraft, withNames } from './draft.ts';
import { neighbourNameQuery, workspaceNameQuery } from './names.ts';
import { ProblemContext } from './problems-field.tsx';
import { BasicsStep } from './step-basics.tsx';
import { ResourcesStep } from './step-resources.tsx';
import { ReviewStep } from './step-review.tsx';
import { EncryptionStep, NetworkingStep, TagsStep } from './step-settings.tsx';

const useStyles = makeStyles({
  tabs: { padding: '0 20px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, overflowX: 'auto', flexShrink: 0 },
  frame: { display: 'flex', flexDirection: 'column', flex: '1 1 auto', minHeight: 0 },
  pane: { flex: '1 1 auto', minHeight: 0, overflowY: 'auto', padding: '22px 32px 32px' },
  form: { display: 'grid', gap: '18px', maxWidth: '720px', minWidth: 0 },
  foot: { display: 'flex', alignItems: 'center', gap: '10px', padding: '14px 32px', borderTop: `1px solid ${tokens.colorNeutralStroke2}`, flexWrap: 'wrap' },
  space: { flex: '1 1 auto' },
  badge: { marginLeft: '8px' },
});

export function WizardPage() {
  const config = useQuery({ queryKey: ['config'], queryFn: studioConfig, staleTime: Infinity });
  const form = useQuery(formQuery('Microsoft.MachineLearningServices/workspaces'));
  const error = config.error ?? form.error;
  return (
    <Page title="Create a workspace" isFlush meta="A workspace holds jobs, models, data and compute of one project or team.">
      {error === null ? null : <ErrorState error={error} />}
      {config.data === undefined || form.data === undefined ? <Loading /> : <Wizard config={config.data} form={form.data} />}
    </Page>
  );
}

function Wizard({ config, form }: { readonly config: StudioConfig; readonly form: FormDescriptor }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [parameters] = useSearchParams();
  const [suffix] = useState(() => Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join(''));
  const [raw, setRaw] = useState(() => emptyDraft({ subscription: config.defaultSubscription, location: config.region, group: parameters.get('group') ?? '', suffix }));
  const [step, setStep] = useState<Step>('basics');
  const [isAll, setAll] = useState(false);
  const draft = useMemo(() => withNames(raw, suffix), [raw, suffix]);
  const taken = useTakenNames(draft);
  const problems = useMemo(() => [...problemsOf(draft, form.name), ...taken], [draft, form.name, taken]);
  const change = (next: WorkspaceDraft): void => setRaw(keepProposals(raw, draft, next));
  const validation = useQuery({
    queryKey: ['validate', draft],
    queryFn: () => validateWorkspace(draft).then(() => true),
    enabled: step === 'review' && problems.length === 0,
    retry: false,
    gcTime: 0,
  });
  const creating = useMutation({
    mutationFn: () => createWorkspace(draft),
    onSuccess: async (id) => {
      void queries.invalidateQueries({ queryKey: ['workspaces'] });
      void queries.invalidateQueries({ queryKey: ['resources'] });
      await navigate(resourcePage(id));
    },
    onError: () => void queries.invalidateQueries({ queryKey: ['resources'] }),
  });
  const told = useMemo(() => ({ problems, isAll }), [problems, isAll]);
  const at = STEPS.findIndex(([id]) => id === step);
  const previous = STEPS[at - 1]?.[0];
  const next = STEPS[at + 1]?.[0];
  const go = (to: Step): void => {
    if (to === 'review') setAll(true);
    setStep(to);
  };
  return (
    <ProblemContext.Provider value={told}>
      <div className={styles.frame}>
        <TabList className={styles.tabs} selectedValue={step} onTabSelect={(_, { value }) => go(STEPS.find(([id]) => id === value)?.[0] ?? 'basics')} aria-label="Steps">
          {STEPS.map(([id, title]) => {
            const count = isAll ? problems.filter((problem) => problem.step === id).length : 0;
            return (
              <Tab key={id} value={id}>
                {title}
                {count === 0 ? null : (
                  <Badge className={styles.badge} color="danger" size="small" aria-label={`${count} to mend`}>
                    {count}
                  </Badge>
                )}
              </Tab>
            );
          })}
        </TabList>
        <div className={styles.pane}>
          <div className={styles.form}>
            {step === 'basics' ? <BasicsStep draft={draft} onChange={change} /> : null}
            {step === 'resources' ? <ResourcesStep draft={draft} onChange={change} /> : null}
            {step === 'networking' ? <NetworkingStep draft={draft} onChange={change} /> : null}
            {step === 'encryption' ? <EncryptionStep draft={draft} onChange={change} /> : null}
            {step === 'tags' ? <TagsStep draft={draft} onChange={change} /> : null}
            {step === 'review' ? (
              <>
                <Verdict problems={problems} isAsking={validation.isFetching} error={creating.error ?? validation.error} isFine={validation.data === true || draft.isGroupNew} />
                <ReviewStep draft={draft} />
              </>
            ) : null}
          </div>
        </div>
        <div className={styles.foot}>
          {previous === undefined ? null : <Button onClick={() => go(previous)}>Back</Button>}
          {next === undefined ? null : (
            <Button appearance={step === 'tags' ? 'primary' : 'secondary'} onClick={() => go(next)}>
              Next
            </Button>
          )}
          <span className={styles.space} />
          {creating.isPending ? <Spinner size="tiny" label="Creating the workspace and what it needs…" /> : null}
          {step === 'review' ? (
            <Button appearance="primary" disabled={problems.length > 0 || creating.isPending || validation.isFetching || validation.error !== null} onClick={() => creating.mutate()}>
              Create
            </Button>
          ) : (
            <Button onClick={() => go('review')}>Review and create</Button>
          )}
        </div>
      </div>
    </ProblemContext.Provider>
  );
}

function Verdict({ problems, isAsking, error, isFine }: { readonly problems: readonly Problem[]; readonly isAsking: boolean; readonly error: Error | null; readonly isFine: boolean }) {
  if (problems.length > 0) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Not complete yet</MessageBarTitle>
          {problems.map(({ message }) => message).join(' ')}
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (error !== null) return <ErrorState error={error} />;
  return (
    <MessageBar intent={isFine && !isAsking ? 'success' : 'info'}>
      <MessageBarBody>{isAsking ? 'The server looks it over…' : isFine ? 'Everything is there. The server finds nothing wrong with it.' : 'Ready to be looked over.'}</MessageBarBody>
    </MessageBar>
  );
}

/** A proposed name stays a proposal (and follows the workspace's name) until somebody writes another. */
function keepProposals(raw: WorkspaceDraft, shown: WorkspaceDraft, next: WorkspaceDraft): WorkspaceDraft {
  const kept = (['storage', 'vault', 'insights', 'registry'] as const).map((kind) => {
    const neighbour = next.neighbours[kind];
    return [kind, neighbour.name === shown.neighbours[kind].name ? { ...neighbour, name: raw.neighbours[kind].name } : neighbour] as const;
  });
  return { ...next, neighbours: { ...next.neighbours, ...Object.fromEntries(kept) } };
}

function useTakenNames(draft: WorkspaceDraft): readonly Problem[] {
  const { subscription, group, neighbours } = useDeferredValue(draft);
  const name = useDeferredValue(draft.name);
  const newName = (kind: 'storage' | 'vault' | 'registry'): string => (neighbours[kind].mode === 'create' ? neighbours[kind].name : '');
  const workspace = useQuery({ ...workspaceNameQuery(subscription, group, name), enabled: !draft.isGroupNew && group !== '' && name.length > 2 });
  const storage = useQuery(neighbourNameQuery(subscription, 'storage', newName('storage')));
  const vault = useQuery(neighbourNameQuery(subscription, 'vault', newName('vault')));
  const registry = useQuery(neighbourNameQuery(subscription, 'registry', newName('registry')));
  const found: readonly Problem[] = [
    { step: 'basics', field: 'name', message: workspace.data ?? '' },
    { step: 'resources', field: 'storage', message: storage.data ?? '' },
    { step: 'resources', field: 'vault', message: vault.data ?? '' },
    { step: 'resources', field: 'registry', message: registry.data ?? '' },
  ];
  return found.filter(({ message }) => message !== '');
}
