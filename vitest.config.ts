import { configDefaults, defineConfig } from 'vitest/config'
import { onlyLong } from './vitest.long.config.ts'

/** Stations without I/O, and without anything that one test could leave behind for another: their files share a process. */
const pure = 'src/{alerts,cases,decode,event,model,rules,shard,windows}/**/*.test.ts'

export default defineConfig({
  test: {
    // Machines that run tests are often shared: these limits find what hangs, not what is slow.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    setupFiles: ['test/support/properties.ts'],
    projects: [
      { extends: true, test: { name: 'pure', include: [pure], isolate: false } },
      {
        extends: true,
        test: {
          name: 'all others',
          globalSetup: ['test/support/kafka/global-setup.ts'],
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...onlyLong, pure],
        },
      },
    ],
  },
})
