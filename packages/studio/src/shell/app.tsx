// The application: theme, queries, routes. Pages are loaded when they are first opened.

import { FluentProvider } from '@fluentui/react-components';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { BrowserRouter, Navigate, Route, Routes, useLocation, useParams, useSearchParams } from 'react-router';
import { ApiError } from '../api/client.ts';
import { returnAddress, SignInRequired } from '../api/session.ts';
import { parseWorkspaceId } from '../api/workspace.ts';
import { Loading } from '../design/states.tsx';
import { darkTheme, lightTheme } from '../design/theme.ts';
import { HomePage } from '../features/home/home-page.tsx';
import { useIsDark } from './color-scheme.ts';
import { NotFoundPage } from './not-found-page.tsx';
import { SessionGate, sessionEnded } from './session-gate.tsx';
import { HomeShell } from './home-shell.tsx';
import { Shell } from './shell.tsx';
import { WorkspaceShell } from './workspace-shell.tsx';

const WorkspacePage = lazy(() => import('../features/home/workspace-page.tsx').then((module) => ({ default: module.WorkspacePage })));
const JobsPage = lazy(() => import('../features/jobs/jobs-page.tsx').then((module) => ({ default: module.JobsPage })));
const JobPage = lazy(() => import('../features/job/job-page.tsx').then((module) => ({ default: module.JobPage })));
const AssetsPage = lazy(() => import('../features/assets/assets-page.tsx').then((module) => ({ default: module.AssetsPage })));
const AssetPage = lazy(() => import('../features/assets/asset-page.tsx').then((module) => ({ default: module.AssetPage })));
const ComputePage = lazy(() => import('../features/compute/compute-page.tsx').then((module) => ({ default: module.ComputePage })));

const GroupsPage = lazy(() => import('../features/resources/groups-page.tsx').then((module) => ({ default: module.GroupsPage })));
const ResourcesPage = lazy(() => import('../features/resources/resources-page.tsx').then((module) => ({ default: module.ResourcesPage })));
const DeletedPage = lazy(() => import('../features/resources/deleted-page.tsx').then((module) => ({ default: module.DeletedPage })));
const ResourcePage = lazy(() => import('../features/resource/resource-page.tsx').then((module) => ({ default: module.ResourcePage })));
const SettingsPage = lazy(() => import('../features/resource/resource-page.tsx').then((module) => ({ default: module.SettingsPage })));
const CreatePage = lazy(() => import('../features/create/create-page.tsx').then((module) => ({ default: module.CreatePage })));
const WizardPage = lazy(() => import('../features/create-workspace/wizard-page.tsx').then((module) => ({ default: module.WizardPage })));

function onError(error: unknown): void {
  if (error instanceof SignInRequired) sessionEnded();
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 3 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

export function App() {
  const isDark = useIsDark();
  useEffect(() => {
    document.documentElement.dataset['scheme'] = isDark ? 'dark' : 'light';
  }, [isDark]);
  return (
    <FluentProvider theme={isDark ? darkTheme : lightTheme}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <SessionGate>
            <Suspense fallback={<Loading />}>
              <Routes>
                <Route path="/runs/:job" element={<JobLink />} />
                <Route path="/jobs/:job" element={<JobLink />} />
                <Route element={<Shell />}>
                  <Route element={<HomeShell />}>
                    <Route index element={<HomePage />} />
                    <Route path="groups" element={<GroupsPage />} />
                    <Route path="resources" element={<ResourcesPage />} />
                    <Route path="deleted" element={<DeletedPage />} />
                    <Route path="resource/*" element={<ResourcePage />} />
                    <Route path="create" element={<CreatePage />} />
                    <Route path="create/workspace" element={<WizardPage />} />
                    <Route path="*" element={<NotFoundPage />} />
                  </Route>
                  <Route path="/auth/return" element={<Navigate to={returnAddress()} replace />} />
                  <Route path="/workspaces/:subscription/:group/:workspace" element={<WorkspaceShell />}>
                    <Route index element={<WorkspacePage />} />
                    <Route path="jobs" element={<JobsPage />} />
                    <Route path="jobs/:job/:tab?" element={<JobPage />} />
                    <Route path="compute" element={<ComputePage />} />
                    <Route path="settings" element={<SettingsPage />} />
                    <Route path=":kind" element={<AssetsPage />} />
                    <Route path=":kind/:asset" element={<AssetPage />} />
                    <Route path="*" element={<NotFoundPage />} />
                  </Route>
                </Route>
              </Routes>
            </Suspense>
          </SessionGate>
        </BrowserRouter>
      </QueryClientProvider>
    </FluentProvider>
  );
}

/** What jobs carry as their studio address, `/jobs/{job}?workspace={id}`, and Azure's form of it, `/runs/{job}?wsid={id}`. */
function JobLink() {
  const { job } = useParams();
  const [search] = useSearchParams();
  const { pathname } = useLocation();
  const workspace = parseWorkspaceId(search.get('workspace') ?? search.get('wsid') ?? '');
  return workspace === undefined || job === undefined ? <NotFoundPage path={pathname} /> : <Navigate to={`${workspace.home}/jobs/${job}`} replace />;
}
