import { defineConfig } from 'vitest/config'

/** Every row of docs/faults.md at its full size, one after the other: `npm run test:faults`. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/kafka/global-setup.ts'],
    include: ['test/faults/**/*.test.ts'],
    env: { FAULTS: 'full' },
    testTimeout: 1_800_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
