// Tools and what each needs, in words: as checkboxes before the consent, as ticks and crosses after it.

import type { Connector } from '../../domain/connector.ts'
import { missingScopes, scopeTitle } from '../../domain/scopes.ts'
import { FieldMessage } from './field.tsx'

interface ToolChoiceProps {
  connector: Connector
  /** Ids of the ticked tools. */
  selected: string[]
  error?: string | undefined
}

export function ToolChoice({ connector, selected, error }: ToolChoiceProps) {
  return (
    <fieldset class="choices" aria-describedby={error ? 'tools-error' : undefined}>
      <legend>What workflows may do</legend>
      {error ? <FieldMessage id="tools-error" text={error} /> : null}
      {connector.tools.map((tool) => (
        <label class="choice">
          <input type="checkbox" name="tools" value={tool.id} checked={selected.includes(tool.id)} />
          <span class="choice-text">
            <span class="strong">{tool.title}</span> <code class="quiet">{tool.id}</code>
            <ScopeList connector={connector} scopes={tool.scopes} />
          </span>
        </label>
      ))}
      {connector.baseScopes.length === 0 ? null : (
        <div class="choice fixed">
          <span class="choice-text">
            <span class="strong">Always asked for</span>
            <ScopeList connector={connector} scopes={connector.baseScopes} />
          </span>
        </div>
      )}
    </fieldset>
  )
}

function ScopeList({ connector, scopes }: { connector: Connector; scopes: string[] }) {
  return (
    <span class="scopes">
      {scopes.map((scope) => (
        <span class="scope" title={scope}>
          {scopeTitle(connector, scope)}
          {isSensitive(connector, scope) ? <span class="mark">sensitive</span> : null}
        </span>
      ))}
    </span>
  )
}

interface ToolStatusProps {
  connector: Connector
  tools: string[]
  requested: string[]
  granted: string[]
  /** What the last consent was asked for. */
  consented: string[]
  /** Before the first consent nothing is granted, and nothing is missing either. */
  pending: boolean
}

/** Each chosen tool with a tick or a cross, then what else was asked for, then the scopes as the service spells them. */
export function ToolStatus({ connector, tools, requested, granted, consented, pending }: ToolStatusProps) {
  const chosen = tools.map(
    (id) => connector.tools.find((tool) => tool.id === id) ?? { id, title: id, scopes: [] as string[] },
  )
  const covered = new Set(chosen.flatMap(({ scopes }) => scopes))
  const others = requested.filter((scope) => !covered.has(scope))
  const isUnasked = (scopes: string[]) =>
    missingScopes(scopes, granted).some((scope) => !consented.includes(scope))
  return (
    <>
      <ul class="checks">
        {chosen.map((tool) => (
          <Check
            title={tool.title}
            code={tool.id}
            pending={pending}
            missing={missingScopes(tool.scopes, granted).map((scope) => scopeTitle(connector, scope))}
            unasked={isUnasked(tool.scopes)}
          />
        ))}
        {others.map((scope) => (
          <Check
            title={scopeTitle(connector, scope)}
            code={scope}
            pending={pending}
            missing={granted.includes(scope) ? [] : [isUnasked([scope]) ? 'not asked for yet' : 'not given']}
            unasked={isUnasked([scope])}
          />
        ))}
      </ul>
      {chosen.length + others.length === 0 ? <p class="quiet">No permission beyond signing in.</p> : null}
      {granted.length === 0 ? null : (
        <details class="more">
          <summary>Scopes as the service spells them</summary>
          <ul class="plain">
            {granted.map((scope) => (
              <li>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

interface CheckProps {
  title: string
  code: string
  pending: boolean
  missing: string[]
  /** Nobody has been asked yet. */
  unasked: boolean
}

function Check({ title, code, pending, missing, unasked }: CheckProps) {
  const [kind, word] = pending
    ? ['open', 'Asked for']
    : missing.length === 0
      ? ['yes', 'Allowed']
      : unasked
        ? ['no', 'Needs reconnect']
        : ['no', 'Missing']
  return (
    <li class={`check ${kind}`}>
      <span class="check-mark" aria-hidden="true">
        {kind === 'yes' ? '✓' : kind === 'no' ? '✕' : '·'}
      </span>
      <span>
        <span class="sr">{word}: </span>
        {title}
        {title === code ? null : <code class="quiet block-code">{code}</code>}
        {pending || missing.length === 0 ? null : (
          <span class="missing">
            {word}: {missing.join(', ')}
          </span>
        )}
      </span>
    </li>
  )
}

function isSensitive(connector: Connector, scope: string): boolean {
  return connector.scopes.some((known) => known.scope === scope && known.sensitive)
}
