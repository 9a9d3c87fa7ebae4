// The bar at the top: whose product, which workspace, search, look, and who is signed in.

import { Avatar, Button, makeStyles, Menu, MenuDivider, MenuGroup, MenuGroupHeader, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, Text, tokens } from '@fluentui/react-components';
import { ChevronDown12Regular, Search16Regular, SignOut20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useMatch, useNavigate } from 'react-router';
import { workspacesQuery } from '../api/queries.ts';
import { signedInUser, signOut } from '../api/session.ts';
import { parseWorkspaceId } from '../api/workspace.ts';
import { Link } from '../design/link.tsx';
import { Wordmark } from '../design/mark.tsx';
import { chooseScheme, useSchemeChoice } from './color-scheme.ts';

const NARROW = '@media (max-width: 640px)';
/** Still the button's name. */
const HIDDEN = { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px' } as const;

const useStyles = makeStyles({
  bar: { display: 'flex', alignItems: 'center', gap: '12px', padding: '0 14px 0 20px', minWidth: 0, [NARROW]: { gap: '6px', padding: '0 10px 0 12px', '& [data-part=word]': { display: 'none' } } },
  home: { textDecorationLine: 'none', display: 'inline-flex', padding: '4px', borderRadius: tokens.borderRadiusMedium, ':hover': { textDecorationLine: 'none' } },
  slash: { color: tokens.colorNeutralStroke1, fontSize: '18px', userSelect: 'none' },
  workspace: { fontWeight: 600, minWidth: 0, maxWidth: '280px' },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  space: { flex: '1 1 auto' },
  search: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    width: 'clamp(40px, 26vw, 340px)',
    height: '34px',
    padding: '0 8px 0 12px',
    overflow: 'hidden',
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground3,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: '8px',
    cursor: 'pointer',
    ':hover': { border: `1px solid ${tokens.colorNeutralStroke1Hover}` },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '1px' },
    flexShrink: 0,
    [NARROW]: { width: '34px', padding: '0 8px' },
  },
  searchText: { flex: '1 1 auto', textAlign: 'left', whiteSpace: 'nowrap', overflow: 'hidden', [NARROW]: HIDDEN },
  key: {
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase100,
    padding: '1px 6px',
    borderRadius: '4px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    whiteSpace: 'nowrap',
    [NARROW]: { display: 'none' },
  },
  person: { padding: '2px', minWidth: 'auto', borderRadius: '50%', flexShrink: 0 },
  who: { display: 'flex', flexDirection: 'column', padding: '8px 12px 6px' },
});

export function TopBar({ onSearch }: { onSearch(): void }) {
  const styles = useStyles();
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home}>
        <Wordmark size={24} />
      </Link>
      <WorkspaceSwitcher />
      <span className={styles.space} />
      <button type="button" className={styles.search} onClick={onSearch} aria-keyshortcuts="Control+K">
        <Search16Regular />
        <span className={styles.searchText}>Jump to…</span>
        <kbd className={styles.key}>Ctrl K</kbd>
      </button>
      <PersonMenu />
    </header>
  );
}

function WorkspaceSwitcher() {
  const styles = useStyles();
  const navigate = useNavigate();
  const match = useMatch('/workspaces/:subscription/:group/:workspace/*');
  const { data = [] } = useQuery(workspacesQuery);
  if (match === null) return null;
  return (
    <>
      <span className={styles.slash} aria-hidden="true">
        /
      </span>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" className={styles.workspace} icon={<ChevronDown12Regular />} iconPosition="after" aria-label={`Workspace ${match.params.workspace}; change`}>
            <span className={styles.name}>{match.params.workspace}</span>
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {data.slice(0, 30).map((resource) => {
              const workspace = parseWorkspaceId(resource.id);
              return workspace === undefined ? null : (
                <MenuItem key={resource.id} secondaryContent={workspace.group} onClick={() => void navigate(`${workspace.home}/jobs`)}>
                  {workspace.name}
                </MenuItem>
              );
            })}
            <MenuDivider />
            <MenuItem onClick={() => void navigate('/')}>All workspaces</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </>
  );
}

function PersonMenu() {
  const styles = useStyles();
  const user = signedInUser();
  const scheme = useSchemeChoice();
  return (
    <Menu checkedValues={{ scheme: [scheme] }} onCheckedValueChange={(_, { checkedItems: [chosen] }) => chooseScheme(chosen === 'light' || chosen === 'dark' ? chosen : 'system')}>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={styles.person}>
          <Avatar name={user.name} size={28} color="brand" aria-label={`${user.name}: account and appearance`} />
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <div className={styles.who}>
          <Text weight="semibold">{user.name}</Text>
          {user.account === user.name ? null : <Text size={200}>{user.account}</Text>}
        </div>
        <MenuList>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>Appearance</MenuGroupHeader>
            <MenuItemRadio name="scheme" value="system">
              As the system
            </MenuItemRadio>
            <MenuItemRadio name="scheme" value="light">
              Light
            </MenuItemRadio>
            <MenuItemRadio name="scheme" value="dark">
              Dark
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuItem icon={<SignOut20Regular />} onClick={() => void signOut()}>
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
