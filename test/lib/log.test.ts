import { afterEach, describe, expect, it, vi } from 'vitest'
import { type LogLine, log } from '../../src/lib/log.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function logged(level: 'info' | 'warn' | 'error', line: LogLine): string {
  const print = vi.spyOn(console, level).mockImplementation(() => undefined)
  log(level, line)
  expect(print).toHaveBeenCalledTimes(1)
  return String(print.mock.calls[0]?.[0])
}

describe('a log line', () => {
  it.each(['info', 'warn', 'error'] as const)('is one JSON object, printed as %s', (level) => {
    const text = logged(level, { event: 'refresh', connection: 'con_a', ms: 12, reason: null })
    expect(text).not.toContain('\n')
    expect(JSON.parse(text)).toEqual({ level, event: 'refresh', connection: 'con_a', ms: 12, reason: null })
  })

  it('holds no field that is not on the list, however it came there', () => {
    const line = { event: 'refresh', access_token: 'canary', body: { secret: 'canary' } } as LogLine
    const text = logged('warn', line)
    expect(JSON.parse(text)).toEqual({ level: 'warn', event: 'refresh' })
    expect(text).not.toContain('canary')
  })

  it('cannot be broken into two by a value', () => {
    const text = logged('info', { event: 'x', reason: 'a\n{"level":"error"}' })
    expect(text.split('\n')).toHaveLength(1)
  })
})
