// What needs saying about a connection right now, each with what to do.

import { guidance } from '../../domain/guidance.ts'
import { may } from '../../domain/roles.ts'
import { permissionSentence } from '../permission-words.ts'
import { ParkedBanner, TwinBanner } from './account-banners.tsx'
import { LinkForm, StuckHelp } from './approval.tsx'
import { ReconnectForm } from './connection-actions.tsx'
import { type ConnectionProps, isFirstNaming } from './connection-props.ts'
import { ConsentNotice } from './consent-notice.tsx'
import { DeadlineBanner } from './deadline-banner.tsx'
import { Banner, isCurrent, isGoodNews } from './notice.tsx'
import { WishBanner } from './permissions.tsx'
import { Time } from './time.tsx'
import { nextAttemptAt } from './token-life.tsx'

export function ConnectionBanners(props: ConnectionProps) {
  const { connection, connector, now } = props
  const { notice, state, health } = connection
  const allIsWell = state === 'active' && health === 'ok'
  // The banner below tells it with both accounts.
  const asked = notice?.kind === 'other_account' && connection.parked !== null
  const lacking = notice?.kind === 'fewer_permissions' ? permissionSentence(connector, connection) : undefined
  const mended = lacking === null
  const tells = notice && !asked && !mended && isCurrent(notice, now) && (allIsWell || !isGoodNews(notice))
  return (
    <div class="notices">
      {tells && !isFirstNaming(connection, now) ? (
        <ConsentNotice {...props} notice={notice} lead={lacking} />
      ) : null}
      <WishBanner {...props} />
      <ParkedBanner {...props} />
      <TwinBanner {...props} />
      {tells && state === 'pending' ? null : <StateBanner {...props} />}
      <RunningBanner {...props} />
      <HealthBanner {...props} />
      <DeadlineBanner {...props} />
    </div>
  )
}

/** An answer usually takes less than this; nothing flashes up for it. */
const SLOW_ANSWER_MS = 5_000

function RunningBanner({ connection, connector, now }: ConnectionProps) {
  const { refreshingSince } = connection
  if (refreshingSince === null || now - refreshingSince < SLOW_ANSWER_MS) return null
  return (
    <Banner tone="calm" title="The refresh is still running">
      <p>
        {connector.name} was asked <Time at={refreshingSince} now={now} /> and has not answered yet. What
        comes of it appears here; there is no need to ask again.
      </p>
    </Banner>
  )
}

function StateBanner(props: ConnectionProps) {
  const { member, connection, connector, now } = props
  const manages = may(member.role, 'connections.manage')
  switch (connection.state) {
    case 'active':
      return null
    case 'paused':
      return (
        <Banner tone="calm" title="Paused">
          <p>
            No workflow gets a token or gets through until somebody resumes. Meanwhile Evergrant keeps the
            access alive.
          </p>
        </Banner>
      )
    case 'pending': {
      const openUntil = connection.authorizationOpenUntil
      return (
        <Banner tone="calm" title="The consent is not finished">
          <p>
            Nothing can use this connection before somebody has agreed at {connector.name}. An unfinished
            connection disappears after 24 hours.
          </p>
          {openUntil !== null && openUntil > now ? (
            <p>
              The consent page may still be open in a browser; its time runs out{' '}
              <Time at={openUntil} now={now} />.
            </p>
          ) : null}
          {manages ? (
            <>
              <div class="actions">
                <ReconnectForm id={connection.id} label="Finish connecting" primary />
                <LinkForm id={connection.id} label="Make a link for somebody else" />
              </div>
              <StuckHelp
                connector={connector}
                callbackUrl={`${props.publicUrl}/oauth/callback/${connector.id}`}
              />
            </>
          ) : null}
        </Banner>
      )
    }
    case 'reauthorize':
      return <ReauthorizeBanner {...props} />
  }
}

function ReauthorizeBanner({ member, connection }: ConnectionProps) {
  const advice = connection.reason ? guidance(connection.reason) : null
  return (
    <Banner tone="bad" title={advice?.title ?? 'Somebody must consent again'}>
      {advice ? <p>{advice.cause}</p> : null}
      <Hint text={connection.reasonHint} />
      <p>{advice?.action ?? 'Reconnect with the same account.'}</p>
      {may(member.role, 'connections.manage') ? (
        <div class="actions">
          <ReconnectForm id={connection.id} primary />
          <LinkForm id={connection.id} label="Make a link for the account’s owner" />
        </div>
      ) : (
        <p class="strong">Ask an owner or an admin of this workspace to reconnect it.</p>
      )}
    </Banner>
  )
}

/** What the connector knows of this very answer: a sentence of ours, for everybody. */
function Hint({ text }: { text: string | null }) {
  return text ? <p class="strong">{text}</p> : null
}

/** Trouble that needs no consent. Until the access token ends, workflows notice nothing of it. */
function HealthBanner(props: ConnectionProps) {
  const { member, connection, connector } = props
  const { health, state, trouble } = connection
  if (state === 'pending' || state === 'reauthorize' || health === 'ok') return null
  const said =
    trouble?.detail && may(member.role, 'connections.manage') ? (
      <p class="quoted">The service said: {trouble.detail}</p>
    ) : null
  const hint = <Hint text={trouble?.hint ?? null} />
  switch (health) {
    case 'held':
      return (
        <Banner tone="warn" title={`${connector.name} refuses the OAuth app`}>
          <p>
            The consent itself is fine, and nobody has to reconnect. Every connection of this app heals by
            itself as soon as its client ID and secret are right. <Meanwhile {...props} />
          </p>
          {hint}
          {said}
          <WhereToMend {...props} />
        </Banner>
      )
    case 'retrying':
      return (
        <Banner
          tone="warn"
          title={
            trouble?.class === 'suspect'
              ? 'The last refresh was refused'
              : `${connector.name} is failing for now`
          }
        >
          <p>
            {trouble?.class === 'suspect'
              ? 'The answer does not say clearly that the consent is gone, so Evergrant asks again. If you know that it is, reconnect.'
              : 'Evergrant keeps trying; there is nothing for you to do.'}{' '}
            <NextAttempt {...props} />
            <Meanwhile {...props} />
          </p>
          {hint}
          {said}
        </Banner>
      )
    case 'in_doubt':
      return (
        <Banner tone="warn" title="The last renewal is unclear">
          <p>
            {connector.name} may have renewed the access while its answer was lost on the way.{' '}
            <Meanwhile {...props} /> If it does not settle by then, somebody must reconnect; doing it now does
            no harm.
          </p>
          {hint}
          {said}
        </Banner>
      )
  }
}

function NextAttempt({ connection, now }: ConnectionProps) {
  const at = nextAttemptAt(connection)
  if (at === null || at <= now) return null
  return (
    <>
      Next attempt <Time at={at} now={now} precise />.{' '}
    </>
  )
}

function Meanwhile({ connection, now }: ConnectionProps) {
  const { accessExpiresAt, state } = connection
  if (state === 'paused') return null
  if (accessExpiresAt === null) return <>Workflows still get the current token.</>
  if (accessExpiresAt <= now) return <>Until then workflows get no token.</>
  return (
    <>
      Workflows still get the current token, which ends <Time at={accessExpiresAt} now={now} />.
    </>
  )
}

function WhereToMend({ member, connection, connector }: ConnectionProps) {
  if (connection.appOwner === 'deployment') {
    return <p>The app belongs to this deployment: whoever runs it has to correct OAUTH_APPS.</p>
  }
  if (!may(member.role, 'apps.manage'))
    return <p>Ask an owner or an admin to correct the app under Connectors.</p>
  return (
    <p>
      <a class="button" href={`/connectors/${connector.id}`}>
        Correct the OAuth app
      </a>
    </p>
  )
}
