// The commands of an empty page: the smallest job that does something.

import type { Workspace } from '../../api/workspace.ts';

export function firstJobCommand(workspace: Workspace): string {
  return [
    "cat > job.yml <<'EOF'",
    'command: python -c "print(42)"',
    'environment: {image: python:3.12}',
    'EOF',
    `az ml job create --file job.yml --stream --resource-group ${workspace.group} --workspace-name ${workspace.name}`,
  ].join('\n');
}
