import { defineConfig } from 'vitest/config'

/** Minutes each, and their kin in every run: not in every run themselves. */
export const onlyLong = [
  'test/integration/olist-*.test.ts',
  'test/model/datasets-olist.test.ts',
  'test/model/datasets-bpic2012.test.ts',
  'test/model/datasets-incidents.test.ts',
  'test/store/same-history.test.ts',
  'src/store/clickhouse/server-faults.test.ts',
]

/** What takes too long for every run, at its full size: `npm run test:long`. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/kafka/global-setup.ts'],
    include: [
      ...onlyLong,
      'test/model/generated-histories-*.test.ts',
      'test/engine/planted-causes.test.ts',
      'test/browser/accessible.test.ts',
      'test/browser/cuts.test.ts',
      'test/kafka/broker-away.test.ts',
      'test/integration/ingest-kill.test.ts',
      'test/browser/accessible.test.ts',
    ],
    setupFiles: ['test/support/properties.ts'],
    env: { TESTS: 'long' },
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
