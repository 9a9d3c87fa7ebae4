// The create-workspace wizard: steps in any order, told at once what is wrong, and at the end exactly what is deployed.

import { Badge, Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Spinner, tokens } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { checksQuery } from '../../api/checks.ts';
import { resourcePage } from '../../api/resource-id.ts';
import { type StudioConfig, studioConfig } from '../../api/session.ts';
import { Page } from '../../design/layout.tsx';
import { PageTabs } from '../../design/page-tabs.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { useSettled } from '../../design/forms/settled.ts';
import { createWorkspace } from './create.ts';
import { asKind, emptyDraft, KINDS, missingOf, type Problem, type Step, STEPS, stepsOf, type WorkspaceDraft, withNames } from './draft.ts';
import { checkable, problemsFrom } from './findings.ts';
import { ProblemContext } from './problems-field.tsx';
import { BasicsStep } from './step-basics.tsx';
import { ResourcesStep } from './step-resources.tsx';
import { ReviewStep } from './step-review.tsx';
import { EncryptionStep, NetworkingStep, TagsStep } from './step-settings.tsx';

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', flex: '1 1 auto', minHeight: 0 },
  pane: { flex: '1 1 auto', minHeight: 0, overflowY: 'auto', padding: '22px 32px 32px', '@media (max-width: 640px)': { padding: '18px 20px 24px' } },
  form: { display: 'grid', gap: '18px', maxWidth: '720px', minWidth: 0 },
  foot: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    padding: '14px 32px',
    '@media (max-width: 640px)': { padding: '12px 20px' },
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    flexWrap: 'wrap',
  },
  space: { flex: '1 1 auto' },
  badge: { marginLeft: '8px' },
  problems: { margin: 0, paddingLeft: '18px' },
});

export function WizardPage() {
  const { data, error } = useQuery({ queryKey: ['config'], queryFn: studioConfig, staleTime: Infinity });
  return (
    <Page title="Create a workspace" isFlush meta="A workspace holds jobs, models, data and compute of one project or team.">
      {error === null ? null : <ErrorState error={error} />}
      {data === undefined ? <Loading /> : <Wizard config={data} />}
    </Page>
  );
}

function Wizard({ config }: { readonly config: StudioConfig }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [parameters] = useSearchParams();
  const [suffix] = useState(() => Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join(''));
  const [raw, setRaw] = useState(() => firstDraft(config, parameters));
  const [step, setStep] = useState<Step>('basics');
  const [isAll, setAll] = useState(false);
  const draft = useMemo(() => withNames(raw, suffix), [raw, suffix]);
  const steps = stepsOf(draft);
  const asked = useSettled(useMemo(() => checkable(draft, config.tenantId), [draft, config.tenantId]));
  const checks = useQuery(checksQuery(asked.value));
  const missing = useMemo(() => missingOf(draft), [draft]);
  const problems = useMemo(() => [...missing, ...problemsFrom(draft, checks.data ?? [])], [draft, missing, checks.data]);
  const isAsking = checks.isFetching || !asked.isSettled;
  const change = (next: WorkspaceDraft): void => setRaw(keepProposals(raw, draft, next));
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
  const at = steps.findIndex(([id]) => id === step);
  const previous = steps[at - 1]?.[0];
  const next = steps[at + 1]?.[0];
  const go = (to: Step): void => {
    if (to === 'review') setAll(true);
    setStep(to);
  };
  return (
    <ProblemContext.Provider value={told}>
      <div className={styles.frame}>
        <PageTabs
          label="Steps"
          chosen={step}
          onChoose={(chosen) => go(STEPS.find(([id]) => id === chosen)?.[0] ?? 'basics')}
          tabs={steps.map(([id, title]) => {
            const count = isAll ? problems.filter((problem) => problem.step === id).length : 0;
            const badge = (
              <Badge className={styles.badge} color="danger" size="small" aria-label={`${count} to mend`}>
                {count}
              </Badge>
            );
            return { id, title, ...(count === 0 ? {} : { badge }) };
          })}
        />
        <div className={styles.pane}>
          <div className={styles.form}>
            {step === 'basics' ? <BasicsStep draft={draft} onChange={change} /> : null}
            {step === 'resources' ? <ResourcesStep draft={draft} onChange={change} /> : null}
            {step === 'networking' ? <NetworkingStep draft={draft} onChange={change} /> : null}
            {step === 'encryption' ? <EncryptionStep draft={draft} onChange={change} /> : null}
            {step === 'tags' ? <TagsStep draft={draft} onChange={change} /> : null}
            {step === 'review' ? (
              <>
                <Verdict problems={problems} isAsking={isAsking} error={creating.error ?? checks.error} />
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
            <Button appearance="primary" disabled={problems.length > 0 || creating.isPending || isAsking || checks.error !== null} onClick={() => creating.mutate()}>
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

function Verdict({ problems, isAsking, error }: { readonly problems: readonly Problem[]; readonly isAsking: boolean; readonly error: Error | null }) {
  const styles = useStyles();
  if (problems.length > 0) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Not complete yet</MessageBarTitle>
          <ul className={styles.problems}>
            {[...new Set(problems.map(({ message }) => message))].map((message) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (error !== null) return <ErrorState error={error} />;
  return (
    <MessageBar intent={isAsking ? 'info' : 'success'}>
      <MessageBarBody>{isAsking ? 'The server looks it over…' : 'Everything is there. The server finds nothing wrong with it.'}</MessageBarBody>
    </MessageBar>
  );
}

/** An empty draft, or what the address says: `?kind=Project&group=demo&hub=…`. */
function firstDraft(config: StudioConfig, parameters: URLSearchParams): WorkspaceDraft {
  const draft = emptyDraft({ subscription: config.defaultSubscription, location: config.region, group: parameters.get('group') ?? '' });
  return { ...asKind(draft, KINDS.find((kind) => kind === parameters.get('kind')) ?? 'Default'), hub: parameters.get('hub') ?? '' };
}

/** A proposed name stays a proposal (and follows the workspace's name) until somebody writes another. */
function keepProposals(raw: WorkspaceDraft, shown: WorkspaceDraft, next: WorkspaceDraft): WorkspaceDraft {
  const kept = (['storage', 'vault', 'insights', 'registry'] as const).map((kind) => {
    const neighbour = next.neighbours[kind];
    return [kind, neighbour.name === shown.neighbours[kind].name ? { ...neighbour, name: raw.neighbours[kind].name } : neighbour] as const;
  });
  return { ...next, neighbours: { ...next.neighbours, ...Object.fromEntries(kept) } };
}
