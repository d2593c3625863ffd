// `{name}` in a connector's templates, and the values that may stand there.

import { matchesWhole } from '../lib/pattern.ts'
import type { Connector, ConnectorParam } from './connector.ts'

/**
 * Fills `{name}` placeholders. Every value must match its anchored pattern, here as everywhere: a bad one yields
 * undefined. A param that nobody said has its default.
 */
export function fillPlaceholders(
  template: string,
  connector: Pick<Connector, 'params'>,
  values: Record<string, string>,
): string | undefined {
  let complete = true
  const filled = template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const param = connector.params.find((candidate) => candidate.name === name)
    const value = values[name] ?? param?.default
    if (!param || value === undefined || !matchesParam(param, value)) {
      complete = false
      return ''
    }
    return value
  })
  return complete ? filled : undefined
}

/** Names and numbers of this machine: harmless as one label of a service's host, but nobody means them. */
const NEVER = /^(localhost|0x[0-9a-f]+)$/i

/** An empty value fits only where the param is optional. */
export function matchesParam(param: Pick<ConnectorParam, 'pattern' | 'default'>, value: string): boolean {
  if (value === '') return param.default === ''
  return !NEVER.test(value) && matchesWhole(param.pattern, value)
}

/** The names between braces. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(/\{([a-z_]+)\}/g)].map(([, name = '']) => name)
}
