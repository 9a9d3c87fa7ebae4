// What the job left behind: its named outputs, what it wrote into ./outputs, its logs.

import { FolderOpen24Regular } from '@fluentui/react-icons';
import { useSearchParams } from 'react-router';
import { outputFiles, runFiles } from '../../api/files.ts';
import type { JobOverview } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { EmptyState } from '../../design/states.tsx';
import { isTerminal } from '../../design/status.tsx';
import { FileBrowser } from '../files/file-browser.tsx';

export function OutputsTab({ overview: { job, definition } }: { readonly overview: JobOverview }) {
  const workspace = useWorkspace();
  const [parameters, setParameters] = useSearchParams();
  const output = parameters.get('output') ?? '';
  const open = (named: string, path: string, file: string): void => setParameters({ ...(named === '' ? {} : { output: named }), ...(path === '' ? {} : { path }), ...(file === '' ? {} : { file }) });
  const place = { folder: parameters.get('path') ?? '', file: parameters.get('file') ?? '', onOpen: (path: string, file: string) => open(output, path, file) };
  if (output !== '') {
    return <FileBrowser key={output} {...place} tree={outputFiles(workspace, job.runId, output)} name={output} above={{ label: job.displayName, onOpen: () => open('', '', '') }} />;
  }
  return (
    <FileBrowser
      {...place}
      tree={runFiles(workspace, job.runId)}
      name={job.displayName}
      others={Object.keys(definition?.outputs ?? {}).map((name) => ({ label: name, note: 'named output', onOpen: () => open(name, '', '') }))}
      empty={
        <EmptyState icon={<FolderOpen24Regular />} title={isTerminal(job.status) ? 'No outputs' : 'No outputs yet'}>
          What the job writes into <code>./outputs</code>, logs as an artifact or prints is kept here{isTerminal(job.status) ? '; this one left nothing.' : ', while it runs and after.'}
        </EmptyState>
      }
    />
  );
}
