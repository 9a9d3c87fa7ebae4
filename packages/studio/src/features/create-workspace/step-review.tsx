// Last step: what will be made, in words and as code. The template shown is the one that is deployed.

import { makeStyles, Tab, TabList } from '@fluentui/react-components';
import { useState } from 'react';
import { nameOf } from '../../api/resource-id.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { Facts, Section } from '../../design/layout.tsx';
import { cliText } from './as-cli.ts';
import { armTemplate } from './as-template.ts';
import { terraformText } from './as-terraform.ts';
import { NEIGHBOUR_KINDS, NEIGHBOURS, type WorkspaceDraft } from './draft.ts';
import { kindTitle } from './step-basics.tsx';

const useStyles = makeStyles({ pane: { display: 'grid', gap: '18px', minWidth: 0 }, code: { display: 'grid', gap: '12px' } });

export function ReviewStep({ draft }: { readonly draft: WorkspaceDraft }) {
  const styles = useStyles();
  const [language, setLanguage] = useState('arm');
  const text = language === 'terraform' ? terraformText(draft) : language === 'cli' ? cliText(draft) : JSON.stringify(armTemplate(draft), null, 2);
  return (
    <div className={styles.pane}>
      <Section title="What will be made">
        <Facts facts={factsOf(draft)} />
      </Section>
      <Section title="The same as code">
        <div className={styles.code}>
          <TabList selectedValue={language} onTabSelect={(_, { value }) => setLanguage(String(value))} aria-label="Language">
            <Tab value="arm">ARM template</Tab>
            <Tab value="terraform">Terraform</Tab>
            <Tab value="cli">Azure CLI</Tab>
          </TabList>
          <CodeBlock text={text} label={language === 'arm' ? 'Copy ARM template' : language === 'terraform' ? 'Copy Terraform' : 'Copy commands'} isTall />
        </div>
      </Section>
    </div>
  );
}

function factsOf(draft: WorkspaceDraft): Parameters<typeof Facts>[0]['facts'] {
  const tags = Object.entries(draft.tags).map(([name, value]) => `${name}: ${value}`);
  return [
    [kindTitle(draft.kind), draft.name],
    ['Resource group', `${draft.group}${draft.isGroupNew ? ' (new)' : ''}`],
    ['Location', draft.location],
    ...(draft.kind === 'Project' ? [['Hub', nameOf(draft.hub)] as const] : surroundings(draft)),
    ...(draft.kind === 'FeatureStore' ? [['Spark version', draft.sparkVersion] as const] : []),
    ['Identity', draft.identity === '' ? 'Its own' : nameOf(draft.identity)],
    ['Tags', tags.join(', ') || 'None'],
  ];
}

function surroundings(draft: WorkspaceDraft): readonly (readonly [string, string])[] {
  const neighbours = NEIGHBOUR_KINDS.map((kind) => {
    const { mode, name, id } = draft.neighbours[kind];
    return [NEIGHBOURS[kind].title, mode === 'none' ? (kind === 'registry' ? 'Made when first needed' : 'None') : mode === 'create' ? `${name} (new)` : nameOf(id)] as const;
  });
  return [
    ...neighbours,
    ['Public access', draft.publicAccess],
    ['Managed network', draft.isolation === 'Disabled' ? 'None' : draft.isolation],
    ['Encryption', draft.hasOwnKey ? `Your key ${nameOf(draft.keyIdentifier.replace(/\/[^/]+$/, ''))}` : 'Key of this server'],
  ];
}
