// `npm run bench`: the built Worker, without the dev proxy and its log, on loopback, against the barest Workers that do as
// much. One run; the rows take turns, so that whatever else the machine does hits all of them.

import process from 'node:process'
import { startUpstream } from '../upstream/server.ts'
import { startApi } from './bench/api.ts'
import { cpuMs, ownRuntimes } from './bench/cpu.ts'
import { askOnce, measure } from './bench/load.ts'
import { type Results, report } from './bench/report.ts'
import { type Row, rowsOf } from './bench/rows.ts'
import { seed } from './bench/seed.ts'
import { PUBLIC_URL, startEvergrant, startWorker } from './bench/start-worker.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 0.5)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9)
/** The engine compiles what it has run some ten thousand times. */
const WARM_UP_SECONDS = Number(process.env.BENCH_WARM_UP ?? 3)
const WIDTHS = (process.env.BENCH_WIDTHS ?? '1,16,64').split(',').map(Number)

const api = await startApi()
const upstream = await startUpstream({
  port: 0,
  publicUrl: PUBLIC_URL,
  secrets: { signIn: 'bench', crm: 'bench', drive: 'bench' },
  accessTokenTtlSeconds: 3600,
})
const before = ownRuntimes()
const evergrant = await startEvergrant(upstream.origin)
const pid = ownRuntimes().find((each) => !before.includes(each))
const floor = await startWorker('floor', {})
const sketch = await startWorker('sketch', {})
const object = await startWorker('object', {
  durableObjects: { OBJECT: { className: 'Answering', useSQLite: true } },
})
const pass = await startWorker('pass-through', { bindings: { UPSTREAM: api.origin } })

try {
  const seeded = await seed(evergrant, { api: api.origin, upstream: upstream.origin })
  const ports = {
    evergrant: evergrant.port,
    floor: floor.port,
    sketch: sketch.port,
    object: object.port,
    passThrough: pass.port,
  }
  const rows = rowsOf(ports, seeded)
  for (const row of rows) await measure(row, 16, WARM_UP_SECONDS)
  const results: Results = new Map()
  for (const width of WIDTHS) {
    for (let round = 0; round < ROUNDS; round++) {
      for (const row of rows) {
        // Copies live ten seconds in the isolate: the row is about those that are there.
        if (row.many) await askOnce(row, row.many)
        const name = `${row.name} ${width}`
        results.set(name, [...(results.get(name) ?? []), await measure(row, width, SECONDS)])
      }
    }
  }
  console.log(`\n${ROUNDS} rounds of ${SECONDS} s a row\n`)
  console.log(report(rows, WIDTHS, results))
  const warm = rows.find(({ name }) => name === 'token, warm')
  if (warm && pid !== undefined) await printCpu(warm, pid)
} finally {
  for (const { worker } of [evergrant, floor, sketch, object, pass]) await worker.dispose()
  await upstream.close()
  api.close()
}
process.exit(0)

/** CPU that the runtime's whole process takes for a request: more than the Worker itself, and so an upper bound. */
async function printCpu(row: Row, pid: number): Promise<void> {
  const before = cpuMs(pid)
  const { rate } = await measure(row, 16, 3)
  const each = (cpuMs(pid) - before) / (rate * 3)
  console.log(`\nCPU of the runtime per warm token request: ${each.toFixed(3)} ms`)
}
