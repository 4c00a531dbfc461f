import { seed as drawn } from '../../support/seed.ts'

/** `npm run test:faults` runs every row at its full size; `npm test` a few rounds of each. */
export const isFull = process.env.FAULTS === 'full'

export const extent = (full: number, quick: number): number => (isFull ? full : quick)

/** Names what was drawn: `FAULTS_SEED` repeats it. */
export const seed = Number(process.env.FAULTS_SEED ?? drawn % 1_000_000)

/** The command that draws the same again. @param file as vitest is told it. */
export const replayCommand = (file: string): string =>
  `FAULTS_SEED=${seed} ${isFull ? `npm run test:faults -- ${file}` : `npx vitest run ${file}`}`
