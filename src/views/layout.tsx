// The frame of every page: head, header with navigation by role, main. The http floor adds the doctype.
// Links are never boosted: each page brings its own Content-Security-Policy (form-action), which a swap would not apply.

import type { Child } from 'hono/jsx'
import { type Action, may, type Role } from '../domain/roles.ts'

/** The signed-in person, as pages know them. */
export interface PageMember {
  email: string
  name: string | null
  role: Role
  workspaceId: string
  workspaceName: string
  /** Every workspace of theirs, this one included. */
  workspaces: { id: string; name: string }[]
  /** May make workspaces. */
  ownsDeployment: boolean
}

type Section = 'connections' | 'connectors' | 'keys' | 'members' | 'audit'

const NAVIGATION: { section: Section; label: string; action: Action }[] = [
  { section: 'connections', label: 'Connections', action: 'connections.read' },
  { section: 'connectors', label: 'Connectors', action: 'apps.manage' },
  { section: 'keys', label: 'API keys', action: 'keys.read' },
  { section: 'members', label: 'Members', action: 'members.read' },
  { section: 'audit', label: 'Audit', action: 'audit.read' },
]

/** No injected styles; going back loads the page anew; `open` of a details element is the reader's, so a morph leaves it. */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  history: 'reload',
  morphIgnore: ['data-htmx-powered', 'open'],
})

interface LayoutProps {
  title: string
  member?: PageMember | undefined
  current?: Section | 'settings'
  /** Without JavaScript the page reloads itself this often. */
  refreshSeconds?: number | undefined
  children?: Child
}

export function Layout({ title, member, current, refreshSeconds, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content="Evergrant keeps OAuth connections alive." />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Evergrant`}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/app.css" />
        {member ? (
          <>
            <meta name="htmx-config" content={HTMX_CONFIG} />
            <script src="/htmx.min.js" defer></script>
            <script src="/popup.js" defer></script>
            <script src="/app.js" defer></script>
          </>
        ) : null}
        {refreshSeconds === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <div class="top-inner">
            <a class="brand" href={member ? '/connections' : '/'}>
              <img src="/favicon.svg" width="22" height="22" alt="" />
              Evergrant
            </a>
            {member ? <Navigation member={member} current={current} /> : null}
            {member ? <MemberMenu member={member} /> : null}
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
          {member ? <p id="popup-note" class="popup-note" role="status"></p> : null}
        </main>
      </body>
    </html>
  )
}

function Navigation({ member, current }: { member: PageMember; current: LayoutProps['current'] }) {
  const items = NAVIGATION.filter(({ action }) => may(member.role, action))
  return (
    <nav aria-label="Main">
      {items.map(({ section, label }) => (
        <a href={`/${section}`} aria-current={section === current ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}

function MemberMenu({ member }: { member: PageMember }) {
  return (
    <details class="member">
      <summary>
        <span class="avatar" aria-hidden="true">
          {initial(member.name ?? member.email)}
        </span>
        <span class="member-name">{member.workspaceName}</span>
        <span class="sr">, your account</span>
      </summary>
      <div class="member-menu">
        {member.name ? <p class="strong">{member.name}</p> : null}
        <p>{member.email}</p>
        <p class="quiet">
          {member.workspaceName}, {member.role}
        </p>
        <WorkspaceSwitcher member={member} />
        <p>
          <a href="/settings">Settings</a>
        </p>
        {may(member.role, 'webhooks.manage') ? (
          <p>
            <a href="/settings/webhooks">Webhooks</a>
          </p>
        ) : null}
        <form method="post" action="/sign-out">
          <button type="submit" class="button">
            Sign out
          </button>
        </form>
      </div>
    </details>
  )
}

/** A form for each: going to another workspace changes the session. */
function WorkspaceSwitcher({ member }: { member: PageMember }) {
  const others = member.workspaces.filter(({ id }) => id !== member.workspaceId)
  if (others.length === 0 && !member.ownsDeployment) return null
  return (
    <div class="switcher">
      {others.length > 0 ? <p class="strong">Go to</p> : null}
      {others.map(({ id, name }) => (
        <form method="post" action={`/workspaces/${encodeURIComponent(id)}/switch`}>
          <button type="submit" class="button small wide">
            {name}
          </button>
        </form>
      ))}
      {member.ownsDeployment ? (
        <p>
          <a href="/workspaces/new">New workspace</a>
        </p>
      ) : null}
    </div>
  )
}

function initial(text: string): string {
  return [...text.trim()][0]?.toUpperCase() ?? '?'
}
