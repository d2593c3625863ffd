import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../src/domain/history.ts'
import { RefreshChart } from '../../src/views/components/refresh-chart.tsx'
import { Timeline } from '../../src/views/components/timeline.tsx'
import { attemptsSentence, inRuns, lastAttempts, runSentence } from '../../src/views/history.ts'
import { event, MINUTE, NOW, render } from './fixtures.tsx'

const HOSTILE = `<img src=x onerror=alert(1)>"'><svg/onload=alert(2)>`

/** So many in a row, newest first, `everyMinutes` apart. */
function series(count: number, everyMinutes: number, over: Partial<HistoryEvent> = {}): HistoryEvent[] {
  return Array.from({ length: count }, (_, index) =>
    event({
      kind: 'refreshed',
      trigger: 'alarm',
      durationMs: 180,
      at: NOW - index * everyMinutes * MINUTE,
      ...over,
    }),
  )
}

const chart = (history: HistoryEvent[]) => render(<RefreshChart history={history} />)
const timeline = (history: HistoryEvent[], showDetails = true) =>
  render(<Timeline history={history} now={NOW} service="Service" showDetails={showDetails} />)
const barsOf = (html: string) => html.match(/<g class="chart-bar [a-z]+"/g) ?? []

describe('the chart of refreshes', () => {
  it('has a bar for each of the last 40 attempts, and for nothing else', async () => {
    const history = [event({}), ...series(60, 60), event({ kind: 'created' })]
    expect(barsOf(await chart(history))).toHaveLength(40)
    expect(barsOf(await chart(series(1, 60)))).toHaveLength(1)
    expect(await chart([event({}), event({ kind: 'connected' })])).toBe('')
  })

  it('says in a sentence how many worked, how long it usually took, and why the others failed', async () => {
    const history = [
      ...series(2, 60, { kind: 'refresh_failed', outcome: 'transient', durationMs: 30_000 }),
      ...series(1, 60, { kind: 'refresh_failed', outcome: 'limited', durationMs: 90 }),
      ...series(36, 60),
      ...series(1, 60, { durationMs: 9_000 }),
    ]
    expect(attemptsSentence(lastAttempts(history))).toBe(
      '37 of 40 refreshes worked; usually 180 ms. 2 failed because the service had a problem, 1 because the service asked us to slow down.',
    )
    expect(await chart(history)).toContain('37 of 40 refreshes worked; usually 180 ms.')
    expect(attemptsSentence(series(1, 60))).toBe('1 of 1 refresh worked, in 180 ms.')
    const failed = series(3, 5, { kind: 'refresh_failed', outcome: 'in_doubt' })
    expect(attemptsSentence(failed)).toBe(
      '0 of 3 refreshes worked. 3 failed because the answer of the service was lost.',
    )
  })

  it('colours what passes by itself other than what a person has to mend, and says each bar in words', async () => {
    const failure = (outcome: string) =>
      event({ kind: 'refresh_failed', trigger: 'cron', outcome, durationMs: 2_400 })
    const html = await chart([failure('dead'), failure('transient'), ...series(1, 60)])
    expect(barsOf(html).map((bar) => /chart-bar ([a-z]+)/.exec(bar)?.[1])).toEqual(['good', 'warn', 'bad'])
    expect(html).toContain('<title>2026-11-24 09:00:00 UTC: worked in 180 ms, on schedule</title>')
    expect(html).toContain('failed after 2.4 s, by the repair check: the service had a problem</title>')
  })

  it('draws a longer wait higher, within its frame whatever the time', async () => {
    const heights = []
    for (const durationMs of [null, 0, 50, 180, 2_000, 30_000, 9e9]) {
      const html = await chart(series(1, 60, { durationMs }))
      const [, y, height] = /<rect x="[\d.]+" y="([\d.]+)" width="5" height="([\d.]+)"/.exec(html) ?? []
      expect(Number(y)).toBeGreaterThanOrEqual(0)
      expect(Number(y) + Number(height)).toBe(58)
      heights.push(Number(height))
    }
    expect(heights).toEqual([...heights].sort((left, right) => left - right))
    expect(new Set(heights).size).toBe(5)
  })

  it('shows an outcome it does not know as text', async () => {
    const html = await chart([event({ kind: 'refresh_failed', outcome: HOSTILE, detail: HOSTILE })])
    expect(html).toContain('&lt;img src=x')
    expect(html).not.toMatch(/<img|<svg\/onload|style=/)
  })
})

describe('the timeline', () => {
  it('tells a long run of routine refreshes in one line that opens', async () => {
    const html = await timeline([event({ kind: 'paused' }), ...series(14, 60), event({ kind: 'connected' })])
    expect(html).toContain('Refreshed 14 times, every 1 h')
    expect(html).toContain('usually 180 ms')
    expect(html.match(/<details class="run"/g)).toHaveLength(1)
    expect(html.match(/Token refreshed on schedule/g)).toHaveLength(14)
  })

  it('keeps apart what a person or a repair did, and short runs', () => {
    const history = [
      ...series(2, 60),
      event({ kind: 'refreshed', trigger: 'manual' }),
      ...series(2, 60),
      event({ kind: 'refreshed', trigger: 'rejected' }),
      event({ kind: 'refreshed', trigger: 'cron' }),
      ...series(2, 60),
      ...series(1, 60, { trigger: 'read' }),
    ]
    expect(inRuns(history).map((run) => run.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 3])
  })

  it('tells failures of one class in one line, and those of another apart', async () => {
    const failed = (outcome: string) => series(5, 5, { kind: 'refresh_failed', outcome, detail: 'HTTP 503' })
    const history = [...failed('limited'), ...failed('transient')]
    expect(inRuns(history).map(runSentence)).toEqual([
      '5 refreshes failed in a row, every 5 min: the service asked us to slow down',
      '5 refreshes failed in a row, every 5 min: the service had a problem',
    ])
    expect((await timeline(history)).match(/HTTP 503/g)).toHaveLength(2)
  })

  it('names no pace where the pauses differ', () => {
    const at = [0, 1, 200, 1440].map((minutes) => NOW - minutes * MINUTE)
    const run = at.map((when) => event({ kind: 'refreshed', trigger: 'read', at: when }))
    expect(runSentence(run)).toBe('Refreshed 4 times, within 1 day')
  })

  it('opens the same run while new refreshes come on top', async () => {
    const idOf = (html: string) => /id="(run-\d+)"/.exec(html)?.[1]
    const before = series(5, 60)
    const after = [event({ kind: 'refreshed', trigger: 'alarm', at: NOW + MINUTE }), ...before]
    expect(idOf(await timeline(after))).toBe(idOf(await timeline(before)))
  })

  it('keeps the words of the service from those who may not manage', async () => {
    const history = series(4, 5, { kind: 'refresh_failed', outcome: 'transient', detail: HOSTILE })
    expect(await timeline(history, false)).not.toContain('img src=x')
    const html = await timeline(history)
    expect(html).toContain('&lt;img src=x')
    expect(html).not.toContain('<img')
  })
})
