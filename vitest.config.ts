import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { testVariables } from './test/setup/variables.ts'

// One local upstream serves all files of the `workers` project, and its switches are global: files run one by one.
// Those of `node` too: each of its browser files starts a whole Evergrant and a Chromium.
export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            main: './test/setup/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ...testVariables(inject('upstreamOrigin')),
                MIGRATIONS: await readD1Migrations('./migrations'),
              },
            },
          })),
        ],
        test: {
          name: 'workers',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/upstream/**', 'test/tools/**', 'test/browser/**'],
          globalSetup: ['test/setup/upstream.ts', 'test/setup/bare-api.ts'],
          setupFiles: ['test/setup/prepare.ts'],
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/{upstream,tools,browser}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
