// Who uses a connection: the keys that may, and whether they do. The danger zone says the same of who would break.

import { may } from '../../domain/roles.ts'
import type { KeyUse } from '../../domain/snapshot.ts'
import { DAY_MS, exactTime, plural } from '../format.ts'
import type { ConnectionProps } from './connection-props.ts'
import { Panel } from './panel.tsx'
import { Time } from './time.tsx'
import { LastUsed } from './token-life.tsx'

const SHOWN = 8
const RECENT_MS = 30 * DAY_MS

/** Keys are the business of those who make them. */
export function WhoUsesPanel({ member, whoUses, now }: ConnectionProps) {
  if (!may(member.role, 'keys.read')) return null
  const { keys } = whoUses
  const rest = keys.slice(SHOWN)
  return (
    <Panel title="Who uses it" id="who" lead="API keys that may use this connection.">
      {keys.length === 0 ? (
        <p class="quiet">
          No key may, so no workflow can. <a href="/keys">Make an API key</a>
        </p>
      ) : (
        <KeyList keys={keys.slice(0, SHOWN)} now={now} />
      )}
      {rest.length === 0 ? null : (
        <details class="more" id="more-keys">
          <summary>Show {plural(rest.length, 'more key')}</summary>
          <KeyList keys={rest} now={now} />
        </details>
      )}
    </Panel>
  )
}

function KeyList({ keys, now }: { keys: KeyUse[]; now: number }) {
  return (
    <ul class="users">
      {keys.map(({ id, name, does, named, usedAt }) => (
        <li class="user">
          <span>
            <a href={`/keys#key-${id}`}>{name}</a>
            <span class="quiet block">
              {does.length === 2 ? 'Proxy and tokens' : does[0] === 'proxy' ? 'Proxy only' : 'Tokens only'}
              {named ? ', chosen for this connection' : ''}
            </span>
          </span>
          <span class="entry-time">
            {usedAt === null ? (
              'never used it'
            ) : (
              <>
                used <Time at={usedAt} now={now} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Whose workflows stop: keys by name with their use within 30 days, and whose work they may be. */
export function WhoWillBreak({ connection, whoUses, now }: ConnectionProps) {
  const { keys, builders } = whoUses
  const recent = keys.filter(({ usedAt }) => usedAt !== null && usedAt > now - RECENT_MS)
  const idle = keys.length - recent.length
  const usedAt = connection.lastUse?.at ?? connection.lastUsedAt
  return (
    <>
      {recent.length > 0 ? (
        <li>
          {recent.length === 1 ? 'This key used' : `These ${recent.length} keys used`} it within 30 days. What
          runs with {recent.length === 1 ? 'it' : 'them'} will break:
          <ul>
            {recent.map((key) => (
              <li>
                <span class="strong">{key.name}</span>
                {key.usedAt === null ? null : (
                  <>
                    , last <Time at={key.usedAt} now={now} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </li>
      ) : usedAt === null ? (
        <li>No key has used it so far. A workflow that was given its ID will break.</li>
      ) : (
        <li>
          Last used <LastUsed connection={connection} now={now} /> ({exactTime(usedAt)}). Every workflow that
          uses it will break.
        </li>
      )}
      {idle === 0 ? null : (
        <li>
          {plural(idle, recent.length === 0 ? 'key' : 'other key')} may use it and{' '}
          {idle === 1 ? 'has' : 'have'} not lately.
        </li>
      )}
      {builders.length === 0 ? null : (
        <li>{listed(builders)} may have put its ID into workflows. Tell them first.</li>
      )}
    </>
  )
}

function listed(names: string[]): string {
  const shown = names.slice(0, 3)
  const more = names.length - shown.length
  const parts = more > 0 ? [...shown, `${plural(more, 'more builder')}`] : shown
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
