// The diagnose report of a workspace: the server really looks at each neighbour, and says what is wrong and how to mend it.

import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { CheckmarkCircle20Filled, DismissCircle20Filled, Info20Regular, Stethoscope20Regular, Warning20Filled } from '@fluentui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { groupOf, nameOf } from '../../api/resource-id.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { Muted } from '../../design/layout.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { shellWord } from '../job/acts.ts';
import type { TabProps } from '../resource/subject.ts';
import { memberOf } from './workspace-properties.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '18px', maxWidth: '860px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid' },
  row: { display: 'grid', gridTemplateColumns: '20px minmax(0, 1fr)', gap: '4px 12px', padding: '12px 0', borderTop: `1px solid ${tokens.colorNeutralStroke3}` },
  good: { color: tokens.colorPaletteGreenForeground1, display: 'inline-flex' },
  bad: { color: tokens.colorPaletteRedForeground1, display: 'inline-flex' },
  warn: { color: tokens.colorPaletteMarigoldForeground1, display: 'inline-flex' },
  quiet: { color: tokens.colorNeutralForeground3, display: 'inline-flex' },
  results: { gridColumn: 2, display: 'grid', gap: '4px', overflowWrap: 'anywhere' },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
});

interface Finding {
  readonly code: string;
  readonly level: string;
  readonly message: string;
}

const CHECKS: readonly (readonly [name: string, title: string])[] = [
  ['storageAccountResults', 'Storage account'],
  ['keyVaultResults', 'Key vault'],
  ['applicationInsightsResults', 'Application Insights'],
  ['containerRegistryResults', 'Container registry'],
  ['dnsResolutionResults', 'Names of hosts'],
  ['networkSecurityRuleResults', 'Network security rules'],
  ['userDefinedRouteResults', 'Routes'],
  ['resourceLockResults', 'Locks'],
  ['otherResults', 'Others'],
];

export function DiagnoseTab({ subject }: TabProps) {
  const styles = useStyles();
  const { id, type } = subject;
  const running = useMutation({ mutationFn: () => armWrite(`${encodeId(id)}/diagnose?api-version=${type.apiVersion}`, { method: 'POST', body: { value: {} } }) });
  return (
    <div className={styles.pane}>
      <Muted>Looks at each resource the workspace depends on: is it there, does it answer, may the workspace use it?</Muted>
      <div>
        <Button appearance="primary" icon={<Stethoscope20Regular />} disabled={running.isPending} onClick={() => running.mutate()}>
          {running.isPending ? 'Looking…' : running.data === undefined ? 'Run the checks' : 'Run them again'}
        </Button>
      </div>
      {running.error === null ? null : <ErrorState error={running.error} />}
      {running.isPending ? <Loading lines={6} /> : null}
      {running.data === undefined || running.isPending ? null : <Report report={running.data} />}
      <CodeBlock text={`az ml workspace diagnose --name ${shellWord(nameOf(id))} --resource-group ${shellWord(groupOf(id))}`} label="Copy az command" />
    </div>
  );
}

function Report({ report }: { readonly report: unknown }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Report">
      {CHECKS.map(([name, title]) => {
        const findings = findingsOf(memberOf(report, 'value', name));
        return (
          <li key={name} className={styles.row}>
            <Mark level={worst(findings)} />
            <Text weight="semibold">
              {title}: {findings.length === 0 ? 'in order' : worst(findings).toLowerCase()}
            </Text>
            {findings.length === 0 ? null : (
              <div className={styles.results}>
                {findings.map((finding) => (
                  <div key={`${finding.code} ${finding.message}`}>
                    {finding.message} <span className={styles.code}>{finding.code}</span>
                  </div>
                ))}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Mark({ level }: { readonly level: string }) {
  const styles = useStyles();
  if (level === 'Error') return <DismissCircle20Filled className={styles.bad} />;
  if (level === 'Warning') return <Warning20Filled className={styles.warn} />;
  return level === 'Information' ? <Info20Regular className={styles.quiet} /> : <CheckmarkCircle20Filled className={styles.good} />;
}

function findingsOf(value: unknown): readonly Finding[] {
  return Array.isArray(value)
    ? value.map((each: unknown) => ({ code: String(memberOf(each, 'code') ?? ''), level: String(memberOf(each, 'level') ?? ''), message: String(memberOf(each, 'message') ?? '') }))
    : [];
}

function worst(findings: readonly Finding[]): string {
  return ['Error', 'Warning', 'Information'].find((level) => findings.some((finding) => finding.level === level)) ?? '';
}
