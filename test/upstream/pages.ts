// The pages of the local upstream: sign-in, consent, account, error. Props in, markup out; no JavaScript.

import { PEOPLE, type Person, SCOPES } from './people.ts'

const STYLE = `
  :root { color-scheme: light dark; --line: #d9d7e3; --ink: #201c2b; --soft: #5e586e; --page: #f4f2f8; --card: #fff;
    --act: #5b3df5; --act-ink: #fff }
  @media (prefers-color-scheme: dark) { :root { --line: #3a3549; --ink: #eeecf5; --soft: #aaa4bb; --page: #15121c;
    --card: #1f1b29; --act: #a794ff; --act-ink: #17122b } }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--page);
    color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
  main { width: 100%; max-width: 440px; padding: 32px; background: var(--card); border: 1px solid var(--line);
    border-radius: 14px }
  header { color: var(--soft); font-size: 14px; letter-spacing: .02em; margin-bottom: 16px }
  h1 { font-size: 22px; line-height: 1.3; margin: 0 0 8px }
  h2 { font-size: 16px; margin: 0 }
  p { margin: 0 0 16px; color: var(--soft) }
  form { margin: 0 }
  button { width: 100%; min-height: 44px; padding: 10px 16px; border-radius: 9px; border: 1px solid var(--line);
    background: transparent; color: inherit; font: inherit; cursor: pointer; text-align: left }
  button:hover { border-color: var(--act) }
  button:focus-visible, input:focus-visible, a:focus-visible { outline: 2px solid var(--act); outline-offset: 2px }
  button.act { background: var(--act); border-color: var(--act); color: var(--act-ink); text-align: center;
    font-weight: 600 }
  button.plain { text-align: center }
  button small { display: block; color: var(--soft) }
  .stack { display: grid; gap: 10px }
  label { display: flex; gap: 12px; align-items: center; min-height: 44px; border-bottom: 1px solid var(--line) }
  label:last-of-type { border: 0; margin-bottom: 16px }
  input { width: 18px; height: 18px; accent-color: var(--act) }
  section { border-top: 1px solid var(--line); padding: 16px 0 }
  a { color: var(--act) }
  footer { margin-top: 20px; font-size: 14px; color: var(--soft) }
`

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function loginPage(props: { uid: string; application: string; hint: string | undefined }): string {
  const buttons = PEOPLE.map((person) => personButton(person, person.email === props.hint)).join('')
  return page(
    'Sign in',
    `<h1>Who are you?</h1>
    <p>Choose a person to go on to ${escapeHtml(props.application)}. There is no password here.</p>
    <form class="stack" method="post" action="/interaction/${escapeHtml(props.uid)}/login">${buttons}</form>`,
  )
}

export function consentPage(props: {
  uid: string
  application: string
  person: Person
  scopes: string[]
}): string {
  const rows = props.scopes.map(scopeRow).join('')
  return page(
    'Allow access',
    `<h1>Allow ${escapeHtml(props.application)}?</h1>
    <p>You are ${escapeHtml(props.person.name)} (${escapeHtml(props.person.email)}). It asks to:</p>
    <form method="post" action="/interaction/${escapeHtml(props.uid)}/consent">
      ${rows}
      <div class="stack">
        <button class="act" name="decision" value="allow">Allow</button>
        <button class="plain" name="decision" value="decline">Decline</button>
      </div>
    </form>`,
  )
}

export interface Application {
  clientId: string
  name: string
  scopes: string[]
}

export function accountPage(props: { person: Person; applications: Application[] } | undefined): string {
  if (!props) {
    const links = PEOPLE.map((person) => personButton(person, false)).join('')
    return page(
      'Account',
      `<h1>Account</h1><p>Choose a person to see which applications have access.</p>
      <form class="stack" method="get" action="/account">${links}</form>`,
    )
  }
  const { person, applications } = props
  const sections = applications.map((application) => applicationSection(person, application)).join('')
  return page(
    'Account',
    `<h1>${escapeHtml(person.name)}</h1><p>${escapeHtml(person.email)}</p>
    ${sections || '<section><p>No application has access.</p></section>'}
    <footer><a href="/account">Another person</a></footer>`,
  )
}

export function approvePage(): string {
  return page(
    'Approve',
    `<h1>Approve this application?</h1>
    <p>You are the administrator. Everybody here may connect it then.</p>
    <form method="post"><button class="act">Approve</button></form>`,
  )
}

export function errorPage(title: string, detail: string): string {
  return page('Error', `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(detail)}</p>`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Local upstream</title>
    <style>${STYLE}</style>
  </head>
  <body><main><header>Local upstream</header>${body}</main></body>
</html>
`
}

function personButton(person: Person, focused: boolean): string {
  const note = person.emailVerified ? '' : ' (address not verified)'
  return `<button name="account" value="${person.id}"${focused ? ' autofocus' : ''}>${escapeHtml(person.name)}
    <small>${escapeHtml(person.email)}${note}</small></button>`
}

/** `openid` cannot be unticked: without it there is no identity to hand over. */
function scopeRow(scope: string): string {
  const words = SCOPES[scope] ?? scope
  const fixed = scope === 'openid' ? ' disabled' : ''
  return `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked${fixed}>
    ${escapeHtml(words)}</label>`
}

function applicationSection(person: Person, application: Application): string {
  const words = application.scopes.map((scope) => escapeHtml(SCOPES[scope] ?? scope)).join(' · ')
  return `<section>
    <h2>${escapeHtml(application.name)}</h2>
    <p>${words}</p>
    <form method="post" action="/account/remove">
      <input type="hidden" name="account" value="${person.id}">
      <input type="hidden" name="client_id" value="${escapeHtml(application.clientId)}">
      <button class="plain">Remove access</button>
    </form>
  </section>`
}
