import { defineConfig } from 'vitest/config'

/** Benches run as tests do, one after the other, and print their figures: `npm run bench`. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    testTimeout: 600_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
