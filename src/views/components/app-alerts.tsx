// What people must know of an OAuth app, each with its likely cause and what to do: the service refuses it, many of its
// connections lost their consent at once, its secret ends, or two secrets are live.

import { secretDeadline } from '../deadline.ts'
import { dateOf, pathWith } from '../format.ts'
import { Banner } from './notice.tsx'
import { Time } from './time.tsx'

export interface AppHealth {
  /** The service refuses the app, since when, and in its own words. */
  held: { since: number; detail: string } | null
  /** Many of its connections lost their consent within an hour. */
  commonCause: { since: number; connections: number } | null
  /** A newer secret is in use, and the older one kept until the newer has refreshed once. */
  rotating: boolean
  secretExpiresAt: number | null
}

interface AppAlertsProps {
  /** `shared`: it stands for all connectors of its app. */
  connector: { id: string; name: string; shared?: boolean }
  health: AppHealth
  /** The workspace's own app, not the deployment's. */
  own: boolean
  now: number
  /** On a page about other things as well: leads to the app. */
  link?: boolean
}

export const ROTATING = 'A newer secret is in use; the older one is kept until it has worked once.'

export function AppAlerts(props: AppAlertsProps) {
  const { health } = props
  return (
    <>
      {health.held ? <HeldBanner {...props} held={health.held} /> : null}
      {health.commonCause ? <CommonCauseBanner {...props} common={health.commonCause} /> : null}
      <SecretBanner {...props} />
    </>
  )
}

function HeldBanner(props: AppAlertsProps & { held: NonNullable<AppHealth['held']> }) {
  const { held, connector, own, now, link } = props
  return (
    <Banner
      tone="bad"
      title={own ? `${connector.name} refuses this app` : `${connector.name} refuses the deployment’s app`}
    >
      <p>
        No connection of it can be refreshed; that began <Time at={held.since} now={now} />.{' '}
        {likelyCause(props, held.detail)}
      </p>
      {held.detail ? <p class="quoted">The service said: {held.detail}</p> : null}
      <p>
        {own
          ? `Look it up in the console of ${connector.name}, make a new secret there if need be, and save what is right${link ? ' on the page of the app' : ' here'}.`
          : 'Whoever runs this deployment has to correct OAUTH_APPS.'}{' '}
        The connections then heal by themselves; nobody has to reconnect.
      </p>
      {link ? (
        <AppLink connector={connector} label={own ? 'Correct the OAuth app' : 'See the OAuth app'} />
      ) : null}
    </Banner>
  )
}

/** From what the service said (RFC 6749 5.2) and the date that somebody noted. */
function likelyCause({ health, now }: AppAlertsProps, detail: string): string {
  const { secretExpiresAt } = health
  if (secretExpiresAt !== null && secretExpiresAt <= now) {
    return `The likely cause: its secret expired on ${dateOf(secretExpiresAt)}.`
  }
  if (/\bexpired\b/i.test(detail)) return 'The likely cause: its secret has expired.'
  if (/unauthorized_client|disabled|suspended/i.test(detail)) {
    return 'The likely cause: the app is switched off at the service, or not allowed to keep access alive.'
  }
  if (/invalid_scope/i.test(detail)) {
    return 'The likely cause: the app is not allowed to ask for one of the permissions.'
  }
  return 'The likely cause: the secret was replaced or has ended at the service, the client ID is wrong, or the app was deleted there.'
}

function CommonCauseBanner(props: AppAlertsProps & { common: NonNullable<AppHealth['commonCause']> }) {
  const { common, connector, own, now, link } = props
  // The deployment's app serves other workspaces too, whose number is nobody's business here.
  const who = own ? `${common.connections} connections of this app` : 'Many connections of this app'
  return (
    <Banner tone="warn" title={`${connector.name}: many consents lost at once`}>
      <p>
        {who} lost their consent within an hour; a common cause is likely: the app was changed, deleted or
        left in a test mode at the service, an administrator withdrew its approval, or a new policy asks
        everybody to sign in again. It began <Time at={common.since} now={now} />.
      </p>
      <p>Look at the app at the service first; then reconnect each connection, which keeps its ID.</p>
      <p class="actions">
        <a
          class="button"
          href={pathWith('/connections', {
            state: 'reauthorize',
            connector: connector.shared ? null : connector.id,
          })}
        >
          See what to reconnect
        </a>
        {link ? <AppLinkButton connector={connector} label="See the OAuth app" /> : null}
      </p>
    </Banner>
  )
}

function SecretBanner({ health, connector, own, now, link = false }: AppAlertsProps) {
  const end = own ? secretDeadline(health.secretExpiresAt, now) : null
  // A refused app already says that its secret expired; in a list what is still far away stands in its row only.
  if (!end || (end.passed && health.held) || (link && end.tone === 'calm')) return null
  const where = link ? 'on the page of the app' : 'here'
  return (
    <Banner
      tone={end.tone}
      title={
        end.passed
          ? `The secret for ${connector.name} has expired`
          : `The secret for ${connector.name} ends soon`
      }
    >
      <p>
        By the date noted here its last day {end.passed ? 'was' : 'is'}{' '}
        <span class="strong">{dateOf(end.at)}</span> (<Time at={end.at} now={now} />
        ). Make a new secret at the service and save it {where} with its own date.{' '}
        {end.passed
          ? 'Until then refreshes fail, unless the date is wrong: then correct the date.'
          : 'It is used first, and the older one is kept until the new one has worked, so no refresh fails.'}
      </p>
      {link ? <AppLink connector={connector} label="Renew the secret" /> : null}
    </Banner>
  )
}

interface AppLinkProps {
  connector: { id: string }
  label: string
}

function AppLink(props: AppLinkProps) {
  return (
    <p>
      <AppLinkButton {...props} />
    </p>
  )
}

function AppLinkButton({ connector, label }: AppLinkProps) {
  return (
    <a class="button" href={`/connectors/${connector.id}`}>
      {label}
    </a>
  )
}
